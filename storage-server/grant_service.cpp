#include "storage-server/grant_service.h"

#include "core/net/peer_proof.h"
#include "core/wire/grant.h"
#include "core/wire/node_id.h"
#include "storage-server/service_counters.h"

#include <array>

namespace tarn::storage {

namespace {

asio::awaitable<Result<void>> say(net::ServerExchange& exchange, node::CountedRequest& counted,
                                  unsigned status, std::string why)
{
    counted.code = status;
    net::HttpHeaders headers;
    headers.add("Content-Type", "text/plain; charset=utf-8");
    if (status == 405) headers.add("Allow", "POST");
    why += '\n';
    co_return co_await exchange.respondText(status, std::move(headers), std::move(why));
}

} // namespace

asio::awaitable<Result<void>> GrantService::serve(net::ServerExchange& exchange)
{
    if (net::pathOf(exchange.head().target) != wire::kGrantPath) return m_others.serve(exchange);
    return grant(exchange);
}

asio::awaitable<Result<void>> GrantService::grant(net::ServerExchange& exchange)
{
    node::CountedRequest counted(m_counts, kGrantEndpoint);
    if (exchange.head().method != "POST")
        co_return co_await say(exchange, counted, 405, "use POST");
    const Result<crypto::Ed25519PublicKey> node = net::provenPeer(exchange);
    if (!node && node.error().code() == ErrorCode::Unsupported)
        co_return co_await say(exchange, counted, 403,
                               "this server is behind a TLS proxy, where nobody can prove their "
                               "key; its operator can hand out a NURL");
    if (!node) co_return co_await say(exchange, counted, 403, node.error().message());
    const Account* const account = m_book.find(*node);
    if (account == nullptr) {
        co_return co_await say(exchange, counted, 403,
                               "no account here has the key " + wire::nodeIdOf(*node) +
                                   "; the operator of this server can make one");
    }
    const Bytes answer = wire::encodeGrantAnswer(account->swissnum);
    const std::array<ByteView, 1> pieces{answer};
    net::HttpHeaders headers;
    headers.add("Content-Type", "application/cbor");
    headers.add("Cache-Control", "no-store");
    counted.code = 200;
    co_return co_await exchange.respond(200, std::move(headers), pieces);
}

} // namespace tarn::storage
