// member_desk: what people ask of a node about members and invites, answered from its membership
// and its storage. The part of NodeControl that node_desk.h hands on. Engine thread.
#pragma once

#include "core/control/member_values.h"
#include "profiles/friendnet/node_membership.h"

namespace tarn::profiles {

class MemberDesk
{
public:
    /// Both outlive the desk.
    MemberDesk(NodeMembership& membership, storage::StorageService& storage)
        : m_membership(membership), m_storage(storage)
    {
    }

    // As core/control/node_control.h has them.

    asio::awaitable<Result<std::vector<control::InviteView>>> invites();
    asio::awaitable<Result<control::InviteView>> invite(std::string id);
    asio::awaitable<Result<control::InviteView>> createInvite(control::InviteRequest request);
    asio::awaitable<Result<control::InviteView>> decideInvite(std::string id,
                                                              control::InviteDecision decision);
    asio::awaitable<Result<std::vector<control::MemberView>>> members();
    asio::awaitable<Result<control::MemberView>> member(std::string name);
    asio::awaitable<Result<control::MemberView>> changeMember(std::string name,
                                                              control::MemberChange change);
    asio::awaitable<Result<control::MemberView>> revokeMember(std::string name);
    asio::awaitable<Result<void>> leave();

private:
    /// \return Conflict: this node has joined no grid yet.
    Result<Circle*> circle() const;
    Result<const membership::Member*> findMember(const Circle& circle,
                                                 const std::string& name) const;
    Result<membership::InviteWish> wishOf(const Circle& circle,
                                          const control::InviteRequest& request) const;
    Result<control::InviteView> shown(const Circle& circle, const membership::InviteId& id) const;
    control::InviteView viewOf(const Circle& circle, const membership::KeptInvite& invite) const;
    control::MemberView viewOf(const Circle& circle, const membership::Member& member) const;

    NodeMembership& m_membership;
    storage::StorageService& m_storage;
};

} // namespace tarn::profiles
