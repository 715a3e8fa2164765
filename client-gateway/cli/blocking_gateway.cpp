#include "client-gateway/cli/blocking_gateway.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <exception>
#include <map>

namespace tarn::gateway::cli {

namespace {

// A small transfer costs waiting, a large one room in the gateway's spool.
constexpr std::uint64_t kSmallBytes = 256 * 1024;
constexpr std::size_t kSmallAtOnce = 32;
constexpr std::size_t kLargeAtOnce = 4;
constexpr Duration kLookAgain = std::chrono::seconds(1);

asio::awaitable<void> runOne(std::size_t mine, const BlockingGateway::Job& job)
{
    try {
        asio::awaitable<void> work = job(mine);
        co_await std::move(work);
    } catch (const std::exception&) {
        co_return;
    }
}

asio::awaitable<void> tryOnce(const BlockingGateway::Attempt& attempt, std::size_t mine, bool last,
                              std::vector<std::size_t>& again)
{
    asio::awaitable<bool> work = attempt(mine, last);
    const bool done = co_await std::move(work);
    if (!done && !last) again.push_back(mine);
}

asio::awaitable<void> takeTurns(std::size_t& next, std::size_t count,
                                const BlockingGateway::Job& job)
{
    while (next < count)
        co_await runOne(next++, job);
}

} // namespace

BlockingGateway::BlockingGateway(GatewayAddress address, Clock& clock, bool wantJson)
    : m_clock(clock), m_wantJson(wantJson), m_connections(std::move(address), clock)
{
}

std::unique_ptr<GatewayClient> BlockingGateway::newClient()
{
    return std::make_unique<GatewayClient>(m_connections, m_wantJson);
}

Result<Answer> BlockingGateway::wait(asio::awaitable<Result<Answer>> work)
{
    Result<Answer> answer;
    asio::co_spawn(m_engine, std::move(work), [&](std::exception_ptr failure, Result<Answer> got) {
        if (!failure) answer = std::move(got);
        m_engine.stop(); // deadlines of the connection may still be waiting
    });
    m_engine.restart();
    m_engine.run();
    return answer;
}

void BlockingGateway::run(asio::awaitable<void> work)
{
    asio::co_spawn(m_engine, std::move(work), [this](std::exception_ptr) { m_engine.stop(); });
    m_engine.restart();
    m_engine.run();
}

void BlockingGateway::runEach(std::size_t count, const Job& job, std::size_t atOnce)
{
    std::size_t next = 0;
    std::size_t running = std::min(atOnce, count);
    if (running == 0) return;
    for (std::size_t i = running; i > 0; --i) {
        asio::co_spawn(m_engine, takeTurns(next, count, job), [&](std::exception_ptr) {
            if (--running == 0) m_engine.stop();
        });
    }
    m_engine.restart();
    m_engine.run();
}

void BlockingGateway::runEachTransfer(const std::vector<std::uint64_t>& sizes,
                                      const Attempt& attempt)
{
    std::vector<std::size_t> small;
    std::vector<std::size_t> large;
    std::vector<std::size_t> again;
    std::map<std::uint64_t, std::size_t> ofSize;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        (sizes[i] <= kSmallBytes ? small : large).push_back(i);
        ++ofSize[sizes[i]];
    }
    const auto runThese = [&](const std::vector<std::size_t>& chosen, std::size_t atOnce) {
        const Job one = [&](std::size_t i) {
            return tryOnce(attempt, chosen[i], ofSize[sizes[chosen[i]]] < 2, again);
        };
        runEach(chosen.size(), one, atOnce);
    };
    runThese(small, kSmallAtOnce);
    runThese(large, kLargeAtOnce);
    ofSize.clear(); // so that no attempt is made for a third time
    const std::vector<std::size_t> failed = std::move(again);
    runThese(failed, 1);
}

Result<Answer> BlockingGateway::ask(std::string method, std::string target, std::string body)
{
    const std::unique_ptr<GatewayClient> client = newClient();
    return wait(client->ask(std::move(method), std::move(target), std::move(body)));
}

Result<Answer> BlockingGateway::put(std::string target, std::optional<std::uint64_t> length,
                                    const GatewayClient::Source& source)
{
    const std::unique_ptr<GatewayClient> client = newClient();
    return wait(client->put(std::move(target), length, source));
}

asio::awaitable<void> BlockingGateway::watchStatus(const bool& sent, const OnWaiting& onWaiting)
{
    const std::unique_ptr<GatewayClient> client = newClient();
    for (;;) {
        co_await m_clock.sleep(kLookAgain);
        const asio::cancellation_state cancelled = co_await asio::this_coro::cancellation_state;
        if (cancelled.cancelled() != asio::cancellation_type::none) co_return;
        if (!sent) continue;
        std::string target = "/status?t=json";
        std::string noBody;
        const Result<Answer> status = co_await client->ask("GET", std::move(target), noBody);
        if (status) onWaiting(*status);
    }
}

asio::awaitable<Result<Answer>> BlockingGateway::watched(asio::awaitable<Result<Answer>> putting,
                                                         const bool& sent,
                                                         const OnWaiting& onWaiting)
{
    using namespace asio::experimental::awaitable_operators;
    asio::awaitable<void> watching = watchStatus(sent, onWaiting);
    auto winner = co_await (std::move(putting) || std::move(watching));
    if (winner.index() == 0) co_return std::get<0>(std::move(winner));
    co_return Error(ErrorCode::Cancelled, "nobody waits for the answer");
}

Result<Answer> BlockingGateway::putWatched(std::string target, std::optional<std::uint64_t> length,
                                           const GatewayClient::Source& source,
                                           const OnWaiting& onWaiting)
{
    const std::unique_ptr<GatewayClient> client = newClient();
    bool sent = false;
    const GatewayClient::Source noting = [&](MutableByteView into) {
        Result<std::size_t> count = source(into);
        sent = count && *count == 0;
        return count;
    };
    return wait(watched(client->put(std::move(target), length, noting), sent, onWaiting));
}

Result<Answer> BlockingGateway::stream(std::string method, std::string target,
                                       const GatewayClient::OnHead& onHead,
                                       const GatewayClient::Sink& sink)
{
    const std::unique_ptr<GatewayClient> client = newClient();
    return wait(client->stream(std::move(method), std::move(target), onHead, sink));
}

void BlockingGateway::sleep(Duration duration)
{
    run(m_clock.sleep(duration));
}

bool isSuccess(const Answer& answer)
{
    return answer.status >= 200 && answer.status < 300;
}

} // namespace tarn::gateway::cli
