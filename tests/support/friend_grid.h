// friend_grid: a grid of friends for tests: founder, admissions, certificates, from numbers of
// keys.
#pragma once

#include "core/membership/membership.h"
#include "tests/support/signed_records.h"

#include <map>
#include <string>

namespace tarn::test {

/// Key 0 founds it. Everything is signed at kTestTime unless told otherwise.
class FriendGrid
{
public:
    FriendGrid();

    static crypto::Ed25519Key key(std::uint32_t who) { return testKey(who); }
    static membership::Ed25519PublicKey id(std::uint32_t who) { return key(who).publicKey(); }
    static membership::GridId grid() { return membership::gridIdOf(id(0)); }

    /// The founder's, and what admit() has made, the last of each.
    const membership::Lineage& lineage(std::uint32_t who) const { return m_lineages.at(who); }
    /// Lets `guest` in through the lineage of `inviter` here, and remembers its lineage.
    const membership::Lineage& admit(std::uint32_t inviter, std::uint32_t guest, unsigned depth,
                                     WallTime now = kTestTime,
                                     std::optional<membership::InviteId> invite = {});
    /// Without a check whether it may.
    Result<membership::Lineage> tryAdmit(std::uint32_t inviter, std::uint32_t guest,
                                         membership::Terms terms, WallTime now = kTestTime) const;

    gossip::RecordPtr certify(std::uint32_t issuer, std::uint32_t member,
                              WallTime now = kTestTime) const;
    gossip::RecordPtr revoke(std::uint32_t signer, std::uint32_t subject,
                             WallTime now = kTestTime) const;
    gossip::RecordPtr leave(std::uint32_t who, WallTime now = kTestTime) const;

private:
    std::map<std::uint32_t, membership::Lineage> m_lineages;
};

/// "member 7"
std::string nicknameOf(std::uint32_t who);

/// The view of a node that has these records and no others.
membership::MembershipView viewOf(const std::vector<gossip::RecordPtr>& records,
                                  WallTime now = kTestTime);

} // namespace tarn::test
