// meeting_room: where two connections that came with tickets meet, and are spliced. Limits say how
// many and how much (relay_book.h). Engine thread. Source: core/doc/protocol/relay.md.
#pragma once

#include "core/base/task_group.h"
#include "core/net/links_in.h"
#include "introducer/relay/relay_book.h"
#include "introducer/relay/splice.h"
#include "introducer/source_limits.h"

#include <functional>
#include <memory>
#include <string>

namespace tarn::relay {

class MeetingRoom
{
public:
    struct Parts
    {
        asio::any_io_executor engine;
        Clock& clock;
        /// Those that the listener redeems.
        std::shared_ptr<net::TicketRegistry> tickets;
        /// Has a node connect here with a ticket; see LinksIn::call().
        std::function<Result<void>(const net::PeerKey&, const net::Ticket&,
                                   std::function<void(const Error&)> refused)>
            call;
        Duration idle = std::chrono::minutes(6); ///< without a byte
    };
    MeetingRoom(Parts parts, const RelayLimits& limits);
    ~MeetingRoom();

    /// The ticket with which who asks connects here; the target has been called.
    /// \return NoSpace: a limit.  PeerUnreachable: the target keeps no link to here.
    Result<net::Ticket> open(const net::PeerKey& target, const RelaySource& source);

    RelayBook& book();
    const RelayBook& book() const;
    /// Connections that are carried now.
    std::size_t sessions() const;
    /// Pairs of which a connection has not come yet.
    std::size_t waiting() const;
    /// Ends what is carried.
    void endAll();
    asio::awaitable<void> stop();

private:
    struct Shared;
    struct Pair;
    struct Place;

    Result<net::Ticket> expect(const std::shared_ptr<Pair>& pair, bool asker);
    static asio::awaitable<void> attend(std::shared_ptr<Place> place);

    Parts m_parts;
    std::shared_ptr<Shared> m_shared;
    introducer::SourceLimits m_rate; ///< pairs that one source may ask for
    TaskGroup m_tasks;
};

} // namespace tarn::relay
