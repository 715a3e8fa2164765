// preamble: the 26 bytes with which a connection may begin instead of TLS, to say which meeting
// it belongs to. End-to-end TLS follows. Pure, but for the registry's clock.
//
//   | offset | size | content                                                                  |
//   |      0 |    8 | magic 54 61 72 6e 0d 0a 1a 00 ("Tarn\r\n\x1a\0"), not TLS and not HTTP   |
//   |      8 |    1 | version, 1                                                               |
//   |      9 |    1 | mode: 1 reverse, 2 relay-data, 3 punched                                 |
//   |     10 |   16 | ticket, random, good for one connection                                  |
#pragma once

#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/net/stream.h"

#include <array>
#include <functional>
#include <map>
#include <memory>

namespace tarn::net {

inline constexpr std::size_t kPreambleSize = 26;

enum class PreambleMode : std::uint8_t { Reverse = 1, RelayData = 2, Punched = 3 };

using Ticket = FixedSecret<struct TicketTag, 16>;

struct Preamble
{
    PreambleMode mode = PreambleMode::Reverse;
    Ticket ticket;
};

std::array<std::byte, kPreambleSize> formatPreamble(const Preamble& preamble);
/// \param bytes  exactly kPreambleSize.
/// \return InvalidInput: another magic or length.  Unsupported: another version or mode.
Result<Preamble> parsePreamble(ByteView bytes);

/// The meetings that this node expects: who made a ticket gets the stream that brings it.
/// Engine thread.
class TicketRegistry
{
public:
    using Taker = std::function<void(Stream)>;

    TicketRegistry(Clock& clock, Random& random, std::size_t capacity = 1024);

    /// A new ticket, good once and until `lifetime` has passed.
    /// \return NoSpace: too many are open.
    Result<Ticket> expect(PreambleMode mode, Duration lifetime, Taker taker);
    void forget(const Ticket& ticket);
    /// Ends the ticket. \return the taker.  NotFound: unknown, used, expired or of another mode.
    Result<Taker> redeem(const Preamble& preamble);
    std::size_t open() const { return m_meetings.size(); }

private:
    struct Meeting
    {
        PreambleMode mode;
        TimePoint expires;
        Taker taker;
    };
    void dropExpired();

    Clock& m_clock;
    Random& m_random;
    std::size_t m_capacity;
    /// By the ticket's hash: how long a search takes says nothing about a ticket.
    std::map<Hash256, Meeting> m_meetings;
};

} // namespace tarn::net
