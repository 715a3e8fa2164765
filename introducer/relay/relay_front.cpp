#include "introducer/relay/relay_front.h"

namespace tarn::relay {

namespace {

constexpr double kRequestsPerSecond = 5;
constexpr double kRequestBurst = 100;

asio::awaitable<Result<void>> say(net::ServerExchange& exchange, unsigned status, std::string why)
{
    net::HttpHeaders headers;
    headers.add("Content-Type", "text/plain; charset=utf-8");
    why += '\n';
    co_return co_await exchange.respondText(status, std::move(headers), std::move(why));
}

} // namespace

RelayFront::RelayFront(Clock& clock, AdmissionDesk& desk, net::LinksIn& links, RelayApi& api,
                       std::size_t most)
    : m_clock(clock), m_desk(desk), m_links(links), m_api(api), m_most(most),
      m_limits(kRequestsPerSecond, kRequestBurst)
{
}

asio::awaitable<Result<void>> RelayFront::serve(net::ServerExchange& exchange)
{
    const std::string_view path = net::pathOf(exchange.head().target);
    const std::string_view method = path == net::kLinkPath ? "GET" : RelayApi::methodOf(path);
    if (method.empty()) co_return co_await say(exchange, 404, "this is a relay of Tarn");
    if (exchange.head().method != method) {
        co_return co_await say(exchange, 405, "use " + std::string(method));
    }
    if (!m_limits.take(introducer::addressOf(exchange.peer()), m_clock.now())) {
        ++m_turnedAway;
        co_return co_await say(exchange, 429, "too many requests from this address");
    }
    if (path == net::kLinkPath) co_return co_await link(exchange);
    co_return co_await m_api.serve(exchange);
}

asio::awaitable<Result<void>> RelayFront::link(net::ServerExchange& exchange)
{
    const Result<AdmissionDesk::Admitted> who = m_desk.admit(exchange);
    if (!who) {
        ++m_turnedAway;
        co_return co_await say(exchange, 403, who.error().message());
    }
    const std::string* const protocol = exchange.head().headers.find("upgrade");
    if (protocol == nullptr || *protocol != net::kLinkProtocol) {
        co_return co_await say(exchange, 426,
                               "expected Upgrade: " + std::string(net::kLinkProtocol));
    }
    if (m_links.size() >= m_most && !m_links.has(who->key)) {
        co_return co_await say(exchange, 503, "too many links");
    }
    if (const Result<void> may = m_links.mayLink(who->key); !may) {
        co_return co_await say(exchange, 429, may.error().message());
    }
    net::HttpHeaders headers;
    headers.add("Upgrade", std::string(net::kLinkProtocol));
    TARN_CO_TRY(net::UpgradedChannel taken, co_await exchange.upgrade(std::move(headers)));
    m_desk.note(*who);
    m_links.accept(who->key, std::move(taken));
    co_return ok();
}

} // namespace tarn::relay
