#include "tests/support/line_double.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace tarn::test {

using Socket = asio::ip::tcp::socket;
using Token = asio::use_awaitable_t<>;

struct LineDouble::Shared
{
    Shared(const asio::any_io_executor& executor, Answer answerToUse)
        : answer(std::move(answerToUse)),
          acceptor(executor, net::Endpoint(asio::ip::address_v4::loopback(), 0))
    {
    }
    Answer answer;
    asio::ip::tcp::acceptor acceptor;
    std::vector<std::string> lines;
    std::vector<std::weak_ptr<Socket>> sockets;
};

namespace {

constexpr std::string_view kClose = "close";
constexpr std::string_view kTunnel = "tunnel";

asio::awaitable<void> echo(std::shared_ptr<Socket> socket)
{
    std::array<char, 4096> buffer{};
    for (;;) {
        const std::size_t count = co_await socket->async_read_some(asio::buffer(buffer), Token());
        co_await asio::async_write(*socket, asio::buffer(buffer.data(), count), Token());
    }
}

} // namespace

LineDouble::LineDouble(asio::any_io_executor executor, Answer answer)
    : m_shared(std::make_shared<Shared>(executor, std::move(answer)))
{
    struct Serving
    {
        static asio::awaitable<void> one(std::shared_ptr<Shared> shared,
                                         std::shared_ptr<Socket> socket)
        {
            std::string input;
            for (;;) {
                const std::size_t size = co_await asio::async_read_until(
                    *socket, asio::dynamic_buffer(input), '\n', Token());
                std::string line = input.substr(0, size - 1);
                input.erase(0, size);
                if (line.ends_with('\r')) line.pop_back();
                shared->lines.push_back(line);
                std::string out = shared->answer(line);
                const bool ends = out.ends_with(kClose);
                const bool tunnels = out.ends_with(kTunnel);
                if (ends) out.resize(out.size() - kClose.size());
                if (tunnels) out.resize(out.size() - kTunnel.size());
                co_await asio::async_write(*socket, asio::buffer(out), Token());
                if (ends) co_return;
                if (tunnels) co_await echo(socket);
            }
        }
        static asio::awaitable<void> all(std::shared_ptr<Shared> shared)
        {
            for (;;) {
                auto socket =
                    std::make_shared<Socket>(co_await shared->acceptor.async_accept(Token()));
                shared->sockets.push_back(socket);
                asio::co_spawn(socket->get_executor(), one(shared, socket),
                               [](std::exception_ptr /*clients may leave*/) {});
            }
        }
    };
    asio::co_spawn(executor, Serving::all(m_shared), [](std::exception_ptr /*closed*/) {});
}

LineDouble::~LineDouble()
{
    boost::system::error_code ignored;
    m_shared->acceptor.close(ignored);
    hangUp();
}

net::Endpoint LineDouble::address() const
{
    return m_shared->acceptor.local_endpoint();
}

const std::vector<std::string>& LineDouble::lines() const
{
    return m_shared->lines;
}

std::size_t LineDouble::connections() const
{
    return m_shared->sockets.size();
}

void LineDouble::hangUp()
{
    boost::system::error_code ignored;
    for (const std::weak_ptr<Socket>& one : m_shared->sockets)
        if (const auto socket = one.lock()) socket->close(ignored);
}

} // namespace tarn::test
