#include "core/net/proxy_dialogue.h"

#include "core/codec/base64.h"
#include "core/net/address.h"
#include "core/net/http_parse.h"

#include <algorithm>
#include <array>

namespace tarn::net {

namespace {

constexpr std::byte kSocksVersion{5};
constexpr std::byte kAuthVersion{1};
constexpr std::byte kNoAuth{0};
constexpr std::byte kUserPassword{2};
constexpr std::byte kConnect{1};
constexpr std::byte kIpv4{1};
constexpr std::byte kName{3};
constexpr std::byte kIpv6{4};
constexpr std::size_t kMaxProxyHead = 8 * 1024;

Error misbehaved(const SocketIo& io, std::string_view what)
{
    return Error(ErrorCode::PeerMisbehaved, io.peer() + ": proxy: " + std::string(what));
}

void appendText(Bytes& to, std::string_view text)
{
    to.push_back(static_cast<std::byte>(text.size()));
    append(to, asBytes(text));
}

/// Version, count, methods.
Bytes greetingFor(const ProxyLogin& login)
{
    Bytes methods;
    if (!login.user.empty()) methods.push_back(kUserPassword);
    if (login.user.empty() || login.optional) methods.push_back(kNoAuth);
    Bytes hello{kSocksVersion, static_cast<std::byte>(methods.size())};
    append(hello, methods);
    return hello;
}

asio::awaitable<Result<void>> authenticate(SocketIo& io, ProxyLogin login)
{
    const Bytes hello = greetingFor(login);
    TARN_CO_TRY_VOID(co_await io.sendAll(hello));
    std::array<std::byte, 2> choice{};
    TARN_CO_TRY_VOID(co_await io.receiveExactly(choice));
    if (choice[0] != kSocksVersion) co_return misbehaved(io, "not SOCKS5");
    if (std::find(hello.begin() + 2, hello.end(), choice[1]) == hello.end())
        co_return Error(ErrorCode::Unauthorized,
                        io.peer() + ": the proxy refuses our way to log in");
    if (choice[1] == kNoAuth) co_return ok();
    Bytes account{kAuthVersion};
    appendText(account, login.user);
    appendText(account, login.password);
    TARN_CO_TRY_VOID(co_await io.sendAll(account));
    std::array<std::byte, 2> verdict{};
    TARN_CO_TRY_VOID(co_await io.receiveExactly(verdict));
    if (verdict[1] != std::byte{0})
        co_return Error(ErrorCode::Unauthorized, io.peer() + ": the proxy refuses this user");
    co_return ok();
}

Result<Bytes> connectRequest(const Location& location)
{
    Bytes request{kSocksVersion, kConnect, std::byte{0}};
    if (const Result<Endpoint> numeric = endpointOf(location.host, location.port); !numeric) {
        if (location.host.empty() || location.host.size() > 255)
            return Error(ErrorCode::InvalidInput, "a host name has 1 to 255 bytes");
        request.push_back(kName);
        appendText(request, location.host);
    } else if (numeric->address().is_v4()) {
        request.push_back(kIpv4);
        const auto bytes = numeric->address().to_v4().to_bytes();
        append(request, std::as_bytes(std::span(bytes)));
    } else {
        request.push_back(kIpv6);
        const auto bytes = numeric->address().to_v6().to_bytes();
        append(request, std::as_bytes(std::span(bytes)));
    }
    appendBig<std::uint16_t>(request, location.port);
    return request;
}

/// The address that the proxy says it bound tells us nothing: read to get it out of the way.
asio::awaitable<Result<void>> skipBoundAddress(SocketIo& io, std::byte kind)
{
    std::size_t size = 0;
    if (kind == kIpv4) {
        size = 4;
    } else if (kind == kIpv6) {
        size = 16;
    } else if (kind == kName) {
        std::array<std::byte, 1> length{};
        TARN_CO_TRY_VOID(co_await io.receiveExactly(length));
        size = std::to_integer<std::size_t>(length[0]);
    } else {
        co_return misbehaved(io, "unknown address type");
    }
    Bytes address(size + 2);
    co_return co_await io.receiveExactly(address);
}

/// Byte by byte: the tunnel begins right after the empty line.
asio::awaitable<Result<std::string>> readProxyHead(SocketIo& io)
{
    std::string head;
    while (!head.ends_with("\r\n\r\n")) {
        if (head.size() >= kMaxProxyHead) co_return misbehaved(io, "answer too long");
        std::array<std::byte, 1> next{};
        TARN_CO_TRY_VOID(co_await io.receiveExactly(next));
        head.push_back(std::to_integer<char>(next[0]));
    }
    head.resize(head.size() - 2);
    co_return head;
}

} // namespace

std::string_view socks5ReplyText(unsigned reply)
{
    static constexpr std::array<std::string_view, 9> kTexts = {
        "succeeded",           "general failure",       "not allowed by its rules",
        "network unreachable", "host unreachable",      "connection refused",
        "TTL expired",         "command not supported", "address type not supported",
    };
    return reply < kTexts.size() ? kTexts.at(reply) : "unknown reply";
}

asio::awaitable<Result<void>> askSocks5(SocketIo& io, Location location, ProxyLogin login)
{
    TARN_CO_TRY(const Bytes request, connectRequest(location));
    TARN_CO_TRY_VOID(co_await authenticate(io, std::move(login)));
    TARN_CO_TRY_VOID(co_await io.sendAll(request));
    std::array<std::byte, 4> reply{};
    TARN_CO_TRY_VOID(co_await io.receiveExactly(reply));
    if (reply[0] != kSocksVersion) co_return misbehaved(io, "not SOCKS5");
    const auto code = std::to_integer<unsigned>(reply[1]);
    if (code != 0) {
        co_return Error(ErrorCode::PeerUnreachable,
                        io.peer() + ": proxy: " + std::string(socks5ReplyText(code)));
    }
    co_return co_await skipBoundAddress(io, reply[3]);
}

asio::awaitable<Result<void>> askHttpConnect(SocketIo& io, Location location, ProxyLogin login)
{
    const std::string place = wire::placeOf(location);
    RequestHead request;
    request.method = "CONNECT";
    request.target = place;
    request.headers.add("Host", place);
    if (!login.user.empty()) {
        const std::string account = login.user + ":" + login.password;
        request.headers.add("Proxy-Authorization",
                            "Basic " + codec::encodeBase64(asBytes(account)));
    }
    TARN_CO_TRY(std::string text, formatRequestHead(request));
    text += "\r\n";
    TARN_CO_TRY_VOID(co_await io.sendAll(asBytes(text)));
    TARN_CO_TRY(const std::string answer, co_await readProxyHead(io));
    constexpr std::size_t kMaxHeaders = 100;
    const Result<ResponseHead> head = parseResponseHead(answer, kMaxHeaders);
    if (!head) co_return misbehaved(io, head.error().message());
    if (head->status / 100 == 2) co_return ok();
    const ErrorCode code =
        head->status == 407 ? ErrorCode::Unauthorized : ErrorCode::PeerUnreachable;
    co_return Error(code, io.peer() + ": proxy answers " + std::to_string(head->status));
}

} // namespace tarn::net
