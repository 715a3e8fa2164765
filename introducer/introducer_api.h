// introducer_api: what an introducer serves over HTTPS. Source: core/doc/protocol/introducer.md.
//
//   POST /gossip/v1/announce    a SignedRecord; 200 when it is on disk
//   GET  /gossip/v1/subscribe   ?cursor=&wait=SECONDS&id=: a RecordArchive, when there is news
//   POST /gossip/v1/sync        a GossipMessage of a configured peer (peer_proof.h)
//   GET  /servers.yaml          the servers, for Tahoe-LAFS
#pragma once

#include "core/net/http_server.h"
#include "core/node/latency_counts.h"
#include "core/node/request_counts.h"
#include "introducer/introducer.h"
#include "introducer/source_limits.h"

#include <map>
#include <string_view>

namespace tarn::introducer {

/// What /metrics tells of the requests.
struct ApiCounts
{
    node::RequestCounts requests;
    std::map<std::string_view, node::LatencyCounts> latencies; ///< by endpoint
    std::uint64_t bytesReceived = 0;                           ///< of bodies
    std::uint64_t bytesSent = 0;                               ///< the same
};

class IntroducerApi final : public net::HttpHandler
{
public:
    /// Both outlive the handler.
    IntroducerApi(Introducer& introducer, Clock& clock);
    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override;

    const ApiCounts& counts() const { return m_counts; }

private:
    struct Call;
    asio::awaitable<Result<void>> answer(Call& call);
    asio::awaitable<Result<void>> announce(Call& call);
    asio::awaitable<Result<void>> subscribe(Call& call);
    asio::awaitable<Result<void>> sync(Call& call);
    asio::awaitable<Result<void>> servers(Call& call);

    Introducer& m_introducer;
    Clock& m_clock;
    SourceLimits m_limits;
    ApiCounts m_counts;
};

/// All announced servers as a servers.yaml. Those without an account for everybody have a
/// placeholder in place of NURLs.
std::string serversYamlOf(const std::vector<gossip::RecordPtr>& records);

} // namespace tarn::introducer
