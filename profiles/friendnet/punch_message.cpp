#include "profiles/friendnet/punch_message.h"

#include "profiles/friendnet/peer_signals.h"
#include "profiles/friendnet/punch.pb.h"
#include "profiles/friendnet/punch_address.h"

#include <algorithm>
#include <set>

namespace tarn::profiles {

namespace {

using net::asio::ip::address;
using net::asio::ip::address_v4;
using net::asio::ip::address_v6;

constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kMostPort = 65535;
constexpr std::uint32_t kMostPriority = 0x7fffffff;
constexpr std::size_t kLeastUser = 4;
constexpr std::size_t kMostUser = 64;
constexpr std::size_t kLeastPassword = 22;
constexpr std::size_t kMostPassword = 128;
constexpr std::size_t kMostFoundation = 32;

Error misbehaved(const std::string& what)
{
    return Error(ErrorCode::PeerMisbehaved, "hole punching: " + what);
}

bool isIceText(std::string_view text, std::size_t least, std::size_t most)
{
    const auto good = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '+' || c == '/';
    };
    return text.size() >= least && text.size() <= most &&
           std::all_of(text.begin(), text.end(), good);
}

void writeAddress(proto::PunchAddress& out, const net::Endpoint& endpoint)
{
    const auto set = [&](const auto& bytes) { out.set_host(bytes.data(), bytes.size()); };
    if (endpoint.address().is_v4())
        set(endpoint.address().to_v4().to_bytes());
    else
        set(endpoint.address().to_v6().to_bytes());
    out.set_port(endpoint.port());
}

Result<net::Endpoint> readAddress(const proto::PunchAddress& in)
{
    address host;
    if (in.host().size() == sizeof(address_v4::bytes_type)) {
        address_v4::bytes_type bytes{};
        std::memcpy(bytes.data(), in.host().data(), bytes.size());
        host = address_v4(bytes);
    } else if (in.host().size() == sizeof(address_v6::bytes_type)) {
        address_v6::bytes_type bytes{};
        std::memcpy(bytes.data(), in.host().data(), bytes.size());
        host = address_v6(bytes);
    } else {
        return misbehaved("an address has 4 or 16 bytes");
    }
    if (in.port() > kMostPort) return misbehaved("a port above 65535");
    const net::Endpoint endpoint(host, static_cast<std::uint16_t>(in.port()));
    if (!mayBeNamed(endpoint))
        return misbehaved("it names " + net::textOf(endpoint) + ", which is nobody's to name");
    return endpoint;
}

/// How many hosts of the whole Internet one message names.
class PublicHosts
{
public:
    Result<void> add(const net::Endpoint& endpoint)
    {
        if (!isPrivate(endpoint.address())) m_hosts.insert(endpoint.address());
        if (m_hosts.size() > kMostPublicHosts) return misbehaved("it names too many hosts");
        return ok();
    }

private:
    std::set<address> m_hosts;
};

Result<PunchSignal> readTcp(const proto::PunchTcp& in)
{
    const Result<net::Ticket> ticket = net::Ticket::from(asBytes(in.ticket()));
    if (!ticket) return misbehaved("a ticket has 16 bytes");
    if (in.seen().empty() || static_cast<std::size_t>(in.seen_size()) > kMostSeen)
        return misbehaved("1 to 4 addresses");
    PunchTcp out;
    out.ticket = *ticket;
    PublicHosts hosts;
    for (const proto::PunchAddress& one : in.seen()) {
        TARN_TRY(const net::Endpoint endpoint, readAddress(one));
        TARN_TRY_VOID(hosts.add(endpoint));
        out.seen.push_back(endpoint);
    }
    return PunchSignal(std::move(out));
}

Result<IceCandidate> readCandidate(const proto::PunchCandidate& in)
{
    if (in.kind() < 1 || in.kind() > 3) return misbehaved("no such kind of candidate");
    if (in.priority() < 1 || in.priority() > kMostPriority)
        return misbehaved("no such priority of a candidate");
    if (!isIceText(in.foundation(), 1, kMostFoundation))
        return misbehaved("no such foundation of a candidate");
    IceCandidate out;
    out.kind = static_cast<IceCandidate::Kind>(in.kind());
    TARN_TRY(out.address, readAddress(in.address()));
    out.priority = in.priority();
    out.foundation = in.foundation();
    return out;
}

Result<PunchSignal> readIce(const proto::PunchIce& in)
{
    if (!isIceText(in.user(), kLeastUser, kMostUser) ||
        !isIceText(in.password(), kLeastPassword, kMostPassword))
        return misbehaved("no such name or password of ICE");
    if (static_cast<std::size_t>(in.candidates_size()) > kMostCandidates)
        return misbehaved("too many candidates");
    PunchIce out;
    out.user = in.user();
    out.password = in.password();
    PublicHosts hosts;
    for (const proto::PunchCandidate& one : in.candidates()) {
        TARN_TRY(IceCandidate candidate, readCandidate(one));
        TARN_TRY_VOID(hosts.add(candidate.address));
        out.candidates.push_back(std::move(candidate));
    }
    return PunchSignal(std::move(out));
}

/// A reason that is not known here is one all the same.
Result<PunchSignal> readRefusal(const proto::PunchRefusal& in)
{
    PunchRefusal out;
    if (in.reason() == static_cast<std::uint32_t>(PunchRefusalReason::Busy) ||
        in.reason() == static_cast<std::uint32_t>(PunchRefusalReason::NotSeen))
        out.reason = static_cast<PunchRefusalReason>(in.reason());
    return PunchSignal(out);
}

struct Writer
{
    proto::PunchSignal& out;

