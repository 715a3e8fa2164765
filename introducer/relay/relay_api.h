// relay_api: what a relay answers to those who want to meet somebody. Engine thread.
// Source: core/doc/protocol/relay.md.
//
//   POST /peer/v1/relay     RelayAsk for RelayAnswer
//   POST /peer/v1/signal    SignalAsk for SignalAnswer
#pragma once

#include "core/net/http_server.h"
#include "core/net/links_in.h"
#include "core/net/relay_messages.h"
#include "introducer/relay/meeting_room.h"

#include <functional>
#include <optional>

namespace tarn::relay {

struct RelayApiCounts
{
    std::uint64_t paired = 0;    ///< tickets given
    std::uint64_t refused = 0;   ///< 403, 404, 429
    std::uint64_t signals = 0;   ///< questions carried and answered
    std::uint64_t silent = 0;    ///< questions without an answer
    std::uint64_t strangers = 0; ///< guests among those paired
};

class RelayApi
{
public:
    struct Parts
    {
        Clock& clock;
        net::LinksIn& links;
        const crypto::Ed25519PublicKey& key; ///< the relay's
        /// Null: connections are not carried, questions are.
        std::function<MeetingRoom*()> room;
        /// Who asks, where it may meet `target`. \return Unauthorized.
        std::function<Result<crypto::Ed25519PublicKey>(net::ServerExchange&,
                                                       const net::PeerKey& target)>
            admit;
    };
    /// What `parts` refers to outlives it.
    explicit RelayApi(Parts parts);

    /// "POST" of what this answers, else nothing.
    static std::string_view methodOf(std::string_view path);
    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange);
    const RelayApiCounts& counts() const { return m_counts; }

private:
    asio::awaitable<Result<void>> relay(net::ServerExchange& exchange);
    asio::awaitable<Result<void>> signal(net::ServerExchange& exchange);
    Result<RelaySource> sourceOf(net::ServerExchange& exchange, const net::RelayAsk& ask);
    asio::awaitable<Result<void>> refuse(net::ServerExchange& exchange, Error why);

    Parts m_parts;
    introducer::SourceLimits m_guests;  ///< asks of strangers, by address
    introducer::SourceLimits m_signals; ///< questions, by node
    RelayApiCounts m_counts;
};

} // namespace tarn::relay
