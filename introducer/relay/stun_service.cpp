#include "introducer/relay/stun_service.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cerrno>

namespace tarn::relay {

namespace {

constexpr double kPerSecond = 10; ///< of one address
constexpr double kBurst = 50;
constexpr double kShortPerSecond = 1; ///< shorter than their answers
constexpr double kShortBurst = 5;
constexpr unsigned kPerTurn = 64;

} // namespace

struct StunService::Shared
{
    Shared(const asio::any_io_executor& engine, Clock& clockToUse)
        : socket(engine), clock(clockToUse), limits(kPerSecond, kBurst),
          shortLimits(kShortPerSecond, kShortBurst)
    {
    }

    /// One datagram. \return false: there is none.
    bool answerOne()
    {
        std::array<std::byte, kLargestStun + 1> room{};
        asio::ip::udp::endpoint from;
        boost::system::error_code error;
        const std::size_t size = socket.receive_from(asio::buffer(room), from, 0, error);
        if (error) return error != asio::error::would_block && error != asio::error::bad_descriptor;
        const Result<StunRequest> request = parseStunRequest(ByteView(room).first(size));
        if (!request) {
            ++counts.dropped;
            return true;
        }
        const Bytes answer = stunAnswer(*request, from.address(), from.port());
        introducer::SourceLimits& rate = size < answer.size() ? shortLimits : limits;
        if (!rate.take(from.address().to_string(), clock.now())) {
            ++counts.dropped;
            return true;
        }
        socket.send_to(asio::buffer(answer), from, 0, error);
        ++(error ? counts.dropped : counts.answered);
        return true;
    }

    asio::ip::udp::socket socket;
    Clock& clock;
    introducer::SourceLimits limits;
    introducer::SourceLimits shortLimits;
    StunCounts counts;
};

StunService::StunService(std::shared_ptr<Shared> shared, const asio::any_io_executor& engine)
    : m_shared(std::move(shared)), m_tasks(engine)
{
    m_tasks.spawn(answerAll(m_shared));
}

StunService::~StunService()
{
    boost::system::error_code ignored;
    m_shared->socket.close(ignored);
}

Result<std::unique_ptr<StunService>> StunService::open(const asio::any_io_executor& engine,
                                                       const asio::ip::address& address,
                                                       std::uint16_t port, Clock& clock)
{
    const asio::ip::udp::endpoint place(address, port);
    auto shared = std::make_shared<Shared>(engine, clock);
    boost::system::error_code error;
    shared->socket.open(place.protocol(), error);
    if (!error && address.is_v6()) shared->socket.set_option(asio::ip::v6_only(true), error);
    if (!error) shared->socket.bind(place, error);
    if (!error) shared->socket.non_blocking(true, error);
    const std::string what = "cannot answer STUN on UDP port " + std::to_string(port);
    if (error == asio::error::address_in_use)
        return Error(ErrorCode::Conflict, what + ": another program has it");
    if (error) return errnoError(error.value(), what);
    return std::unique_ptr<StunService>(new StunService(std::move(shared), engine));
}

std::uint16_t StunService::port() const
{
    boost::system::error_code ignored;
    return m_shared->socket.local_endpoint(ignored).port();
}

const StunCounts& StunService::counts() const
{
    return m_shared->counts;
}

asio::awaitable<void> StunService::answerAll(std::shared_ptr<Shared> shared)
{
    const asio::any_io_executor engine = shared->socket.get_executor();
    while (shared->socket.is_open()) {
        const auto [failed] = co_await shared->socket.async_wait(
            asio::ip::udp::socket::wait_read, asio::as_tuple(asio::use_awaitable));
        if (failed) co_return;
        for (unsigned i = 0; i < kPerTurn; ++i)
            if (!shared->answerOne()) break;
        co_await asio::post(engine, asio::use_awaitable);
    }
}

asio::awaitable<void> StunService::stop()
{
    boost::system::error_code ignored;
    m_shared->socket.close(ignored);
    m_tasks.cancel();
    co_await m_tasks.join();
}

} // namespace tarn::relay
