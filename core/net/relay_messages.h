// relay_messages: what nodes ask of a relay, and what it answers (core/wire/peer.proto). Pure, any
// thread. Source: core/doc/protocol/relay.md.
//
//   POST /peer/v1/relay     RelayAsk   for RelayAnswer    a connection to somebody
//   POST /peer/v1/signal    SignalAsk  for SignalAnswer   a question to somebody, and its answer
//
//   Tarn-Peer    as in every request between nodes (peer_proof.h); a guest shows none
//   Tarn-Pass    at a relay that is no member: "token TEXT", or "member <base64url of the
//                SignedRecord of the membership certificate>"
#pragma once

#include "core/net/link_frame.h"

#include <string>
#include <string_view>

namespace tarn::net {

inline constexpr std::string_view kRelayPath = "/peer/v1/relay";
inline constexpr std::string_view kSignalPath = "/peer/v1/signal";
inline constexpr std::string_view kPassHeader = "Tarn-Pass";
inline constexpr std::size_t kMaxRelayBytes = 1024; ///< of an ask, of an answer
inline constexpr std::size_t kMaxSignalBytes = kLargestSignalBytes + 256; ///< the same
inline constexpr std::size_t kMaxGuestTicket = 256;

struct RelayAsk
{
    PeerKey target;
    Bytes guest; ///< a guest ticket; empty: who asks shows who it is
};
struct RelayAnswer
{
    Ticket ticket;
};
struct SignalAsk
{
    PeerKey target;
    Bytes question; ///< kLargestSignalBytes at most
};

Bytes encodeRelayAsk(const RelayAsk& ask);
Bytes encodeRelayAnswer(const RelayAnswer& answer);
Bytes encodeSignalAsk(const SignalAsk& ask);
Bytes encodeSignalAnswer(ByteView answer);
/// \return PeerMisbehaved: not such a message, or with fields that cannot be.
Result<RelayAsk> decodeRelayAsk(ByteView bytes);
Result<RelayAnswer> decodeRelayAnswer(ByteView bytes);
Result<SignalAsk> decodeSignalAsk(ByteView bytes);
Result<Bytes> decodeSignalAnswer(ByteView bytes);

/// What the header Tarn-Pass says, before it is believed.
struct RelayPass
{
    enum class Kind { Token, Member } kind = Kind::Token;
    std::string token; ///< a secret
    Bytes certificate; ///< a SignedRecord
};
/// \return Unauthorized: another form.
Result<RelayPass> parsePass(std::string_view text);
std::string passText(const RelayPass& pass);

} // namespace tarn::net
