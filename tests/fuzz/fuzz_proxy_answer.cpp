// Bytes of a hostile proxy as its answers to SOCKS5 and CONNECT, over a socket pair in virtual
// time: refused with a reason, or a tunnel whose first bytes are exactly those behind the answer.
#include "core/net/proxy_dialogue.h"
#include "tests/support/engine.h"

#include <sys/socket.h>

#include <cstdint>
#include <cstdlib>

using namespace tarn;

namespace {

constexpr std::size_t kMostInput = 16 * 1024; // fits the pair's buffer

/// How the first byte of the input has it.
struct Dialogue
{
    bool connect;
    bool account;
    bool address;
    bool optional; ///< the account
};

asio::awaitable<Result<void>> ask(net::SocketIo& io, Dialogue dialogue)
{
    net::Location location;
    location.host = dialogue.address ? "192.0.2.1" : "host.example";
    location.port = 443;
    net::ProxyLogin login;
    login.user = dialogue.account ? "user" : "";
    login.password = dialogue.account ? "password" : "";
    login.optional = dialogue.optional;
    if (dialogue.connect)
        co_return co_await net::askHttpConnect(io, std::move(location), std::move(login));
    co_return co_await net::askSocks5(io, std::move(location), std::move(login));
}

/// What of the input the dialogue left for the next layer.
std::string leftover(net::SocketIo& io)
{
    Bytes rest(kMostInput + 1);
    std::size_t used = 0;
    for (;;) {
        const net::SocketAttempt attempt = io.tryReceive(MutableByteView(rest).subspan(used));
        if (attempt.state != net::SocketAttempt::State::Moved) break;
        used += attempt.bytes;
    }
    return std::string(asText(ByteView(rest).first(used)));
}

void checkTunnel(Dialogue dialogue, std::string_view said, std::string_view rest)
{
    if (!said.ends_with(rest)) std::abort();
    const std::string_view answer = said.substr(0, said.size() - rest.size());
    if (dialogue.connect) {
        if (!answer.starts_with("HTTP/1.") || !answer.ends_with("\r\n\r\n")) std::abort();
        if (answer.find("\r\n\r\n") != answer.size() - 4) std::abort();
    } else {
        // Two bytes for each step of the login, then the reply with the address it names.
        const bool loggedIn = answer.size() > 1 && answer[1] == 2;
        if (loggedIn != dialogue.account && !dialogue.optional) std::abort();
        const std::size_t login = loggedIn ? 4 : 2;
        if (answer.size() < login + 4 || answer[0] != 5 || answer[login] != 5) std::abort();
        if (answer[login + 1] != 0) std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0 || size > kMostInput) return 0;
    const Dialogue dialogue{(data[0] & 1U) != 0, (data[0] & 2U) != 0, (data[0] & 4U) != 0,
                            (data[0] & 16U) != 0};
    const std::string_view said(reinterpret_cast<const char*>(data) + 1, size - 1);
    test::Engine engine;
    auto pair = net::makeStreamPair(engine.executor(), "proxy");
    if (!pair) std::abort();
    const int proxy = pair->second.socket.native_handle();
    if (!said.empty() &&
        ::send(proxy, said.data(), said.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(said.size()))
        std::abort();
    if ((data[0] & 8U) != 0) ::shutdown(proxy, SHUT_WR);
    net::SocketIo io(std::move(pair->first), engine.clock());
    io.expireAt(engine.clock().now() + std::chrono::seconds(30));
    const auto result = engine.run(ask(io, dialogue));
    if (!result) std::abort(); // never ended
    if (*result)
        checkTunnel(dialogue, said, leftover(io));
    else if (result->error().message().empty())
        std::abort();
    return 0;
}
