// gateway_client: the web API as the command line uses it.
#pragma once

#include "client-gateway/cli/gateway_connections.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tarn::gateway::cli {

struct Answer
{
    unsigned status = 0;
    std::string body;
};

class GatewayClient
{
public:
    /// \param connections  outlive this.  \param wantJson  errors shall come as JSON.
    GatewayClient(GatewayConnections& connections, bool wantJson);
    ~GatewayClient();
    GatewayClient(const GatewayClient&) = delete;
    GatewayClient& operator=(const GatewayClient&) = delete;

    /// A request and an answer that both fit in memory.
    /// \return PeerUnreachable: no gateway there; says what to do.
    asio::awaitable<Result<Answer>> ask(std::string method, std::string target, std::string body);

    using Source = std::function<Result<std::size_t>(MutableByteView)>; ///< 0 at the end
    using Sink = std::function<Result<void>(ByteView)>;

    /// PUT with a body; without a length it travels chunked.
    asio::awaitable<Result<Answer>> put(std::string target, std::optional<std::uint64_t> length,
                                        const Source& source);
    using OnHead = std::function<Result<void>(const net::ResponseHead&)>;
    /// GET or POST whose answer goes to `sink` when the status is 200; other answers come whole.
    /// \param onHead  told the head of a 200; its error ends the transfer and is returned.
    asio::awaitable<Result<Answer>> stream(std::string method, std::string target,
                                           const OnHead& onHead, const Sink& sink);

    /// PUTs what `from` GETs at `source`, a piece at a time.
    /// \param onPiece  told the bytes of each.
    /// \return the answer to the PUT, or to the GET where that is no success.
    asio::awaitable<Result<Answer>> relay(GatewayClient& from, std::string source,
                                          std::string target,
                                          const std::function<void(std::size_t)>& onPiece);

private:
    asio::awaitable<Result<void>> connect();
    net::RequestHead head(std::string method, std::string target) const;
    asio::awaitable<Result<Answer>> readAnswer(net::ResponseHead head);

    GatewayConnections& m_connections;
    bool m_wantJson;
    GatewayConnections::Connection m_connection;
};

} // namespace tarn::gateway::cli
