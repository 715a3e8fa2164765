#include "profiles/friendnet/member_desk.h"

#include "core/codec/base32.h"
#include "core/codec/utf8.h"
#include "core/wire/node_id.h"

#include <algorithm>

namespace tarn::profiles {

namespace {

using control::InviteDecision;
using control::InviteView;
using control::MemberView;
using membership::InviteId;

/// What friends may do who are invited without further wishes: let in two generations.
constexpr unsigned kUsualDepth = 2;
constexpr std::int64_t kMostLifeSeconds = 366LL * 86'400;

std::string textOf(const InviteId& id)
{
    return codec::encodeBase32(id.view());
}

Result<InviteId> parseInviteId(const std::string& text)
{
    const Result<Bytes> bytes = codec::decodeBase32(text);
    if (bytes) {
        const Result<InviteId> id = InviteId::from(*bytes);
        if (id) return *id;
    }
    return Error(ErrorCode::NotFound, "there is no invite " + text.substr(0, 32));
}

/// A name for people, or none.
Result<void> checkHousehold(const std::string& name)
{
    const auto isControl = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
    const bool fits = name.size() <= node::kLongestHousehold && codec::isUtf8(asBytes(name)) &&
                      std::none_of(name.begin(), name.end(), isControl);
    if (fits) return ok();
    return Error(ErrorCode::InvalidInput,
                 "household: expected at most 64 bytes without control characters");
}

Error noInvite()
{
    return Error(ErrorCode::NotFound, "there is no such invite here");
}

} // namespace

Result<Circle*> MemberDesk::circle() const
{
    Circle* const out = m_membership.circle();
    if (out != nullptr) return out;
    return Error(ErrorCode::Conflict, "this node has not joined its grid yet: `tarn node status`");
}

// --- invites ---

InviteView MemberDesk::viewOf(const Circle& circle, const membership::KeptInvite& invite) const
{
    InviteView out;
    out.id = textOf(invite.id);
    out.state = nameOf(invite.state);
    out.inviter = wire::nodeIdOf(invite.inviter);
    out.mine = invite.inviter == circle.self();
    out.note = invite.note;
    out.role = nameOf(invite.terms.role);
    out.depth = invite.terms.depth;
    out.quota = invite.terms.quotaBytes;
    out.preApproved = invite.preApproved;
    if (invite.delegate) out.delegate = wire::nodeIdOf(*invite.delegate);
    out.created = invite.created;
    out.expires = invite.expires;
    if (invite.claim) {
        control::ClaimView claim;
        claim.node = wire::nodeIdOf(invite.claim->node);
        claim.nickname = invite.claim->nickname;
        claim.time = invite.claim->time;
        out.claim = std::move(claim);
    }
    return out;
}

/// With the link, as long as somebody may use it.
Result<InviteView> MemberDesk::shown(const Circle& circle, const InviteId& id) const
{
    const membership::KeptInvite* const invite = circle.invites().find(id);
    if (invite == nullptr) return noInvite();
    InviteView out = viewOf(circle, *invite);
    if (!invite->isOpen() || !invite->token) return out;
    const Result<Secret> link = circle.linkOf(id);
    if (link) out.link = asText(link->view());
    return out;
}

asio::awaitable<Result<std::vector<InviteView>>> MemberDesk::invites()
{
    TARN_CO_TRY(const Circle* const circle, this->circle());
    std::vector<InviteView> out;
    for (const auto& [id, invite] : circle->invites().invites())
        out.push_back(viewOf(*circle, invite));
    std::stable_sort(out.begin(), out.end(), [](const InviteView& a, const InviteView& b) {
        return a.created < b.created;
    });
    co_return out;
}

asio::awaitable<Result<InviteView>> MemberDesk::invite(std::string id)
{
    TARN_CO_TRY(const Circle* const circle, this->circle());
    TARN_CO_TRY(const InviteId wanted, parseInviteId(id));
    co_return shown(*circle, wanted);
}

Result<membership::InviteWish> MemberDesk::wishOf(const Circle& circle,
                                                  const control::InviteRequest& request) const
{
    membership::InviteWish out;
    TARN_TRY(out.terms.role, membership::parseRole(request.role));
    const membership::Member* const me = circle.view().find(circle.self());
    if (me == nullptr || !circle.isMember())
        return Error(ErrorCode::Conflict, "this node is no member of its grid any more");
    const unsigned own = me->terms().depth;
    const unsigned usual = own == 0 ? 0 : std::min(kUsualDepth, own - 1);
    out.terms.depth = out.terms.role == membership::Role::Guest ? 0 : usual;
    if (request.depth) out.terms.depth = *request.depth;
    out.terms.quotaBytes = request.quota;
    if (request.lifeSeconds < 0 || request.lifeSeconds > kMostLifeSeconds)
        return Error(ErrorCode::InvalidInput, "an invite lives 1 hour to 30 days");
    out.life = std::chrono::seconds(request.lifeSeconds);
    out.preApproved = request.preApproved;
    out.note = request.note;
    if (request.delegate.empty()) return out;
    TARN_TRY(const membership::Member* const delegate, findMember(circle, request.delegate));
    if (circle.records().announcementOf(delegate->key) == nullptr) {
        return Error(ErrorCode::Conflict, "the delegate has told no address where a newcomer could "
                                          "ask it: try again when it was there");
    }
    out.delegate = delegate->key;
    return out;
}

asio::awaitable<Result<InviteView>> MemberDesk::createInvite(control::InviteRequest request)
{
    TARN_CO_TRY(Circle* const circle, this->circle());
    TARN_CO_TRY(membership::InviteWish wish, wishOf(*circle, request));
    TARN_CO_TRY(const InviteId id, co_await circle->createInvite(std::move(wish)));
    const Result<Secret> link = circle->linkOf(id);
    if (!link) {
        // An invite that nobody can use is none.
        const Result<void> gone = co_await circle->cancel(id);
        static_cast<void>(gone);
        co_return link.error();
    }
    co_return shown(*circle, id);
}

asio::awaitable<Result<InviteView>> MemberDesk::decideInvite(std::string id,
                                                             InviteDecision decision)
{
    TARN_CO_TRY(Circle* const circle, this->circle());
    TARN_CO_TRY(const InviteId wanted, parseInviteId(id));
    if (circle->invites().find(wanted) == nullptr) co_return noInvite();
    if (decision == InviteDecision::Approve) {
        TARN_CO_TRY_VOID(co_await circle->approve(wanted));
    }
    if (decision == InviteDecision::Deny) {
        TARN_CO_TRY_VOID(co_await circle->deny(wanted));
    }
    if (decision == InviteDecision::Cancel) {
        TARN_CO_TRY_VOID(co_await circle->cancel(wanted));
    }
    const membership::KeptInvite* const invite = circle->invites().find(wanted);
    if (invite == nullptr) co_return noInvite();
    co_return viewOf(*circle, *invite);
}

// --- members ---

Result<const membership::Member*> MemberDesk::findMember(const Circle& circle,
                                                         const std::string& name) const
{
    const membership::Member* const out = circle.view().findNamed(name);
    if (out != nullptr) return out;
    return Error(ErrorCode::NotFound, "there is no member of that name: `tarn member list`");
}

MemberView MemberDesk::viewOf(const Circle& circle, const membership::Member& member) const
{
    MemberView out;
    out.name = member.name;
    out.key = wire::nodeIdOf(member.key);
    out.self = member.key == circle.self();
    out.founder = member.key == circle.view().founder();
    out.standing = nameOf(member.standing);
    out.role = nameOf(member.terms().role);
    out.depth = member.terms().depth;
    out.invitedBy = wire::nodeIdOf(member.lineage.own().inviter);
    out.admitted = member.lineage.own().admitted;
    out.until = member.until;
    const storage::Account* const account = m_storage.accounts().find(member.key);
    if (account != nullptr) {
        out.usesOfMine = m_storage.usage().figures(account->id).used;
        out.limit = account->quota;
        out.mayRead = account->mayRead;
        out.mayWrite = account->mayWrite;
        out.keepShares = account->keepShares;
    }
    const node::MemberChoice choice = m_membership.accounts()->choiceOf(member.key);
    out.use = choice.use;
    out.household = choice.household;
    if (out.self) {
        out.online = true;
        out.path = "this node";
        out.iUse = out.usesOfMine;
        return out;
    }
    const PeerCalls* const calls = m_membership.calls();
    const Presence presence = calls != nullptr ? calls->of(member.key) : Presence();
    out.online = presence.online;
    out.path = presence.path;
    out.reason = presence.unreached;
    if (presence.path == "reversed" && out.reason.empty())
        out.reason = "it keeps a link to this node, and connects when asked to";
    if (presence.path == "relayed" && out.reason.empty())
        out.reason = "neither of the two nodes can connect to the other: somebody relays";
    if (const LinksOut* const links = m_membership.linksOut(); links && out.reason.empty())
        out.reason = links->reasonOf(member.key);
    if (const SeenMembers* const seen = m_membership.seen())
        out.lastSeen = seen->lastSeen(member.key);
    out.agrees = presence.agrees;
    if (!presence.account) return out;
    out.saysItUses = presence.account->yours;
    out.iUse = presence.account->used;
    out.myLimit = presence.account->limit;
    return out;
}

asio::awaitable<Result<std::vector<MemberView>>> MemberDesk::members()
{
    TARN_CO_TRY(const Circle* const circle, this->circle());
    std::vector<MemberView> out;
    for (const auto& [key, member] : circle->view().members())
        out.push_back(viewOf(*circle, member));
    std::stable_sort(out.begin(), out.end(), [](const MemberView& a, const MemberView& b) {
        return a.admitted < b.admitted;
    });
    co_return out;
}

asio::awaitable<Result<MemberView>> MemberDesk::member(std::string name)
{
    TARN_CO_TRY(const Circle* const circle, this->circle());
    TARN_CO_TRY(const membership::Member* const found, findMember(*circle, name));
    co_return viewOf(*circle, *found);
}

asio::awaitable<Result<MemberView>> MemberDesk::changeMember(std::string name,
                                                             control::MemberChange change)
{
    TARN_CO_TRY(const Circle* const circle, this->circle());
    TARN_CO_TRY(const membership::Member* const found, findMember(*circle, name));
    const Ed25519PublicKey key = found->key;
    const bool decides = change.setsLimit || change.read || change.write || change.keep;
    if (key == circle->self() && decides) {
        co_return Error(ErrorCode::Conflict, "that is this node: [storage] offer limits it");
    }
    TARN_CO_TRY_VOID(checkHousehold(change.household.value_or(std::string())));
    const auto edit = [&change](node::MemberChoice& choice) {
        if (change.setsLimit) choice.limit = change.limit;
        choice.read = change.read.value_or(choice.read);
        choice.write = change.write.value_or(choice.write);
        choice.keep = change.keep.value_or(choice.keep);
        choice.use = change.use.value_or(choice.use);
        choice.household = change.household.value_or(choice.household);
    };
    TARN_CO_TRY_VOID(co_await m_membership.accounts()->choose(key, edit));
    m_membership.placeAnew();
    TARN_CO_TRY(const membership::Member* const after, findMember(*circle, wire::nodeIdOf(key)));
    co_return viewOf(*circle, *after);
}

asio::awaitable<Result<void>> MemberDesk::leave()
{
    TARN_CO_TRY(Circle* const circle, this->circle());
    co_return co_await circle->leave();
}

asio::awaitable<Result<MemberView>> MemberDesk::revokeMember(std::string name)
{
    TARN_CO_TRY(Circle* const circle, this->circle());
    TARN_CO_TRY(const membership::Member* const found, findMember(*circle, name));
    const Ed25519PublicKey key = found->key;
    const MemberView before = viewOf(*circle, *found);
    TARN_CO_TRY_VOID(co_await circle->revoke(key));
    const membership::Member* const after = circle->view().find(key);
    if (after != nullptr) co_return viewOf(*circle, *after);
    MemberView gone = before; // nothing that tells of it is left
    gone.standing = nameOf(membership::Standing::Revoked);
    co_return gone;
}

} // namespace tarn::profiles
