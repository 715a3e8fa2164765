#include "core/membership/admission.h"

#include "core/membership/names.h"
#include "core/membership/statement_codec.h"
#include "core/wire/membership.pb.h"

namespace tarn::membership {

namespace {

constexpr Terms kFounderTerms{Role::Friend, kMaxDepth, 0};

wire::proto::Admission bodyOf(const GridId& grid, const NewMember& member)
{
    wire::proto::Admission out;
    out.set_grid(protoBytes(grid));
    out.set_nickname(member.nickname);
    writeTerms(member.terms, *out.mutable_terms());
    if (member.invite) out.set_invite(protoBytes(*member.invite));
    return out;
}

Result<AdmissionPtr> sign(const crypto::Ed25519Key& key, const GridId& grid,
                          const Ed25519PublicKey& member, const wire::proto::Admission& body,
                          WallTime now)
{
    const StatementHead head{gossip::RecordKind::Admission, member.view(), 1, now, std::nullopt};
    TARN_TRY(const gossip::RecordPtr record, signStatement(key, head, body.SerializeAsString()));
    return openAdmission(grid, gossip::encodeRecord(*record));
}

Result<void> readFounding(const GridId& grid, const wire::proto::Admission& in, Admission& out)
{
    if (gridIdOf(out.signer) != grid) return refusedStatement("not the founder of this grid");
    if (!in.invite().empty() || !in.delegation().empty() || in.has_terms())
        return refusedStatement("nobody invites a founder");
    TARN_TRY_VOID(checkName("name of the grid", in.grid_name()));
    out.gridName = in.grid_name();
    out.terms = kFounderTerms;
    out.inviter = out.signer;
    return ok();
}

/// Who signs in somebody's name shows that it may.
Result<void> readDelegation(const GridId& grid, ByteView bytes, Admission& out)
{
    TARN_TRY(const gossip::RecordPtr record, gossip::openRecord(bytes));
    TARN_TRY(const InviteOffer offer, readInvite(*record));
    if (offer.grid != grid || offer.id != out.invite) return refusedStatement("another invite");
    if (offer.delegate != out.signer) return refusedStatement("not the delegate of the invite");
    if (!isWithin(out.terms, offer.terms)) return refusedStatement("more than the invite gives");
    if (offer.closed || out.admitted > offer.expires)
        return refusedStatement("the invite was over");
    out.inviter = offer.inviter;
    return ok();
}

Result<void> readGuest(const GridId& grid, const wire::proto::Admission& in, Admission& out)
{
    if (!in.grid_name().empty()) return refusedStatement("only the founder names the grid");
    TARN_TRY(out.terms, readTerms(in.terms()));
    if (!in.invite().empty()) {
        TARN_TRY(out.invite, InviteId::from(asBytes(in.invite())));
    }
    out.inviter = out.signer;
    if (!in.delegation().empty()) {
        TARN_TRY_VOID(readDelegation(grid, asBytes(in.delegation()), out));
    }
    if (out.member == out.inviter) return refusedStatement("nobody invites itself");
    return ok();
}

} // namespace

Result<AdmissionPtr> signFounding(const crypto::Ed25519Key& founder, const std::string& nickname,
                                  const std::string& gridName, WallTime now)
{
    const GridId grid = gridIdOf(founder.publicKey());
    wire::proto::Admission body;
    body.set_grid(protoBytes(grid));
    body.set_nickname(nickname);
    body.set_grid_name(gridName);
    return sign(founder, grid, founder.publicKey(), body, now);
}

Result<AdmissionPtr> signAdmission(const crypto::Ed25519Key& inviter, const GridId& grid,
                                   const NewMember& member, WallTime now)
{
    return sign(inviter, grid, member.key, bodyOf(grid, member), now);
}

Result<AdmissionPtr> signDelegatedAdmission(const crypto::Ed25519Key& delegate,
                                            const gossip::Record& invite, const NewMember& member,
                                            WallTime now)
{
    TARN_TRY(const InviteOffer offer, readInvite(invite));
    wire::proto::Admission body = bodyOf(offer.grid, member);
    body.set_delegation(protoBytes(gossip::encodeRecord(invite)));
    return sign(delegate, offer.grid, member.key, body, now);
}

Result<AdmissionPtr> openAdmission(const GridId& grid, ByteView signedRecord)
{
    TARN_TRY(const gossip::RecordPtr record, gossip::openRecord(signedRecord));
    TARN_TRY_VOID(checkKind(*record, gossip::RecordKind::Admission));
    const gossip::RecordContent& content = record->content();
    if (content.expires != 0) return refusedStatement("admissions do not expire");
    wire::proto::Admission in;
    if (!in.ParseFromArray(content.body.data(), static_cast<int>(content.body.size())))
        return refusedStatement("the body is not an Admission");
    TARN_TRY_VOID(checkGrid(in.grid(), grid));
    Admission out;
    TARN_TRY(out.member, readKey(asText(content.subject), "the member"));
    out.signer = record->signer();
    TARN_TRY_VOID(checkName("nickname", in.nickname()));
    out.nickname = in.nickname();
    out.admitted = content.issued;
    out.bytes = gossip::encodeRecord(*record);
    if (out.isFounding()) {
        TARN_TRY_VOID(readFounding(grid, in, out));
    } else {
        TARN_TRY_VOID(readGuest(grid, in, out));
    }
    return std::make_shared<const Admission>(std::move(out));
}

} // namespace tarn::membership
