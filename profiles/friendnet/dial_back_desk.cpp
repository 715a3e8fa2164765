#include "profiles/friendnet/dial_back_desk.h"

#include "core/base/executor.h"
#include "core/net/address.h"
#include "core/net/peer_proof.h"
#include "core/net/tls_stream.h"
#include "profiles/friendnet/address_range.h"

namespace tarn::profiles {

namespace {

constexpr Duration kEvery = std::chrono::minutes(1); ///< of one member
constexpr std::size_t kAtOnce = 4;
/// A failure is answered after so long, whatever it was.
constexpr Duration kLimit = std::chrono::seconds(4);

Result<asio::ip::address> addressOf(const std::string& seen)
{
    const Result<net::Endpoint> endpoint = net::parseEndpoint(seen);
    const Error unseen(ErrorCode::Unsupported, "you are not seen at an address of your own");
    if (!endpoint) return unseen;
    const asio::ip::address out = plainAddress(endpoint->address());
    const AddressScope scope = scopeOf(out);
    // On loopback is whoever comes through a tunnel or a hidden service of this machine.
    if (scope == AddressScope::Host || scope == AddressScope::Nowhere) return unseen;
    return out;
}

} // namespace

Result<void> DialBackDesk::admit(const Ed25519PublicKey& asker)
{
    const TimePoint now = m_parts.clock.now();
    std::erase_if(m_last, [now](const auto& one) { return now - one.second >= kEvery; });
    if (m_last.contains(asker)) return Error(ErrorCode::Conflict, "once a minute");
    if (m_running >= kAtOnce) return Error(ErrorCode::Conflict, "others are being tried");
    m_last[asker] = now;
    return ok();
}

asio::awaitable<Result<void>> DialBackDesk::reach(Ed25519PublicKey asker, net::Location place)
{
    std::vector<net::Location> one;
    one.push_back(std::move(place));
    net::Dialer* const plain = m_parts.plain();
    if (plain == nullptr) co_return Error(ErrorCode::Cancelled, "this node is stopping");
    TARN_CO_TRY(net::Stream stream, co_await plain->dial(std::move(one)));
    const net::PeerKey key = net::peerKeyOf(asker);
    TARN_CO_TRY(const auto tls,
                co_await net::connectTls(std::move(stream), m_tls, key, m_parts.clock, kLimit));
    co_return ok();
}

asio::awaitable<Result<Bytes>> DialBackDesk::answer(Ed25519PublicKey asker, std::string seen,
                                                    Bytes request)
{
    if (!m_parts.willing()) {
        co_return Error(ErrorCode::Unsupported, "the owner of this node does not want it");
    }
    TARN_CO_TRY(const std::uint16_t port, decodeDialBackRequest(request));
    TARN_CO_TRY(const asio::ip::address address, addressOf(seen));
    TARN_CO_TRY_VOID(admit(asker));
    struct Counted
    {
        explicit Counted(std::size_t& count) : m_count(count) { ++m_count; }
        ~Counted() { --m_count; }
        Counted(const Counted&) = delete;
        Counted& operator=(const Counted&) = delete;

    private:
        std::size_t& m_count;
    };
    const Counted counted(m_running);
    const TimePoint until = m_parts.clock.now() + kLimit;
    net::Location place;
    place.host = address.to_string();
    place.port = port;
    asio::awaitable<Result<void>> work = reach(asker, std::move(place));
    const Result<void> reached = co_await withDeadline<void>(
        m_parts.clock, kLimit, "connecting to a member", std::move(work));
    const TimePoint now = m_parts.clock.now();
    if (!reached && now < until) co_await m_parts.clock.sleep(until - now);
    DialBackStatement out;
    out.address = address;
    out.port = port;
    out.reached = reached.has_value();
    out.at = unixSeconds(m_parts.clock.wallNow());
    out.asker = asker;
    co_return signStatement(m_parts.key, out);
}

} // namespace tarn::profiles
