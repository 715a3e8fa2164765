#include "tests/support/proxy_double.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace tarn::test {

using Socket = asio::ip::tcp::socket;

struct ProxyDouble::Shared
{
    Shared(const asio::any_io_executor& executor, net::Endpoint targetToUse,
           ProxyBehaviour behaviourToUse)
        : target(std::move(targetToUse)), behaviour(std::move(behaviourToUse)),
          acceptor(executor, net::Endpoint(asio::ip::address_v4::loopback(), 0))
    {
    }
    net::Endpoint target;
    ProxyBehaviour behaviour;
    asio::ip::tcp::acceptor acceptor;
    std::vector<std::string> asked;
    std::vector<std::string> users;
};

namespace {

using Token = asio::use_awaitable_t<>;

asio::awaitable<std::string> readText(Socket& socket, std::size_t size)
{
    std::string text(size, '\0');
    co_await asio::async_read(socket, asio::buffer(text), Token());
    co_return text;
}

asio::awaitable<unsigned> readByte(Socket& socket)
{
    const std::string text = co_await readText(socket, 1);
    co_return static_cast<unsigned char>(text[0]);
}

asio::awaitable<void> writeText(Socket& socket, std::string text)
{
    co_await asio::async_write(socket, asio::buffer(text), Token());
}

asio::awaitable<void> pump(std::shared_ptr<Socket> from, std::shared_ptr<Socket> to)
{
    std::array<char, 65536> buffer{};
    for (;;) {
        auto [error, count] =
            co_await from->async_read_some(asio::buffer(buffer), asio::as_tuple(Token()));
        boost::system::error_code failed = error;
        if (!failed) {
            auto [writing, written] = co_await asio::async_write(
                *to, asio::buffer(buffer.data(), count), asio::as_tuple(Token()));
            failed = writing;
        }
        if (failed) break;
    }
    boost::system::error_code ignored;
    to->shutdown(Socket::shutdown_send, ignored);
}

/// \return the place asked for, empty when the client was turned away.
asio::awaitable<std::string> greetSocks(Socket& socket, ProxyBehaviour behaviour,
                                        std::vector<std::string>& users)
{
    (void)co_await readByte(socket); // version
    const unsigned methods = co_await readByte(socket);
    const std::string offered = co_await readText(socket, methods);
    const char wanted = behaviour.user.empty() && !behaviour.anyUser ? '\0' : '\2';
    if (offered.find(wanted) == std::string::npos) {
        co_await writeText(socket, "\x05\xff");
        co_return std::string();
    }
    co_await writeText(socket, std::string("\x05") + wanted);
    if (wanted == '\2') {
        (void)co_await readByte(socket);
        const unsigned userSize = co_await readByte(socket);
        const std::string user = co_await readText(socket, userSize);
        const unsigned passwordSize = co_await readByte(socket);
        const std::string password = co_await readText(socket, passwordSize);
        const bool good =
            behaviour.anyUser || (user == behaviour.user && password == behaviour.password);
        users.push_back(user + ":" + password);
        std::string verdict("\x01");
        verdict.push_back(good ? '\0' : '\1');
        co_await writeText(socket, verdict);
        if (!good) co_return std::string();
    }
    const std::string head = co_await readText(socket, 4);
    std::string host;
    if (head[3] == '\1') {
        const std::string raw = co_await readText(socket, 4);
        asio::ip::address_v4::bytes_type bytes{};
        std::copy(raw.begin(), raw.end(), bytes.begin());
        host = asio::ip::address_v4(bytes).to_string();
    } else {
        const unsigned size = co_await readByte(socket);
        host = co_await readText(socket, size);
    }
    const unsigned high = co_await readByte(socket);
    const unsigned low = co_await readByte(socket);
    std::string answer("\x05");
    answer.push_back(static_cast<char>(behaviour.refuseWith));
    answer += std::string("\0\x03\x04name\0\0", 9);
    co_await writeText(socket, answer);
    co_return host + ":" + std::to_string(high * 256 + low);
}

asio::awaitable<std::string> greetHttp(Socket& socket, ProxyBehaviour behaviour)
{
    std::string head;
    while (!head.ends_with("\r\n\r\n"))
        head += co_await readText(socket, 1);
    const bool authorized =
        behaviour.user.empty() || head.find("Proxy-Authorization: Basic ") != std::string::npos;
    unsigned status = behaviour.refuseWith > 0 ? behaviour.refuseWith : 200;
    if (!authorized) status = 407;
    co_await writeText(socket, "HTTP/1.1 " + std::to_string(status) + " x\r\nVia: double\r\n\r\n");
    if (!authorized) co_return std::string();
    co_return head.substr(8, head.find(' ', 8) - 8);
}

} // namespace

ProxyDouble::ProxyDouble(asio::any_io_executor executor, net::Endpoint target,
                         ProxyBehaviour behaviour)
    : m_shared(std::make_shared<Shared>(executor, std::move(target), std::move(behaviour)))
{
    struct Serving
    {
        static asio::awaitable<void> one(std::shared_ptr<Shared> shared, Socket accepted)
        {
            auto client = std::make_shared<Socket>(std::move(accepted));
            const ProxyBehaviour& behaviour = shared->behaviour;
            if (!behaviour.garbage.empty()) {
                co_await writeText(*client, behaviour.garbage);
                co_return;
            }
            std::string place;
            if (behaviour.kind == ProxyBehaviour::Kind::Socks5)
                place = co_await greetSocks(*client, behaviour, shared->users);
            else
                place = co_await greetHttp(*client, behaviour);
            if (place.empty()) co_return;
            shared->asked.push_back(place);
            if (behaviour.refuseWith > 0) co_return;
            auto server = std::make_shared<Socket>(client->get_executor());
            co_await server->async_connect(shared->target, Token());
            asio::co_spawn(client->get_executor(), pump(client, server), asio::detached);
            asio::co_spawn(client->get_executor(), pump(server, client), asio::detached);
        }
        static asio::awaitable<void> all(std::shared_ptr<Shared> shared)
        {
            for (;;) {
                Socket socket = co_await shared->acceptor.async_accept(Token());
                asio::co_spawn(socket.get_executor(), one(shared, std::move(socket)),
                               [](std::exception_ptr /*clients may leave*/) {});
            }
        }
    };
    asio::co_spawn(executor, Serving::all(m_shared), [](std::exception_ptr /*closed*/) {});
}

ProxyDouble::~ProxyDouble()
{
    boost::system::error_code ignored;
    m_shared->acceptor.close(ignored);
}

net::Endpoint ProxyDouble::address() const
{
    return m_shared->acceptor.local_endpoint();
}

const std::vector<std::string>& ProxyDouble::asked() const
{
    return m_shared->asked;
}

const std::vector<std::string>& ProxyDouble::users() const
{
    return m_shared->users;
}

} // namespace tarn::test
