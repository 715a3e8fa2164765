// link_desk: what people ask of a node about links that members give each other, and about programs
// that store here without being members. The part of NodeControl that node_desk.h hands on. Engine
// thread.
#pragma once

#include "core/control/link_values.h"
#include "profiles/friendnet/node_membership.h"

namespace tarn::profiles {

class LinkDesk
{
public:
    /// All outlive the desk. \param config  as it is now, also after a reload.
    LinkDesk(NodeMembership& membership, storage::StorageService& storage)
        : m_membership(membership), m_storage(storage)
    {
    }

    // As core/control/node_control.h has them.

    asio::awaitable<Result<control::LinkView>> share(std::string name,
                                                     control::LinkRequest request);
    asio::awaitable<Result<std::vector<control::LinkView>>> links();
    asio::awaitable<Result<control::LinkView>> link(std::string id);
    asio::awaitable<Result<control::LinkView>> dropLink(std::string id);

    asio::awaitable<Result<std::vector<control::ClientView>>> clients();
    asio::awaitable<Result<control::ClientView>> client(std::string name);
    asio::awaitable<Result<control::ClientView>> addClient(control::ClientRequest request);
    asio::awaitable<Result<control::ClientView>> limitClient(control::ClientRequest request);
    asio::awaitable<Result<control::ClientView>> revokeClient(std::string name);

private:
    /// \return Conflict: this node has joined no grid yet.
    Result<LinkExchange*> exchange() const;
    Result<const node::SharedLink*> findLink(const std::string& id) const;
    control::LinkView viewOf(const node::SharedLink& link, bool sent) const;
    /// \return NotFound: no such account, or a member's.
    Result<const storage::Account*> findClient(const std::string& name) const;
    control::ClientView viewOf(const storage::Account& account) const;
    Result<std::string> entryOf(const storage::Account& account) const;
    Result<control::ClientView> shown(const std::string& name) const;

    NodeMembership& m_membership;
    storage::StorageService& m_storage;
};

} // namespace tarn::profiles
