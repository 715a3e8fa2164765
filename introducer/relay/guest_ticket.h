// guest_ticket: lets a stranger be connected through a relay to the node that signed it, and to no
// other, until it expires. The relay keeps nothing of it. Pure, any thread.
// Source: design.md section 7; core/doc/protocol/relay.md.
//
//   | offset | size | content                                                                 |
//   |      0 |    1 | version, 1                                                              |
//   |      1 |    8 | expires, seconds since 1970, big endian                                 |
//   |      9 |   64 | Ed25519 signature of the target, over "tarn guest ticket v1" 0x00, the  |
//   |        |      | relay's key (32), and the 9 bytes before                                |
#pragma once

#include "core/base/clock.h"
#include "core/crypto/ed25519.h"

namespace tarn::relay {

inline constexpr std::size_t kGuestTicketSize = 73;
/// An invite is good for 30 days at most.
inline constexpr Duration kLongestGuestTicket = std::chrono::hours(31 * 24);

Bytes signGuestTicket(const crypto::Ed25519Key& target, const crypto::Ed25519PublicKey& relay,
                      std::int64_t expires);

/// \return Unauthorized: not for this relay, not by `target`, or not any more.
Result<void> checkGuestTicket(ByteView ticket, const crypto::Ed25519PublicKey& target,
                              const crypto::Ed25519PublicKey& relay, WallTime now);

} // namespace tarn::relay
