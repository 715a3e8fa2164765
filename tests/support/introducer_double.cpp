#include "tests/support/introducer_double.h"

#include "core/net/tls_stream.h"
#include "tests/support/test_identity.h"

#include <boost/asio/detached.hpp>

namespace tarn::test {

namespace {

constexpr std::uint16_t kPort = 1;
constexpr Duration kHandshake = std::chrono::seconds(20);

asio::awaitable<Result<void>> respond(net::ServerExchange& exchange, unsigned status, Bytes body)
{
    const ByteView piece = body;
    const std::span<const ByteView> pieces(&piece, 1);
    co_return co_await exchange.respond(status, net::HttpHeaders(), pieces);
}

asio::awaitable<Result<void>> tellOnce(net::ServerExchange& exchange, Clock& clock,
                                       std::vector<gossip::RecordPtr> records, Duration wait)
{
    gossip::RecordArchive archive;
    archive.cursor = "told";
    if (exchange.head().target.find("cursor=told") != std::string::npos)
        co_await clock.sleep(wait);
    else
        archive.records = std::move(records);
    Bytes body = gossip::encodeArchive(archive);
    co_return co_await respond(exchange, 200, std::move(body));
}

asio::awaitable<Result<void>> goOn(net::ServerExchange& exchange, Clock& clock, std::size_t size,
                                   Duration pause)
{
    TARN_CO_TRY_VOID(co_await exchange.beginResponse(200, net::HttpHeaders(), std::nullopt));
    const Bytes piece = zeroBytes(size);
    while (true) {
        TARN_CO_TRY_VOID(co_await exchange.writeBody(piece));
        if (pause > Duration(0)) co_await clock.sleep(pause);
    }
}

asio::awaitable<Result<void>> wait(Clock& clock)
{
    co_await clock.sleep(std::chrono::hours(12));
    co_return Error(ErrorCode::Timeout, "silent");
}

} // namespace

IntroducerDouble::IntroducerDouble(Engine& engine, SimNetwork& network, std::string node,
                                   std::uint64_t seed)
    : m_engine(engine), m_network(network), m_identity(makeSeededIdentity(seed)),
      m_server(std::make_unique<net::HttpServer>(engine.executor(), *this, engine.clock(),
                                                 net::HttpServerLimits()))
{
    m_url.spkiHash = m_identity.key();
    m_url.host = std::move(node);
    m_url.port = kPort;
    network.listen(m_url.host, kPort, [this](net::Stream stream) {
        asio::co_spawn(m_engine.context(), admit(*this, std::move(stream)), asio::detached);
    });
}

IntroducerDouble::~IntroducerDouble()
{
    m_network.stopListening(m_url.host, kPort);
    m_server.reset();
    m_engine.settle();
}

asio::awaitable<Result<void>> IntroducerDouble::admit(IntroducerDouble& self, net::Stream stream)
{
    TARN_CO_TRY(std::unique_ptr<net::TlsStream> tls,
                co_await net::acceptTls(std::move(stream), self.m_identity, self.m_engine.clock(),
                                        kHandshake));
    self.m_server->serve(std::move(tls));
    co_return ok();
}

asio::awaitable<Result<void>> IntroducerDouble::serve(net::ServerExchange& exchange)
{
    asked.push_back(m_engine.clock().now());
    paths.push_back(exchange.head().target);
    const Answer present = answer; // the test may set another one meanwhile
    co_return co_await present(exchange);
}

IntroducerDouble::Answer says(unsigned status, Bytes body)
{
    return saysEachTime(status, [body = std::move(body)] { return body; });
}

IntroducerDouble::Answer saysEachTime(unsigned status, std::function<Bytes()> body)
{
    return [status, body = std::move(body)](net::ServerExchange& exchange) {
        return respond(exchange, status, body());
    };
}

IntroducerDouble::Answer tells(Clock& clock, std::vector<gossip::RecordPtr> records, Duration wait)
{
    return [&clock, records = std::move(records), wait](net::ServerExchange& exchange) {
        return tellOnce(exchange, clock, records, wait);
    };
}

IntroducerDouble::Answer neverEnds(Clock& clock, std::size_t size, Duration pause)
{
    return [&clock, size, pause](net::ServerExchange& exchange) {
        return goOn(exchange, clock, size, pause);
    };
}

IntroducerDouble::Answer staysSilent(Clock& clock)
{
    return [&clock](net::ServerExchange&) { return wait(clock); };
}

} // namespace tarn::test
