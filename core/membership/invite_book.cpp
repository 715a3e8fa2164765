#include "core/membership/invite_book.h"

#include "core/codec/utf8.h"

#include <algorithm>

namespace tarn::membership {

namespace {

Error conflict(const std::string& why)
{
    return Error(ErrorCode::Conflict, "this invite " + why);
}

/// What a newcomer is told of an invite that it cannot use.
Error overError(const KeptInvite& invite)
{
    switch (invite.state) {
    case InviteState::Expired:
        return conflict("has expired");
    case InviteState::Cancelled:
        return conflict("was withdrawn");
    case InviteState::Denied:
        return conflict("was refused by its owner");
    case InviteState::Burned:
        return conflict("was used with wrong proofs and is void");
    case InviteState::Joined:
        return conflict("was used by somebody else");
    case InviteState::Live:
    case InviteState::Claimed:
        return conflict("is being used by somebody else");
    }
    return conflict("is void");
}

Result<void> checkWish(const InviteWish& wish, const Ed25519PublicKey& self)
{
    TARN_TRY_VOID(checkTerms(wish.terms));
    if (wish.life < kShortestInvite || wish.life > kLongestInvite)
        return Error(ErrorCode::InvalidInput, "an invite lives 1 hour to 30 days");
    if (wish.note.size() > kMaxNoteBytes || !codec::isUtf8(asBytes(wish.note)))
        return Error(ErrorCode::InvalidInput, "expected a note of at most 256 bytes of UTF-8");
    if (wish.delegate == self)
        return Error(ErrorCode::InvalidInput, "an inviter is not its own delegate");
    return ok();
}

InviteOffer offerOf(const KeptInvite& invite, const GridId& grid)
{
    InviteOffer out;
    out.grid = grid;
    out.id = invite.id;
    out.inviter = invite.inviter;
    out.key = invite.key;
    out.terms = invite.terms;
    out.preApproved = invite.preApproved;
    out.delegate = invite.delegate;
    out.closed = !invite.isOpen();
    out.expires = invite.expires;
    return out;
}

} // namespace

std::string_view nameOf(InviteState state)
{
    switch (state) {
    case InviteState::Live:
        return "live";
    case InviteState::Claimed:
        return "claimed";
    case InviteState::Joined:
        return "joined";
    case InviteState::Expired:
        return "expired";
    case InviteState::Cancelled:
        return "cancelled";
    case InviteState::Denied:
        return "denied";
    case InviteState::Burned:
        return "burned";
    }
    return "unknown";
}

const KeptInvite* InviteBook::find(const InviteId& id) const
{
    const auto at = m_invites.find(id);
    return at == m_invites.end() ? nullptr : &at->second;
}

std::size_t InviteBook::countOpen(bool own) const
{
    return static_cast<std::size_t>(
        std::count_if(m_invites.begin(), m_invites.end(), [this, own](const auto& one) {
            return one.second.isOpen() && (one.second.inviter == m_self) == own;
        }));
}

Result<InviteId> InviteBook::create(const InviteWish& wish, Random& random, WallTime now)
{
    TARN_TRY_VOID(checkWish(wish, m_self));
    if (countOpen(true) >= kMostOpenInvites)
        return Error(ErrorCode::NoSpace, "256 invites are open: cancel one first");
    KeptInvite out;
    random.fill(out.id.mutableView());
    out.token.emplace();
    random.fill(out.token->mutableView());
    out.inviter = m_self;
    out.key = inviteKeyOf(m_grid, out.id, *out.token).publicKey();
    out.terms = wish.terms;
    out.preApproved = wish.preApproved;
    out.delegate = wish.delegate;
    out.note = wish.note;
    out.created = unixSeconds(now);
    out.expires = unixSeconds(now + wish.life);
    const InviteId id = out.id;
    m_invites[id] = std::move(out);
    ++m_version;
    return id;
}

Result<InviteLink> InviteBook::link(const InviteId& id, const std::string& gridName,
                                    std::vector<InviteHint> hints) const
{
    const KeptInvite* invite = find(id);
    if (invite == nullptr) return Error(ErrorCode::NotFound, "no such invite");
    if (!invite->isOpen() || !invite->token) return conflict("has no link any more");
    InviteLink out;
    out.grid = m_grid;
    out.gridName = gridName;
    out.inviter = invite->inviter;
    out.id = id;
    out.token = *invite->token;
    out.expires = invite->expires;
    out.hints = std::move(hints);
    return out;
}

Result<ClaimOutcome> InviteBook::claim(const RedeemRequest& request, ByteView exporter,
                                       WallTime now)
{
    tick(now);
    const auto at = m_invites.find(request.invite);
    if (at == m_invites.end() || request.grid != m_grid)
        return Error(ErrorCode::NotFound, "there is no such invite here");
    KeptInvite& invite = at->second;
    const bool mayCome = invite.isOpen() || invite.state == InviteState::Joined;
    if (!mayCome) return overError(invite);
    if (const Result<void> proof = checkRedeem(request, invite.key, exporter); !proof) {
        if (!invite.isOpen()) return proof.error();
        ++m_version;
        if (++invite.failedProofs >= kMostFailedProofs) close(invite, InviteState::Burned, now);
        return proof.error();
    }
    if (invite.claim && invite.claim->node != request.node) return overError(invite);
    if (invite.state == InviteState::Joined) {
        if (invite.admission == nullptr) return conflict("was completed by another node");
        return ClaimOutcome::Complete;
    }
    if (!invite.claim) {
        invite.claim = InviteClaim{request.node, request.nickname, unixSeconds(now)};
        invite.state = InviteState::Claimed;
        ++m_version;
    }
    return invite.preApproved ? ClaimOutcome::Complete : ClaimOutcome::Waiting;
}

Result<KeptInvite*> InviteBook::open(const InviteId& id)
{
    const auto at = m_invites.find(id);
    if (at == m_invites.end()) return Error(ErrorCode::NotFound, "no such invite");
    if (!at->second.isOpen())
        return conflict("is no longer open: " + std::string(nameOf(at->second.state)));
    return &at->second;
}

Result<void> InviteBook::approve(const InviteId& id)
{
    TARN_TRY(KeptInvite* const invite, open(id));
    if (invite->preApproved) return ok();
    invite->preApproved = true;
    ++m_version;
    return ok();
}

Result<void> InviteBook::deny(const InviteId& id, WallTime now)
{
    TARN_TRY(KeptInvite* const invite, open(id));
    if (invite->state != InviteState::Claimed) return conflict("was not claimed by anybody");
    close(*invite, InviteState::Denied, now);
    return ok();
}

Result<void> InviteBook::cancel(const InviteId& id, WallTime now)
{
    TARN_TRY(KeptInvite* const invite, open(id));
    close(*invite, InviteState::Cancelled, now);
    return ok();
}

Result<Lineage> InviteBook::admit(const InviteId& id, const crypto::Ed25519Key& key,
                                  const MembershipView& view, WallTime now)
{
    const auto at = m_invites.find(id);
    if (at == m_invites.end()) return Error(ErrorCode::NotFound, "no such invite");
    KeptInvite& invite = at->second;
    const Member* inviter = view.find(invite.inviter);
    const Lineage* above = inviter == nullptr ? nullptr : &inviter->lineage;
    if (invite.admission) return extendLineage(m_grid, above, invite.admission);
    if (invite.state != InviteState::Claimed) return conflict("was not claimed by anybody");
    if (!invite.preApproved) return conflict("waits for approval");
    if (!view.mayIssue(invite.inviter, invite.terms.depth) || !view.mayIssue(m_self))
        return Error(ErrorCode::Unauthorized, "the inviter may not admit anybody on these terms");
    const NewMember member{invite.claim->node, invite.claim->nickname, invite.terms, id};
    Result<AdmissionPtr> admission = invite.offer
                                         ? signDelegatedAdmission(key, *invite.offer, member, now)
                                         : signAdmission(key, m_grid, member, now);
    if (!admission) return std::move(admission).error();
    TARN_TRY(Lineage lineage, extendLineage(m_grid, above, *admission));
    invite.admission = *std::move(admission);
    close(invite, InviteState::Joined, now);
    return lineage;
}

void InviteBook::close(KeptInvite& invite, InviteState state, WallTime now)
{
    invite.state = state;
    invite.closed = unixSeconds(now);
    invite.token.reset();
    ++m_version;
    forgetOldest();
}

/// Never the one that was just closed: there are more of its age.
void InviteBook::forgetOldest()
{
    auto oldest = m_invites.end();
    std::size_t count = 0;
    for (auto at = m_invites.begin(); at != m_invites.end(); ++at) {
        if (at->second.isOpen()) continue;
        ++count;
        if (oldest == m_invites.end() || at->second.closed < oldest->second.closed) oldest = at;
    }
    if (count > kMostClosedInvites) m_invites.erase(oldest);
}

void InviteBook::tick(WallTime now)
{
    const std::int64_t seconds = unixSeconds(now);
    const std::int64_t oldestClaim = unixSeconds(now - kLongestClaim);
    std::vector<InviteId> over;
    for (const auto& [id, invite] : m_invites) {
        if (!invite.isOpen() || invite.expires > seconds) continue;
        const bool waits = invite.state == InviteState::Claimed && !invite.offer &&
                           invite.claim->time > oldestClaim;
        if (!waits) over.push_back(id);
    }
    for (const InviteId& id : over)
        if (const auto at = m_invites.find(id); at != m_invites.end())
            close(at->second, InviteState::Expired, now);
}

void InviteBook::learnOne(const gossip::RecordPtr& record, WallTime now)
{
    const Result<InviteOffer> offer = readInvite(*record);
    if (!offer || offer->grid != m_grid || offer->inviter == m_self) return;
    const auto at = m_invites.find(offer->id);
    if (at != m_invites.end()) {
        KeptInvite& known = at->second;
        if (known.inviter != offer->inviter || !known.isOpen()) return;
        if (offer->closed || offer->delegate != m_self) {
            close(known, InviteState::Cancelled, now);
        } else if (offer->preApproved && !known.preApproved) {
            known.preApproved = true;
            ++m_version;
        }
        return;
    }
    const bool mine = offer->delegate == m_self && !offer->closed;
    if (!mine || offer->expires <= unixSeconds(now) || countOpen(false) >= kMostOpenInvites) return;
    KeptInvite out;
    out.id = offer->id;
    out.inviter = offer->inviter;
    out.key = offer->key;
    out.terms = offer->terms;
    out.preApproved = offer->preApproved;
    out.delegate = m_self;
    out.created = record->content().issued;
    out.expires = offer->expires;
    out.offer = record;
    m_invites[out.id] = std::move(out);
    ++m_version;
}

void InviteBook::learn(std::span<const gossip::RecordPtr> records, WallTime now)
{
    for (const gossip::RecordPtr& record : records)
        if (record->content().kind == gossip::RecordKind::Invite) learnOne(record, now);
}

InviteDuty InviteBook::reconcile(const MembershipView& view, WallTime now)
{
    InviteDuty out;
    for (const Lineage& loser : view.duplicates())
        if (loser.own().inviter == m_self) out.revoke.push_back(loser);
    for (const auto& [key, member] : view.members()) {
        const Admission& own = member.lineage.own();
        const bool ours = own.inviter == m_self && own.invite &&
                          member.standing != Standing::Revoked &&
                          member.standing != Standing::Duplicate;
        const auto at = ours ? m_invites.find(*own.invite) : m_invites.end();
        if (at == m_invites.end()) continue;
        KeptInvite& invite = at->second;
        const bool inTime = own.admitted <= invite.closed;
        const bool refused = invite.state == InviteState::Cancelled ||
                             invite.state == InviteState::Denied ||
                             (invite.state == InviteState::Burned && !inTime);
        if (refused) {
            out.revoke.push_back(member.lineage);
        } else if (invite.state != InviteState::Joined || invite.claim->node != key) {
            invite.claim = InviteClaim{key, own.nickname, own.admitted};
            invite.admission = nullptr;
            close(invite, InviteState::Joined, now);
        }
    }
    return out;
}

std::vector<InviteOffer> InviteBook::toPublish(std::span<const gossip::RecordPtr> records,
                                               WallTime now) const
{
    std::map<InviteId, InviteOffer> known;
    for (const gossip::RecordPtr& record : records) {
        if (record->content().kind != gossip::RecordKind::Invite || record->signer() != m_self)
            continue;
        if (const Result<InviteOffer> offer = readInvite(*record)) known[offer->id] = *offer;
    }
    std::vector<InviteOffer> out;
    for (const auto& [id, invite] : m_invites) {
        const bool told = invite.inviter == m_self && invite.delegate;
        if (!told || invite.expires <= unixSeconds(now)) continue;
        const InviteOffer offer = offerOf(invite, m_grid);
        const auto at = known.find(id);
        const bool news = at == known.end() ? invite.isOpen() : !(at->second == offer);
        if (news) out.push_back(offer);
    }
    return out;
}

} // namespace tarn::membership
