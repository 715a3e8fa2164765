#include "profiles/friendnet/ice_agent.h"

#include "profiles/friendnet/punch_address.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <utility>

#include <nice/agent.h>

namespace tarn::profiles {

namespace {

constexpr guint kComponent = 1;
/// A check that nobody answers is sent this often, so that no host hears more of them.
constexpr guint kMostRetransmissions = 5;
constexpr guint kMostChecks = 64;
constexpr guint kInitialTimeoutMs = 200;

bool setAddress(NiceAddress& out, const net::Endpoint& endpoint)
{
    nice_address_init(&out);
    nice_address_set_from_sockaddr(&out, endpoint.data());
    return nice_address_is_valid(&out) != FALSE;
}

net::Endpoint endpointOf(const NiceAddress& address)
{
    sockaddr_storage storage{};
    nice_address_copy_to_sockaddr(&address, reinterpret_cast<sockaddr*>(&storage));
    net::Endpoint out;
    const std::size_t size =
        storage.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    if (storage.ss_family != AF_INET && storage.ss_family != AF_INET6) return out;
    std::memcpy(out.data(), &storage, size);
    out.resize(size);
    return out;
}

NiceCandidateType typeOf(IceCandidate::Kind kind)
{
    switch (kind) {
    case IceCandidate::Kind::Own:
        return NICE_CANDIDATE_TYPE_HOST;
    case IceCandidate::Kind::Seen:
        return NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE;
    case IceCandidate::Kind::Relayed:
        break;
    }
    return NICE_CANDIDATE_TYPE_RELAYED;
}

std::optional<IceCandidate::Kind> kindOf(NiceCandidateType type)
{
    switch (type) {
    case NICE_CANDIDATE_TYPE_HOST:
        return IceCandidate::Kind::Own;
    case NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE:
        return IceCandidate::Kind::Seen;
    case NICE_CANDIDATE_TYPE_RELAYED:
        return IceCandidate::Kind::Relayed;
    case NICE_CANDIDATE_TYPE_PEER_REFLEXIVE:
        break;
    }
    return std::nullopt;
}

} // namespace

struct IceAgent::Impl
{
    Impl(NiceThread& threadToUse, IceSettings settingsToUse, Events eventsToUse)
        : thread(threadToUse), settings(std::move(settingsToUse)), events(std::move(eventsToUse))
    {
    }
    ~Impl();
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Result<void> start();
    void changed(guint state);

    static Impl& of(gpointer user) { return *static_cast<Impl*>(user); }
    static void onGathered(NiceAgent* /*agent*/, guint /*stream*/, gpointer user)
    {
        if (of(user).events.gathered) of(user).events.gathered();
    }
    static void onState(NiceAgent* /*agent*/, guint /*stream*/, guint /*component*/, guint state,
                        gpointer user)
    {
        of(user).changed(state);
    }
    static void onDatagram(NiceAgent* /*agent*/, guint /*stream*/, guint /*component*/, guint size,
                           gchar* bytes, gpointer user)
    {
        const Impl& self = of(user);
        if (self.over || !self.events.datagram) return;
        self.events.datagram(std::as_bytes(std::span(bytes, size)));
    }