    void operator()(const PunchTcp& signal) const
    {
        proto::PunchTcp& tcp = *out.mutable_tcp();
        tcp.set_ticket(textOf(signal.ticket.view()));
        for (const net::Endpoint& endpoint : signal.seen)
            writeAddress(*tcp.add_seen(), endpoint);
    }
    void operator()(const PunchIce& signal) const
    {
        proto::PunchIce& ice = *out.mutable_ice();
        ice.set_user(signal.user);
        ice.set_password(signal.password);
        for (const IceCandidate& candidate : signal.candidates) {
            proto::PunchCandidate& one = *ice.add_candidates();
            one.set_kind(static_cast<std::uint32_t>(candidate.kind));
            writeAddress(*one.mutable_address(), candidate.address);
            one.set_priority(candidate.priority);
            one.set_foundation(candidate.foundation);
        }
    }
    void operator()(const PunchRefusal& signal) const
    {
        out.mutable_refusal()->set_reason(static_cast<std::uint32_t>(signal.reason));
    }
};

} // namespace

std::string_view nameOf(PunchRefusalReason reason)
{
    switch (reason) {
    case PunchRefusalReason::Busy:
        return "it punches as many holes as it wants to already";
    case PunchRefusalReason::NotSeen:
        return "it does not know how it is seen from outside";
    case PunchRefusalReason::Off:
        break;
    }
    return "its owner has switched that off";
}

Bytes encodePunchSignal(const PunchSignal& signal)
{
    proto::PunchSignal message;
    message.set_version(kVersion);
    std::visit(Writer{message}, signal);
    return toBytes(message.SerializeAsString());
}

Result<PunchSignal> decodePunchSignal(ByteView bytes)
{
    if (bytes.size() > kLargestSignal) return misbehaved("a message above 3072 bytes");
    proto::PunchSignal in;
    if (!in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        return misbehaved("not a message");
    if (in.version() != kVersion)
        return Error(ErrorCode::Unsupported, "hole punching: another version");
    switch (in.kind_case()) {
    case proto::PunchSignal::kTcp:
        return readTcp(in.tcp());
    case proto::PunchSignal::kIce:
        return readIce(in.ice());
    case proto::PunchSignal::kRefusal:
        return readRefusal(in.refusal());
    case proto::PunchSignal::KIND_NOT_SET:
        break;
    }
    return Error(ErrorCode::Unsupported, "hole punching: a kind of a later version");
}

} // namespace tarn::profiles
