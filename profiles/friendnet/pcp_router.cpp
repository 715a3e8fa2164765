#include "profiles/friendnet/pcp_router.h"

#include "core/base/file_descriptor.h"
#include "core/net/address.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>

namespace tarn::profiles {

namespace {

/// How long each of the attempts waits. A router on the same network answers in milliseconds.
constexpr std::array<std::chrono::milliseconds, 3> kPatience{std::chrono::milliseconds(250),
                                                             std::chrono::milliseconds(500),
                                                             std::chrono::milliseconds(1000)};

Error silent()
{
    return Error(ErrorCode::PeerUnreachable, "no router answers to PCP or NAT-PMP");
}

} // namespace

/// A socket that only the router's answers reach.
class PcpRouter::Talk
{
public:
    static Result<Talk> with(const asio::ip::address& router, std::uint16_t port)
    {
        const net::Endpoint remote(router, port);
        Talk out(
            FileDescriptor(::socket(remote.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0)));
        auto size = static_cast<socklen_t>(out.m_local.capacity());
        if (!out.m_socket ||
            ::connect(out.m_socket.get(), remote.data(), socklen_t(remote.size())) != 0 ||
            ::getsockname(out.m_socket.get(), out.m_local.data(), &size) != 0)
            return Error(ErrorCode::PeerUnreachable, "there is no way to the router");
        return out;
    }
    asio::ip::address local() const { return m_local.address(); }

    /// \return the first answer that `read` takes; the refusal that it reads.
    template <class Read>
    auto ask(const Bytes& request, const Read& read) const -> decltype(read(ByteView()))
    {
        for (const std::chrono::milliseconds patience : kPatience) {
            if (::send(m_socket.get(), request.data(), request.size(), 0) < 0) return silent();
            const auto until = std::chrono::steady_clock::now() + patience;
            while (std::optional<Bytes> bytes = receive(until)) {
                auto answer = read(*bytes);
                if (answer || answer.error().code() != ErrorCode::PeerMisbehaved) return answer;
            }
        }
        return silent();
    }

private:
    explicit Talk(FileDescriptor socket) : m_socket(std::move(socket)) {}

    std::optional<Bytes> receive(std::chrono::steady_clock::time_point until) const
    {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            until - std::chrono::steady_clock::now());
        if (left.count() <= 0) return std::nullopt;
        pollfd waiting{m_socket.get(), POLLIN, 0};
        if (::poll(&waiting, 1, static_cast<int>(left.count()) + 1) <= 0) return std::nullopt;
        Bytes out(kMostPcpBytes + 1);
        const ssize_t size = ::recv(m_socket.get(), out.data(), out.size(), MSG_DONTWAIT);
        if (size < 0) return std::nullopt;
        out.resize(static_cast<std::size_t>(size));
        return out;
    }

    FileDescriptor m_socket;
    net::Endpoint m_local;
};

PcpRouter::PcpRouter(Random& random, Gateway gateway, std::uint16_t port)
    : m_gateway(std::move(gateway)), m_port(port)
{
    const Bytes bytes = random.bytes(kPcpNonceBytes);
    std::memcpy(m_nonce.data(), bytes.data(), m_nonce.size());
}

Result<RouterDoor> PcpRouter::openPcp(const Talk& talk, const DoorWish& wish) const
{
    PcpMapping wanted;
    wanted.nonce = m_nonce;
    wanted.inside = talk.local();
    wanted.innerPort = wish.innerPort;
    wanted.outerPort = wish.before ? wish.before->port : wish.outerPort;
    wanted.lifeSeconds = static_cast<std::uint32_t>(wish.life.count());
    const auto read = [&wanted](ByteView bytes) -> Result<PcpMapping> {
        TARN_TRY(PcpMapping given, decodePcpMap(bytes));
        const bool asked = given.nonce == wanted.nonce && given.innerPort == wanted.innerPort;
        if (!asked || given.outerPort == 0 || given.lifeSeconds == 0)
            return Error(ErrorCode::PeerMisbehaved, "an answer to something else");
        return given;
    };
    TARN_TRY(const PcpMapping given, talk.ask(encodePcpMap(wanted), read));
    return RouterDoor{given.inside, given.outerPort, "PCP"};
}

Result<RouterDoor> PcpRouter::openPmp(const Talk& talk, const DoorWish& wish)
{
    TARN_TRY(const asio::ip::address outside,
             talk.ask(encodePmpAddressRequest(),
                      [](ByteView bytes) { return decodePmpAddress(bytes); }));
    PmpMapping wanted;
    wanted.innerPort = wish.innerPort;
    wanted.outerPort = wish.before ? wish.before->port : wish.outerPort;
    wanted.lifeSeconds = static_cast<std::uint32_t>(wish.life.count());
    const auto read = [&wanted](ByteView bytes) -> Result<PmpMapping> {
        TARN_TRY(const PmpMapping given, decodePmpMap(bytes));
        if (given.innerPort != wanted.innerPort || given.outerPort == 0)
            return Error(ErrorCode::PeerMisbehaved, "an answer to something else");
        return given;
    };
    TARN_TRY(const PmpMapping given, talk.ask(encodePmpMap(wanted), read));
    return RouterDoor{outside, given.outerPort, "NAT-PMP"};
}

Result<RouterDoor> PcpRouter::openBlocking(const DoorWish& wish)
{
    const std::optional<asio::ip::address> gateway = m_gateway();
    if (!gateway) return Error(ErrorCode::PeerUnreachable, "this machine's network has no router");
    TARN_TRY(const Talk talk, Talk::with(*gateway, m_port));
    Result<RouterDoor> door = openPcp(talk, wish);
    if (!door && door.error().code() == ErrorCode::Unsupported) door = openPmp(talk, wish);
    if (door) m_last = gateway;
    return door;
}

Result<void> PcpRouter::closeBlocking(const RouterDoor& door, std::uint16_t innerPort)
{
    if (!m_last) return ok();
    TARN_TRY(const Talk talk, Talk::with(*m_last, m_port));
    if (door.protocol == "NAT-PMP") {
        PmpMapping none;
        none.innerPort = innerPort;
        TARN_TRY(const PmpMapping gone,
                 talk.ask(encodePmpMap(none), [](ByteView bytes) { return decodePmpMap(bytes); }));
        static_cast<void>(gone);
        return ok();
    }
    PcpMapping none;
    none.nonce = m_nonce;
    none.inside = talk.local();
    none.innerPort = innerPort;
    TARN_TRY(const PcpMapping gone,
             talk.ask(encodePcpMap(none), [](ByteView bytes) { return decodePcpMap(bytes); }));
    static_cast<void>(gone);
    return ok();
}

} // namespace tarn::profiles
