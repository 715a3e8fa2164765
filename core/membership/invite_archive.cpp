#include "core/membership/invite_archive.h"

#include "core/membership/names.h"
#include "core/membership/statement_codec.h"
#include "core/wire/membership.pb.h"

namespace tarn::membership {

class BookKeeper
{
public:
    static void put(InviteBook& book, KeptInvite invite)
    {
        const InviteId id = invite.id;
        book.m_invites[id] = std::move(invite);
    }
};

namespace {

namespace proto = wire::proto;

Error refused(const std::string& why)
{
    return Error(ErrorCode::InvalidInput, "kept invites: " + why);
}

void write(const KeptInvite& invite, proto::KeptInvite& into)
{
    into.set_id(protoBytes(invite.id));
    into.set_inviter(protoBytes(invite.inviter));
    into.set_key(protoBytes(invite.key));
    if (invite.token) into.set_token(protoBytes(invite.token->view()));
    writeTerms(invite.terms, *into.mutable_terms());
    into.set_pre_approved(invite.preApproved);
    if (invite.delegate) into.set_delegate(protoBytes(*invite.delegate));
    into.set_created(invite.created);
    into.set_expires(invite.expires);
    into.set_note(invite.note);
    into.set_state(static_cast<std::uint32_t>(invite.state));
    into.set_failed_proofs(invite.failedProofs);
    if (invite.claim) {
        into.mutable_claim()->set_node(protoBytes(invite.claim->node));
        into.mutable_claim()->set_nickname(invite.claim->nickname);
        into.mutable_claim()->set_time(invite.claim->time);
    }
    if (invite.admission) into.set_admission(protoBytes(invite.admission->bytes));
    if (invite.offer) into.set_offer(protoBytes(gossip::encodeRecord(*invite.offer)));
    into.set_closed(invite.closed);
}

Result<void> readParts(const GridId& grid, const proto::KeptInvite& in, KeptInvite& out)
{
    if (!in.token().empty()) {
        TARN_TRY(out.token, InviteToken::from(asBytes(in.token())));
    }
    if (in.has_claim()) {
        out.claim.emplace();
        TARN_TRY(out.claim->node, readKey(in.claim().node(), "a newcomer"));
        TARN_TRY_VOID(checkName("nickname", in.claim().nickname()));
        out.claim->nickname = in.claim().nickname();
        out.claim->time = in.claim().time();
    }
    if (!in.admission().empty()) {
        TARN_TRY(out.admission, openAdmission(grid, asBytes(in.admission())));
    }
    if (!in.offer().empty()) {
        TARN_TRY(out.offer, gossip::openRecord(asBytes(in.offer())));
    }
    return ok();
}

/// What the book takes for granted of each state.
Result<void> checkState(const KeptInvite& invite, const Ed25519PublicKey& self)
{
    const bool known = invite.state >= InviteState::Live && invite.state <= InviteState::Burned;
    if (!known) return refused("an unknown state");
    const bool needsClaim = invite.state == InviteState::Claimed ||
                            invite.state == InviteState::Joined ||
                            invite.state == InviteState::Denied;
    if (needsClaim && !invite.claim) return refused("a claim by nobody");
    if (invite.state == InviteState::Live && invite.claim) return refused("live and claimed");
    if (invite.isOpen() != (invite.closed == 0)) return refused("open and closed");
    if ((invite.inviter == self) == (invite.offer != nullptr)) return refused("whose is it?");
    return ok();
}

Result<KeptInvite> read(const GridId& grid, const proto::KeptInvite& in)
{
    KeptInvite out;
    TARN_TRY(out.id, InviteId::from(asBytes(in.id())));
    TARN_TRY(out.inviter, readKey(in.inviter(), "the inviter"));
    TARN_TRY(out.key, readKey(in.key(), "the invite"));
    TARN_TRY(out.terms, readTerms(in.terms()));
    out.preApproved = in.pre_approved();
    TARN_TRY(out.delegate, readOptionalKey(in.delegate(), "the delegate"));
    out.created = in.created();
    out.expires = in.expires();
    out.note = in.note();
    out.state = static_cast<InviteState>(in.state());
    out.failedProofs = in.failed_proofs();
    out.closed = in.closed();
    TARN_TRY_VOID(readParts(grid, in, out));
    return out;
}

} // namespace

Secret encodeInvites(const InviteBook& book)
{
    proto::InviteArchive out;
    for (const auto& [id, invite] : book.invites())
        write(invite, *out.add_invites());
    std::string text = out.SerializeAsString();
    Secret secret(text);
    wipe(std::as_writable_bytes(std::span(text.data(), text.size())));
    return secret;
}

Result<InviteBook> decodeInvites(const GridId& grid, const Ed25519PublicKey& self, ByteView bytes)
{
    proto::InviteArchive in;
    if (!in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        return refused("not an InviteArchive");
    InviteBook out(grid, self);
    for (const proto::KeptInvite& one : in.invites()) {
        TARN_TRY(KeptInvite invite, read(grid, one));
        TARN_TRY_VOID(checkState(invite, self));
        BookKeeper::put(out, std::move(invite));
    }
    return out;
}

} // namespace tarn::membership
