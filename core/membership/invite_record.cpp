#include "core/membership/invite_record.h"

#include "core/membership/statement_codec.h"
#include "core/wire/membership.pb.h"

namespace tarn::membership {

namespace {

constexpr std::int64_t kMaxSeconds =
    std::chrono::duration_cast<std::chrono::seconds>(kLongestInvite).count();

std::string bodyOf(const InviteOffer& offer)
{
    wire::proto::InviteOffer out;
    out.set_grid(protoBytes(offer.grid));
    out.set_key(protoBytes(offer.key));
    writeTerms(offer.terms, *out.mutable_terms());
    out.set_pre_approved(offer.preApproved);
    if (offer.delegate) out.set_delegate(protoBytes(*offer.delegate));
    out.set_closed(offer.closed);
    return out.SerializeAsString();
}

} // namespace

Result<gossip::RecordPtr> signInvite(const crypto::Ed25519Key& inviter, const InviteOffer& offer,
                                     std::uint64_t sequence, WallTime now)
{
    gossip::RecordContent content;
    content.kind = gossip::RecordKind::Invite;
    content.subject = toBytes(offer.id.view());
    content.sequence = sequence;
    content.issued = unixSeconds(now);
    content.expires = offer.expires;
    content.body = toBytes(bodyOf(offer));
    TARN_TRY(gossip::RecordPtr out, gossip::signRecord(inviter, std::move(content)));
    TARN_TRY(const InviteOffer read, readInvite(*out));
    if (!(read == offer)) return refusedStatement("the offer is another key's");
    return out;
}

Result<InviteOffer> readInvite(const gossip::Record& record)
{
    TARN_TRY_VOID(checkKind(record, gossip::RecordKind::Invite));
    const gossip::RecordContent& content = record.content();
    wire::proto::InviteOffer in;
    if (!in.ParseFromArray(content.body.data(), static_cast<int>(content.body.size())))
        return refusedStatement("the body is not an InviteOffer");
    InviteOffer out;
    const Result<GridId> grid = GridId::from(asBytes(in.grid()));
    const Result<InviteId> id = InviteId::from(content.subject);
    if (!grid || !id) return refusedStatement("expected a grid and an invite of 16 bytes each");
    out.grid = *grid;
    out.id = *id;
    out.inviter = record.signer();
    TARN_TRY(out.key, readKey(in.key(), "the invite"));
    TARN_TRY(out.terms, readTerms(in.terms()));
    out.preApproved = in.pre_approved();
    TARN_TRY(out.delegate, readOptionalKey(in.delegate(), "the delegate"));
    if (out.delegate == out.inviter) return refusedStatement("an inviter is not its own delegate");
    out.closed = in.closed();
    out.expires = content.expires;
    if (content.expires == 0 || content.expires - content.issued > kMaxSeconds)
        return refusedStatement("invites live 30 days at most");
    return out;
}

} // namespace tarn::membership
