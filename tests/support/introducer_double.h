// introducer_double: an introducer that says whatever a test wants, over TLS on a simulated
// network.
#pragma once

#include "core/gossip/record_archive.h"
#include "core/net/http_server.h"
#include "core/net/tls_context.h"
#include "core/wire/introducer_url.h"
#include "tests/support/engine.h"
#include "tests/support/sim_network.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tarn::test {

/// Must go before its network; ends what it still answers.
class IntroducerDouble final : public net::HttpHandler
{
public:
    using Answer = std::function<asio::awaitable<Result<void>>(net::ServerExchange&)>;

    /// Listens as `node`, port 1, with the key of this seed.
    IntroducerDouble(Engine& engine, SimNetwork& network, std::string node, std::uint64_t seed);
    ~IntroducerDouble() override;

    const wire::IntroducerUrl& url() const { return m_url; }
    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override;

    Answer answer;                  ///< to every request
    std::vector<TimePoint> asked;   ///< when each request came
    std::vector<std::string> paths; ///< of each, with its query

private:
    static asio::awaitable<Result<void>> admit(IntroducerDouble& self, net::Stream stream);

    Engine& m_engine;
    SimNetwork& m_network;
    net::TlsServerIdentity m_identity;
    wire::IntroducerUrl m_url;
    std::unique_ptr<net::HttpServer> m_server;
};

/// A whole answer.
IntroducerDouble::Answer says(unsigned status, Bytes body);
/// The same for whatever `body` is when it is asked.
IntroducerDouble::Answer saysEachTime(unsigned status, std::function<Bytes()> body);
/// 200 and this archive; its cursor goes on, and without news the answer takes `wait`.
IntroducerDouble::Answer tells(Clock& clock, std::vector<gossip::RecordPtr> records,
                               Duration wait = std::chrono::seconds(40));
/// 200 and a body that never ends: pieces of `size`, `pause` apart.
IntroducerDouble::Answer neverEnds(Clock& clock, std::size_t size, Duration pause);
/// Nothing at all, for half a day.
IntroducerDouble::Answer staysSilent(Clock& clock);

} // namespace tarn::test
