#include "tests/support/friend_grid.h"

namespace tarn::test {

using namespace membership;

namespace {

template <class T>
T must(Result<T> result)
{
    TARN_ASSERT(result);
    return *std::move(result);
}

} // namespace

std::string nicknameOf(std::uint32_t who)
{
    return "member " + std::to_string(who);
}

FriendGrid::FriendGrid()
{
    AdmissionPtr own = must(signFounding(key(0), nicknameOf(0), "the test grid", kTestTime));
    m_lineages.emplace(0, must(extendLineage(grid(), nullptr, std::move(own))));
}

Result<Lineage> FriendGrid::tryAdmit(std::uint32_t inviter, std::uint32_t guest, Terms terms,
                                     WallTime now) const
{
    const NewMember member{id(guest), nicknameOf(guest), terms, std::nullopt};
    TARN_TRY(AdmissionPtr step, signAdmission(key(inviter), grid(), member, now));
    return extendLineage(grid(), &lineage(inviter), std::move(step));
}

const Lineage& FriendGrid::admit(std::uint32_t inviter, std::uint32_t guest, unsigned depth,
                                 WallTime now, std::optional<InviteId> invite)
{
    const NewMember member{id(guest), nicknameOf(guest), {Role::Friend, depth, 0}, invite};
    AdmissionPtr step = must(signAdmission(key(inviter), grid(), member, now));
    Lineage out = must(extendLineage(grid(), &lineage(inviter), std::move(step)));
    return m_lineages.insert_or_assign(guest, std::move(out)).first->second;
}

gossip::RecordPtr FriendGrid::certify(std::uint32_t issuer, std::uint32_t member,
                                      WallTime now) const
{
    return must(signCertificate(key(issuer), lineage(member), &lineage(issuer),
                                gossip::nextSequence(0, now), now));
}

gossip::RecordPtr FriendGrid::revoke(std::uint32_t signer, std::uint32_t subject,
                                     WallTime now) const
{
    const Lineage* shown = signer == 0 ? nullptr : &lineage(subject);
    return must(
        signRevocation(key(signer), grid(), id(subject), shown, gossip::nextSequence(0, now), now));
}

gossip::RecordPtr FriendGrid::leave(std::uint32_t who, WallTime now) const
{
    return must(signDeparture(key(who), lineage(who), gossip::nextSequence(0, now), now));
}

MembershipView viewOf(const std::vector<gossip::RecordPtr>& records, WallTime now)
{
    Membership membership(FriendGrid::id(0));
    static_cast<void>(membership.refresh(records, now));
    return membership.view();
}

} // namespace tarn::test
