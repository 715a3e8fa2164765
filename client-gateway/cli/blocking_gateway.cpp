#include "client-gateway/cli/blocking_gateway.h"

#include <boost/asio/co_spawn.hpp>

#include <exception>

namespace tarn::gateway::cli {

BlockingGateway::BlockingGateway(HostPort address, Clock& clock, bool wantJson)
    : m_address(std::move(address)), m_clock(clock), m_wantJson(wantJson)
{
}

std::unique_ptr<GatewayClient> BlockingGateway::newClient() const
{
    return std::make_unique<GatewayClient>(m_address, m_clock, m_wantJson);
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

Result<Answer> BlockingGateway::stream(std::string method, std::string target,
                                       const GatewayClient::OnLength& onLength,
                                       const GatewayClient::Sink& sink)
{
    const std::unique_ptr<GatewayClient> client = newClient();
    return wait(client->stream(std::move(method), std::move(target), onLength, sink));
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
