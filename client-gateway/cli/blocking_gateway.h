// blocking_gateway: the web API one call after the other, for commands that do one thing at a time.
#pragma once

#include "client-gateway/cli/gateway_client.h"

#include <boost/asio/io_context.hpp>

namespace tarn::gateway::cli {

/// Every call turns an engine of its own until the answer is there.
class BlockingGateway
{
public:
    /// \param wantJson  errors shall come as JSON.
    BlockingGateway(GatewayAddress address, Clock& clock, bool wantJson);

    /// \return PeerUnreachable: no gateway there; says what to do.
    Result<Answer> ask(std::string method, std::string target, std::string body = {});
    /// See GatewayClient.
    Result<Answer> put(std::string target, std::optional<std::uint64_t> length,
                       const GatewayClient::Source& source);
    /// The same; once all is sent and while no answer comes, `onWaiting` is told about every second
    /// what GET /status?t=json answers.
    using OnWaiting = std::function<void(const Answer&)>;
    Result<Answer> putWatched(std::string target, std::optional<std::uint64_t> length,
                              const GatewayClient::Source& source, const OnWaiting& onWaiting);
    Result<Answer> stream(std::string method, std::string target,
                          const GatewayClient::OnHead& onHead, const GatewayClient::Sink& sink);
    void sleep(Duration duration);

    using Job = std::function<asio::awaitable<void>(std::size_t)>;
    /// Runs job(0) ... job(count - 1), several at a time, and returns when all have ended. A job
    /// that ends by exception is lost, the others go on.
    void runEach(std::size_t count, const Job& job, std::size_t atOnce = 8);
    /// \param last  false: after a failure it may be run once more.
    /// \return false: it shall be.
    using Attempt = std::function<asio::awaitable<bool>(std::size_t, bool last)>;
    /// The same for transfers of so many bytes each: many small ones at a time, then few large
    /// ones. Those that failed while another of the same size was there come once more, one by one:
    /// Tahoe-LAFS fails when equal files are stored at the same time.
    void runEachTransfer(const std::vector<std::uint64_t>& sizes, const Attempt& attempt);

    const GatewayAddress& address() const { return m_connections.gateway(); }
    std::unique_ptr<GatewayClient> newClient();
    /// Turns the engine until `work` has ended.
    void run(asio::awaitable<void> work);

private:
    Result<Answer> wait(asio::awaitable<Result<Answer>> work);
    asio::awaitable<void> watchStatus(const bool& sent, const OnWaiting& onWaiting);
    asio::awaitable<Result<Answer>> watched(asio::awaitable<Result<Answer>> putting,
                                            const bool& sent, const OnWaiting& onWaiting);

    Clock& m_clock;
    bool m_wantJson;
    asio::io_context m_engine;
    GatewayConnections m_connections; // of the engine, so they go first
};

/// 2xx.
bool isSuccess(const Answer& answer);

} // namespace tarn::gateway::cli
