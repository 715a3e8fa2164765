#include "core/net/tor_control.h"

#include "core/crypto/hmac.h"
#include "core/net/line_io.h"
#include "core/net/route.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/un.h>

#include <fstream>

namespace tarn::net {

namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kTcp = "tcp:";
constexpr Duration kLimit = std::chrono::seconds(30);
constexpr std::size_t kMostLine = 16 * 1024;
constexpr std::size_t kMostPath = sizeof(sockaddr_un::sun_path) - 1;
constexpr std::size_t kCookieBytes = 32;
constexpr std::string_view kServerHash = "Tor safe cookie authentication server-to-controller hash";
constexpr std::string_view kControllerHash =
    "Tor safe cookie authentication controller-to-server hash";

asio::awaitable<Result<Stream>> connectLocal(std::string path)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const asio::local::stream_protocol protocol;
    Stream stream{Stream::Socket(executor), PathKind::Local, path};
    boost::system::error_code failed;
    stream.socket.open(asio::generic::stream_protocol(protocol), failed);
    if (failed) co_return errnoError(failed.value(), path);
    const asio::local::stream_protocol::endpoint local(path);
    const asio::generic::stream_protocol::endpoint endpoint(local.data(), local.size(), 0);
    auto [error] =
        co_await stream.socket.async_connect(endpoint, asio::as_tuple(asio::use_awaitable));
    if (error) {
        co_return Error(ErrorCode::PeerUnreachable, errnoError(error.value(), path).message());
    }
    co_return stream;
}

asio::awaitable<Result<Stream>> connectControl(ControlAddress address, Clock& clock)
{
    if (address.path.empty()) {
        ConnectOptions options;
        options.limit = kLimit;
        co_return co_await connectTcp(address.endpoint, std::move(options), clock);
    }
    asio::awaitable<Result<Stream>> work = connectLocal(address.path);
    std::string what = "connecting to " + address.path;
    co_return co_await withDeadline<Stream>(clock, kLimit, std::move(what), std::move(work));
}

Result<Secret> readCookieBlocking(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    Secret cookie = zeroSecret(kCookieBytes);
    file.read(reinterpret_cast<char*>(cookie.mutableView().data()), kCookieBytes);
    const bool whole =
        file.gcount() == kCookieBytes && file.peek() == std::ifstream::traits_type::eof();
    if (whole) return cookie;
    return Error(ErrorCode::Unauthorized,
                 path + ": this cookie file of Tor cannot be read; may the daemon's user read it?");
}

Hash256 proofOf(std::string_view name, const Secret& cookie, ByteView ours, ByteView theirs)
{
    Secret message = zeroSecret(kCookieBytes + ours.size() + theirs.size());
    MutableByteView at = message.mutableView();
    for (const ByteView piece : {cookie.view(), ours, theirs}) {
        std::copy(piece.begin(), piece.end(), at.begin());
        at = at.subspan(piece.size());
    }
    return crypto::hmacSha256(asBytes(name), message.view());
}

Error refusal(const TorReply& reply, ErrorCode code, std::string_view what)
{
    constexpr std::size_t kShown = 200;
    return Error(code, std::string(what) + ": Tor answers " + std::to_string(reply.status) + " " +
                           reply.lines.back().substr(0, kShown));
}

} // namespace

Result<ControlAddress> parseControlAddress(std::string_view text)
{
    const auto refuse = [text](std::string_view why) {
        return Error(ErrorCode::InvalidInput,
                     "expected \"unix:/run/tor/control\" or \"tcp:127.0.0.1:9051\", got \"" +
                         std::string(text) + "\"" + std::string(why));
    };
    ControlAddress out;
    if (text.starts_with(kUnix)) {
        out.path = text.substr(kUnix.size());
        if (!out.path.starts_with('/')) return refuse(": the path is not absolute");
        if (out.path.size() > kMostPath || out.path.find('\0') != std::string::npos)
            return refuse(": such a path cannot be a socket");
        return out;
    }
    if (!text.starts_with(kTcp)) return refuse("");
    const Result<Endpoint> endpoint = parseEndpoint(text.substr(kTcp.size()));
    if (!endpoint || endpoint->port() == 0) return refuse("");
    if (!endpoint->address().is_loopback()) return refuse(": keys would leave this machine");
    out.endpoint = *endpoint;
    return out;
}

std::string textOf(const ControlAddress& address)
{
    if (!address.path.empty()) return std::string(kUnix) + address.path;
    return std::string(kTcp) + textOf(address.endpoint);
}

asio::awaitable<Result<TorReply>> TorControl::command(Secret line)
{
    m_io.expireAt(m_clock.now() + kLimit);
    TARN_CO_TRY_VOID(co_await m_io.sendAll(line.view()));
    TorReplyReader reader;
    for (;;) {
        TARN_CO_TRY(const std::string text, co_await receiveLine(m_io, kMostLine));
        TARN_CO_TRY(const bool whole, reader.take(text));
        if (whole) break;
    }
    m_io.expireAt(TimePoint::max());
    co_return reader.reply();
}

