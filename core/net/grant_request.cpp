#include "core/net/grant_request.h"

#include "core/net/peer_proof.h"
#include "core/wire/grant.h"

#include <algorithm>

namespace tarn::net {

namespace {

/// A server's words, fit for a log.
std::string wordsOf(ByteView body)
{
    constexpr std::size_t kLongest = 200;
    std::string text = textOf(body.first(std::min(body.size(), kLongest)));
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, ' ');
    while (text.ends_with(' '))
        text.pop_back();
    return text;
}

RequestHead grantHead(std::string proof)
{
    RequestHead head;
    head.method = "POST";
    head.target = wire::kGrantPath;
    head.headers.add("Host", "localhost");
    head.headers.add("Accept", "application/cbor");
    head.headers.add(std::string(kPeerHeader), std::move(proof));
    return head;
}

} // namespace

asio::awaitable<Result<Secret>> requestGrant(ConnectionPool& pool, PeerKey server,
                                             const crypto::Ed25519Key& key)
{
    RequestOptions options;
    options.force = true; // who asks has pauses of its own
    TARN_CO_TRY(PooledConnection connection, co_await pool.acquire(server, options));
    TARN_CO_TRY(std::string proof, provePeer(key, connection->channel()));
    const RequestHead head = grantHead(std::move(proof));
    const std::span<const ByteView> noBody;
    TARN_CO_TRY(const ResponseHead answer, co_await connection->request(head, noBody));
    TARN_CO_TRY(const Bytes text, co_await connection->readAll(wire::kMaxGrantBytes));
    switch (answer.status) {
    case 200:
        co_return wire::decodeGrantAnswer(text);
    case 403:
        co_return Error(ErrorCode::Unauthorized, "the server says: " + wordsOf(text));
    case 404:
    case 405:
        co_return Error(ErrorCode::Unsupported, "the server gives no accounts to nodes");
    default:
        co_return Error(ErrorCode::PeerMisbehaved,
                        "the server answered " + std::to_string(answer.status));
    }
}

} // namespace tarn::net
