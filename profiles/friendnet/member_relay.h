// member_relay: this node as a relay for other members who cannot be connected to, if its owner
// wants that, and as one who carries their questions. Engine thread. Source:
// core/doc/protocol/relay.md.
//
//   STATE/relay.json     what the owner chose: {"offer": true, "budget"?: bytes a month}
//   STATE/relay-usage    what was carried (introducer/relay/relay_book.h); written every 10 s
#pragma once

#include "core/base/executor.h"
#include "core/base/task_group.h"
#include "core/net/address.h"
#include "core/node/relay_offer.h"
#include "core/node/state_dir.h"
#include "introducer/relay/relay_api.h"
#include "introducer/relay/stun_service.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tarn::profiles {

using node::RelayOffer;

/// What there is on disk.
struct RelayMemory
{
    std::optional<RelayOffer> chosen; ///< absent: as the configuration says
    std::string usage;                ///< empty: none
};
/// Blocking. \return InvalidInput, IoFailure.
Result<RelayMemory> readRelayBlocking(const node::StateDir& dir);

class MemberRelay
{
public:
    struct Parts
    {
        asio::any_io_executor engine;
        Clock& clock;
        WorkPool& diskPool;
        const node::StateDir& dir;
        const crypto::Ed25519PublicKey& self;
        std::shared_ptr<net::TicketRegistry> tickets;
        net::LinksIn& links;
        /// A member, by its proof. \return Unauthorized.
        std::function<Result<crypto::Ed25519PublicKey>(net::ServerExchange&)> memberOf;
        /// Where members come in; STUN is answered on the same port. From start() on.
        std::function<net::Endpoint()> listening;
    };
    /// What `parts` refers to outlives it.
    MemberRelay(Parts parts, RelayMemory memory);

    void start();
    /// Writes what is not on disk.
    asio::awaitable<void> stop();
    /// What the configuration says; what the owner has chosen since comes first.
    void configure(const RelayOffer& configured);
    /// On disk when it returns.
    asio::awaitable<Result<void>> choose(RelayOffer offer);
    const RelayOffer& offer() const { return m_offer; }
    relay::RelayApi& api() { return m_api; }
    const relay::MeetingRoom& room() const { return m_room; }

private:
    void apply();
    void answerStun();
    asio::awaitable<void> keep();
    asio::awaitable<void> write();

    Parts m_parts;
    relay::MeetingRoom m_room;
    relay::RelayApi m_api;
    RelayOffer m_configured;
    std::optional<RelayOffer> m_chosen;
    RelayOffer m_offer;
    std::unique_ptr<relay::StunService> m_stun; ///< while it is offered
    bool m_started = false;
    std::uint64_t m_written = 0; ///< version of the book on disk
    TaskGroup m_tasks;
};

} // namespace tarn::profiles
