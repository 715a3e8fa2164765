// redeem: what a newcomer says to the inviter or the delegate over a TLS connection that is pinned
// to their key, and what they answer. Messages only: the state of invites is invite_book.h. Pure,
// any thread. Source: design.md section 7; core/doc/protocol/membership.md.
//
//   POST /peer/v1/redeem    a RedeemRequest; answered 200 with a RedeemAnswer
//   both signatures cover   "tarn invite redeem v1" 0x00, grid id, invite id, node key, nickname,
//   and
//                           32 bytes of the TLS exporter "EXPORTER-tarn-invite"
#pragma once

#include "core/gossip/record.h"
#include "core/membership/invite_link.h"
#include "core/membership/lineage.h"

#include <string>
#include <string_view>
#include <vector>

namespace tarn::membership {

inline constexpr std::string_view kRedeemPath = "/peer/v1/redeem";
inline constexpr std::string_view kRedeemExporter = "EXPORTER-tarn-invite";
inline constexpr std::size_t kExporterBytes = 32;
inline constexpr std::size_t kMaxRedeemBytes = 1024;       ///< of a request
inline constexpr std::size_t kMaxAnswerBytes = 256 * 1024; ///< of an answer
inline constexpr std::size_t kMaxAnswerRecords = 64;

struct RedeemRequest
{
    GridId grid;
    InviteId invite;
    Ed25519PublicKey node; ///< the newcomer's
    std::string nickname;  ///< as checkName()
    crypto::Ed25519Signature inviteSignature;
    crypto::Ed25519Signature nodeSignature;
};

/// \param exporter  of the connection on which it goes.
/// \return InvalidInput: a nickname that is none.
Result<RedeemRequest> makeRedeem(const InviteLink& link, const crypto::Ed25519Key& node,
                                 const std::string& nickname, ByteView exporter);
/// Whether the sender has the token and the node's key, and speaks on this connection.
/// \return Unauthorized.
Result<void> checkRedeem(const RedeemRequest& request, const Ed25519PublicKey& inviteKey,
                         ByteView exporter);

Bytes encodeRedeem(const RedeemRequest& request);
/// \return InvalidInput: above its bound, or a field out of bounds.
Result<RedeemRequest> decodeRedeem(ByteView bytes);

enum class RedeemOutcome : std::uint32_t {
    Welcome = 1, ///< the certificate is there
    Waiting = 2, ///< for the owner's approval: ask again
    Refused = 3,
};

struct RedeemAnswer
{
    RedeemOutcome outcome = RedeemOutcome::Refused;
    std::string reason;                     ///< of a refusal; UTF-8, at most 256 bytes
    gossip::RecordPtr certificate;          ///< of a welcome: the newcomer's
    std::vector<gossip::RecordPtr> records; ///< of a welcome: of others, to begin with; unchecked
};

Bytes encodeAnswer(const RedeemAnswer& answer);
/// \return PeerMisbehaved.
Result<RedeemAnswer> decodeAnswer(ByteView bytes);

/// What a newcomer has got. \return PeerMisbehaved: a certificate of another grid, of another key,
///         of another inviter or invite.
Result<Lineage> checkWelcome(const InviteLink& link, const Ed25519PublicKey& node,
                             const RedeemAnswer& answer);

} // namespace tarn::membership
