#include "storage-server/grant_service.h"

#include "core/net/peer_proof.h"
#include "core/wire/grant.h"
#include "core/wire/node_id.h"

#include <array>

namespace tarn::storage {

namespace {

asio::awaitable<Result<void>> say(net::ServerExchange& exchange, unsigned status, std::string why)
{
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
    if (exchange.head().method != "POST") return say(exchange, 405, "use POST");
    return grant(exchange);
}

asio::awaitable<Result<void>> GrantService::grant(net::ServerExchange& exchange)
{
    const Result<crypto::Ed25519PublicKey> node = net::provenPeer(exchange);
    if (!node) co_return co_await say(exchange, 403, node.error().message());
    const Account* const account = m_book.find(*node);
    if (account == nullptr) {
        co_return co_await say(exchange, 403,
                               "no account here has the key " + wire::nodeIdOf(*node) +
                                   "; the operator of this server can make one");
    }
    const Bytes answer = wire::encodeGrantAnswer(account->swissnum);
    const std::array<ByteView, 1> pieces{answer};
    net::HttpHeaders headers;
    headers.add("Content-Type", "application/cbor");
    headers.add("Cache-Control", "no-store");
    co_return co_await exchange.respond(200, std::move(headers), pieces);
}

} // namespace tarn::storage