    NiceThread& thread;
    IceSettings settings;
    Events events;
    NiceAgent* agent = nullptr;
    guint stream = 0;
    bool connected = false;
    bool over = false;
};

IceAgent::Impl::~Impl()
{
    if (agent == nullptr) return;
    g_signal_handlers_disconnect_by_data(agent, this);
    if (stream != 0) {
        nice_agent_attach_recv(agent, stream, kComponent, thread.context(), nullptr, nullptr);
        nice_agent_remove_stream(agent, stream);
    }
    // Allocations at a TURN server are given back before the agent goes.
    nice_agent_close_async(
        agent, [](GObject* object, GAsyncResult* /*result*/, gpointer) { g_object_unref(object); },
        nullptr);
}

Result<void> IceAgent::Impl::start()
{
    const auto failed = [](const char* what) {
        return Error(ErrorCode::IoFailure, std::string("ICE cannot begin: ") + what);
    };
    if (settings.own.empty())
        return Error(ErrorCode::InvalidInput, "ICE: no address of this machine may be used");
    const auto options = static_cast<NiceAgentOption>(NICE_AGENT_OPTION_CONSENT_FRESHNESS);
    agent = nice_agent_new_full(thread.context(), NICE_COMPATIBILITY_RFC5245, options);
    if (agent == nullptr) return failed("no agent");
    g_object_set(agent, "controlling-mode", static_cast<gboolean>(settings.asks), "upnp", FALSE,
                 "ice-tcp", FALSE, "ice-udp", TRUE, "stun-max-retransmissions",
                 kMostRetransmissions, "stun-initial-timeout", kInitialTimeoutMs,
                 "max-connectivity-checks", kMostChecks, nullptr);
    if (settings.stun && !settings.turn) {
        const std::string host = settings.stun->address().to_string();
        g_object_set(agent, "stun-server", host.c_str(), "stun-server-port",
                     static_cast<guint>(settings.stun->port()), nullptr);
    }
    for (const net::asio::ip::address& own : settings.own) {
        NiceAddress address;
        if (!setAddress(address, net::Endpoint(own, 0))) continue;
        nice_agent_add_local_address(agent, &address);
    }
    g_signal_connect(agent, "candidate-gathering-done", G_CALLBACK(onGathered), this);
    g_signal_connect(agent, "component-state-changed", G_CALLBACK(onState), this);
    stream = nice_agent_add_stream(agent, 1);
    if (stream == 0) return failed("no stream");
    if (settings.turn) {
        const std::string host = settings.turn->address.address().to_string();
        nice_agent_set_relay_info(agent, stream, kComponent, host.c_str(),
                                  settings.turn->address.port(), settings.turn->user.c_str(),
                                  settings.turn->password.c_str(), NICE_RELAY_TYPE_TURN_UDP);
    }
    if (nice_agent_attach_recv(agent, stream, kComponent, thread.context(), onDatagram, this) ==
        FALSE)
        return failed("nothing can be received");
    if (nice_agent_gather_candidates(agent, stream) == FALSE) return failed("no socket");
    return ok();
}

void IceAgent::Impl::changed(guint state)
{
    if (over) return;
    if (state == NICE_COMPONENT_STATE_FAILED) {
        over = true;
        if (events.failed) events.failed();
        return;
    }
    // READY follows two seconds later.
    if (state != NICE_COMPONENT_STATE_CONNECTED && state != NICE_COMPONENT_STATE_READY) return;
    if (!std::exchange(connected, true) && events.connected) events.connected();
}

IceAgent::IceAgent(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
IceAgent::~IceAgent() = default;

Result<std::unique_ptr<IceAgent>> IceAgent::begin(NiceThread& thread, IceSettings settings,
                                                  Events events)
{
    auto impl = std::make_unique<Impl>(thread, std::move(settings), std::move(events));
    TARN_TRY_VOID(impl->start());
    return std::unique_ptr<IceAgent>(new IceAgent(std::move(impl)));
}

Result<PunchIce> IceAgent::local() const
{
    PunchIce out;
    gchar* user = nullptr;
    gchar* password = nullptr;
    if (nice_agent_get_local_credentials(m_impl->agent, m_impl->stream, &user, &password) == FALSE)
        return Error(ErrorCode::IoFailure, "ICE has no credentials");
    out.user = user;
    out.password = password;
    g_free(user);
    g_free(password);
    GSList* const all = nice_agent_get_local_candidates(m_impl->agent, m_impl->stream, kComponent);
    for (const GSList* item = all; item != nullptr; item = item->next) {
        const auto* candidate = static_cast<const NiceCandidate*>(item->data);
        const std::optional<IceCandidate::Kind> kind = kindOf(candidate->type);
        IceCandidate one;
        one.address = endpointOf(candidate->addr);
        if (!kind || candidate->transport != NICE_CANDIDATE_TRANSPORT_UDP ||
            !mayBeNamed(one.address) || out.candidates.size() == kMostCandidates)
            continue;
        one.kind = *kind;
        one.priority = candidate->priority;
        one.foundation =
            std::string(candidate->foundation,
                        ::strnlen(candidate->foundation, NICE_CANDIDATE_MAX_FOUNDATION - 1));
        out.candidates.push_back(std::move(one));
    }
    g_slist_free_full(all,
                      [](gpointer one) { nice_candidate_free(static_cast<NiceCandidate*>(one)); });
    return out;
}

Result<void> IceAgent::setRemote(const PunchIce& other)
{
    if (nice_agent_set_remote_credentials(m_impl->agent, m_impl->stream, other.user.c_str(),
                                          other.password.c_str()) == FALSE)
        return Error(ErrorCode::PeerMisbehaved, "ICE refuses the other side's credentials");
    GSList* all = nullptr;
    for (const IceCandidate& one : other.candidates) {
        if (!makesSense(one.address, m_impl->settings.own)) continue;
        NiceCandidate* const candidate = nice_candidate_new(typeOf(one.kind));
        candidate->transport = NICE_CANDIDATE_TRANSPORT_UDP;
        candidate->stream_id = m_impl->stream;
        candidate->component_id = kComponent;
        candidate->priority = one.priority;
        const std::size_t count =
            std::min<std::size_t>(one.foundation.size(), NICE_CANDIDATE_MAX_FOUNDATION - 1);
        std::memcpy(candidate->foundation, one.foundation.data(), count);
        candidate->foundation[count] = '\0';
        if (setAddress(candidate->addr, one.address)) {
            all = g_slist_append(all, candidate);
        } else {
            nice_candidate_free(candidate);
        }
    }
    const int taken =
        nice_agent_set_remote_candidates(m_impl->agent, m_impl->stream, kComponent, all);
    g_slist_free_full(all,
                      [](gpointer one) { nice_candidate_free(static_cast<NiceCandidate*>(one)); });
    if (taken < 0) return Error(ErrorCode::PeerMisbehaved, "ICE refuses the candidates");
    return ok();
}

void IceAgent::send(ByteView datagram)
{
    if (m_impl->over || !m_impl->connected) return;
    // What finds no room is lost, as on any line.
    nice_agent_send(m_impl->agent, m_impl->stream, kComponent, static_cast<guint>(datagram.size()),
                    reinterpret_cast<const gchar*>(datagram.data()));
}

std::string IceAgent::pair() const
{
    NiceCandidate* own = nullptr;
    NiceCandidate* other = nullptr;
    if (nice_agent_get_selected_pair(m_impl->agent, m_impl->stream, kComponent, &own, &other) ==
        FALSE)
        return "no pair";
    return net::textOf(endpointOf(own->addr)) + " to " + net::textOf(endpointOf(other->addr));
}

} // namespace tarn::profiles
