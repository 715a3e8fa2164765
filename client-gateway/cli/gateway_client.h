// gateway_client: the web API as the command line uses it, over plain loopback connections that
// are used again.
#pragma once

#include "core/base/quantity.h"
#include "core/net/http_client.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarn::gateway::cli {

struct Answer
{
    unsigned status = 0;
    std::string body;
};

/// Connections to one gateway that wait for their next request. Engine thread.
class KeptConnections
{
public:
    explicit KeptConnections(Clock& clock) : m_clock(clock) {}

    /// \return nullptr: none that the gateway has surely not closed.
    std::unique_ptr<net::HttpClientConnection> take();
    /// Keeps it if it is good for another request.
    void keep(std::unique_ptr<net::HttpClientConnection> connection);

private:
    struct Kept
    {
        std::unique_ptr<net::HttpClientConnection> connection;
        TimePoint since;
    };
    Clock& m_clock;
    std::vector<Kept> m_kept;
};

class GatewayClient
{
public:
    /// \param wantJson  errors shall come as JSON.
    /// \param kept      outlives this.
    GatewayClient(HostPort gateway, Clock& clock, bool wantJson, KeptConnections& kept);
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

    HostPort m_gateway;
    Clock& m_clock;
    bool m_wantJson;
    KeptConnections& m_kept;
    std::unique_ptr<net::HttpClientConnection> m_connection;
};

} // namespace tarn::gateway::cli