asio::awaitable<Result<void>> TorControl::authenticate(std::string proof)
{
    const std::string_view blank = proof.empty() ? "" : " ";
    std::string line = "AUTHENTICATE" + std::string(blank) + proof + "\r\n";
    Secret secret(line);
    wipe(std::as_writable_bytes(std::span(line)));
    wipe(std::as_writable_bytes(std::span(proof)));
    TARN_CO_TRY(const TorReply reply, co_await command(std::move(secret)));
    if (!reply.good()) co_return refusal(reply, ErrorCode::Unauthorized, "logging in");
    co_return ok();
}

asio::awaitable<Result<void>> TorControl::logInByCookie(std::string file, WorkPool& files,
                                                        Random& random)
{
    auto job = [file] { return readCookieBlocking(file); };
    TARN_CO_TRY(const Secret cookie, co_await runOn(files, std::move(job)));
    const Bytes nonce = random.bytes(kCookieBytes);
    Secret ask("AUTHCHALLENGE SAFECOOKIE " + toHex(nonce) + "\r\n");
    TARN_CO_TRY(const TorReply reply, co_await command(std::move(ask)));
    if (!reply.good()) co_return refusal(reply, ErrorCode::Unauthorized, "logging in");
    TARN_CO_TRY(const TorChallenge challenge, parseTorChallenge(reply));
    const Hash256 theirs = proofOf(kServerHash, cookie, nonce, challenge.serverNonce);
    if (!constantTimeEqual(theirs.view(), challenge.serverHash))
        co_return Error(ErrorCode::PeerMisbehaved, "the control port does not know Tor's cookie");
    const Hash256 ours = proofOf(kControllerHash, cookie, nonce, challenge.serverNonce);
    co_return co_await authenticate(toHex(ours.view()));
}

asio::awaitable<Result<void>> TorControl::logIn(Secret password, WorkPool& files, Random& random)
{
    Secret ask(std::string_view("PROTOCOLINFO 1\r\n"));
    TARN_CO_TRY(const TorReply reply, co_await command(std::move(ask)));
    if (!reply.good()) co_return refusal(reply, ErrorCode::PeerMisbehaved, "PROTOCOLINFO");
    TARN_CO_TRY(const TorProtocolInfo info, parseTorProtocolInfo(reply));
    if (!password.empty()) {
        if (!info.password)
            co_return Error(ErrorCode::Unauthorized, "Tor has no HashedControlPassword");
        co_return co_await authenticate(torQuoted(asText(password.view())));
    }
    if (info.safeCookie && !info.cookieFile.empty())
        co_return co_await logInByCookie(info.cookieFile, files, random);
    if (info.none) co_return co_await authenticate(std::string());
    co_return Error(
        ErrorCode::Unauthorized,
        "Tor wants a password ([tor] password), or CookieAuthentication 1 in its torrc");
}

asio::awaitable<Result<std::unique_ptr<TorControl>>> TorControl::open(ControlAddress address,
                                                                      Secret password,
                                                                      WorkPool& files, Clock& clock,
                                                                      Random& random)
{
    TARN_CO_TRY(Stream stream, co_await connectControl(std::move(address), clock));
    std::unique_ptr<TorControl> out(new TorControl(std::move(stream), clock));
    TARN_CO_TRY_VOID(co_await out->logIn(std::move(password), files, random));
    co_return out;
}

asio::awaitable<Result<std::string>> TorControl::addOnion(Secret keyBlob, std::uint16_t port,
                                                          Endpoint target)
{
    std::string line = "ADD_ONION " + std::string(asText(keyBlob.view())) +
                       " Port=" + std::to_string(port) + "," + textOf(target) + "\r\n";
    Secret secret(line);
    wipe(std::as_writable_bytes(std::span(line)));
    TARN_CO_TRY(const TorReply reply, co_await command(std::move(secret)));
    if (!reply.good()) co_return refusal(reply, ErrorCode::Conflict, "ADD_ONION");
    co_return parseTorServiceId(reply);
}

asio::awaitable<Result<TorBootstrap>> TorControl::bootstrap()
{
    Secret ask(std::string_view("GETINFO status/bootstrap-phase\r\n"));
    TARN_CO_TRY(const TorReply reply, co_await command(std::move(ask)));
    if (!reply.good()) co_return refusal(reply, ErrorCode::PeerMisbehaved, "GETINFO");
    co_return parseTorBootstrap(reply);
}

asio::awaitable<Result<void>> TorControl::waitForEnd()
{
    for (;;) {
        const Result<std::string> line = co_await receiveLine(m_io, kMostLine);
        if (!line) co_return line.error();
    }
}

} // namespace tarn::net
