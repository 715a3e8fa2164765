// punch_message: what two members agree on before both try at once. Pure, any thread.
// Source: core/doc/protocol/punching.md; profiles/friendnet/punch.proto.
#pragma once

#include "core/net/address.h"
#include "core/net/preamble.h"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace tarn::profiles {

inline constexpr std::size_t kMostSeen = 4;        ///< addresses of PunchTcp
inline constexpr std::size_t kMostCandidates = 16; ///< of PunchIce
inline constexpr std::size_t kMostPublicHosts = 4; ///< different ones, of one message

/// Connect to one of these, from the port told in return, and begin with the ticket.
struct PunchTcp
{
    net::Ticket ticket;
    std::vector<net::Endpoint> seen; ///< 1 to kMostSeen
};

struct IceCandidate
{
    enum class Kind : std::uint32_t { Own = 1, Seen = 2, Relayed = 3 };

    Kind kind = Kind::Own;
    net::Endpoint address;
    std::uint32_t priority = 1; ///< 1 to 2^31 - 1
    std::string foundation;     ///< 1 to 32 of A-Z a-z 0-9 + /
};

/// One side of ICE: one stream with one component, over UDP.
struct PunchIce
{
    std::string user;     ///< 4 to 64 of A-Z a-z 0-9 + /
    std::string password; ///< 22 to 128 of them
    std::vector<IceCandidate>
        candidates; ///< kMostCandidates at most; none: all is seen by the other
};

enum class PunchRefusalReason : std::uint32_t { Busy = 1, Off = 2, NotSeen = 3 };
std::string_view nameOf(PunchRefusalReason reason);
/// Nothing comes of the question.
struct PunchRefusal
{
    PunchRefusalReason reason = PunchRefusalReason::Off;
};

using PunchSignal = std::variant<PunchTcp, PunchIce, PunchRefusal>;

/// At most kLargestSignal bytes, as long as decodePunchSignal() takes them.
Bytes encodePunchSignal(const PunchSignal& signal);
/// \return PeerMisbehaved: not such a message, too much of something, or an address that nobody
///         may name (mayBeNamed).  Unsupported: of another version, or a kind of a later one.
Result<PunchSignal> decodePunchSignal(ByteView bytes);

} // namespace tarn::profiles
