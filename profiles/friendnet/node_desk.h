// node_desk: answers what people ask of this node (core/control/node_control.h) from the roles that
// it is made of. Engine thread.
#pragma once

#include "client-gateway/service.h"
#include "core/control/node_control.h"
#include "profiles/friendnet/disk_room.h"
#include "profiles/friendnet/keeper.h"
#include "profiles/friendnet/link_desk.h"
#include "profiles/friendnet/member_desk.h"
#include "profiles/friendnet/node_config.h"
#include "profiles/friendnet/outbox_mover.h"
#include "storage-server/service.h"

namespace tarn::profiles {

class NodeDesk final : public control::NodeControl
{
public:
    struct Parts
    {
        const node::StateDir& dir;
        const NodeConfig& config; ///< as it is now, also after a reload
        NodeMembership& membership;
        storage::StorageService& storage;
        gateway::GatewayService& gateway;
        const Outbox& outbox;
        const OutboxMover& mover;
        const Movements& movements;
        const std::unique_ptr<Keeper>& keeper; ///< null before it runs
        WorkPool& diskPool;
    };
    /// All parts outlive the desk; both roles have been started. \param started  when.
    NodeDesk(const Parts& parts, WallTime started)
        : m_parts(parts), m_started(started), m_members(parts.membership, parts.storage),
          m_links(parts.membership, parts.storage)
    {
    }

    asio::awaitable<Result<control::NodeStatus>> status() override;
    asio::awaitable<Result<control::ConnectionView>> connection() override;
    asio::awaitable<Result<control::ConnectionView>> checkConnection() override;
    asio::awaitable<Result<control::EncodingStatus>> encoding() override;
    asio::awaitable<Result<control::EncodingStatus>>
    chooseEncoding(std::optional<control::EncodingChoice> choice) override;
    asio::awaitable<Result<std::vector<control::TransferView>>> transfers() override;
    asio::awaitable<Result<std::vector<control::InviteView>>> invites() override;
    asio::awaitable<Result<control::InviteView>> invite(std::string id) override;
    asio::awaitable<Result<control::InviteView>>
    createInvite(control::InviteRequest request) override;
    asio::awaitable<Result<control::InviteView>>
    decideInvite(std::string id, control::InviteDecision decision) override;
    asio::awaitable<Result<std::vector<control::MemberView>>> members() override;
    asio::awaitable<Result<control::MemberView>> member(std::string name) override;
    asio::awaitable<Result<control::MemberView>>
    changeMember(std::string name, control::MemberChange change) override;
    asio::awaitable<Result<control::MemberView>> revokeMember(std::string name) override;
    asio::awaitable<Result<control::LinkView>> shareLink(std::string name,
                                                         control::LinkRequest request) override;
    asio::awaitable<Result<std::vector<control::LinkView>>> links() override;
    asio::awaitable<Result<control::LinkView>> link(std::string id) override;
    asio::awaitable<Result<control::LinkView>> dropLink(std::string id) override;
    asio::awaitable<Result<std::vector<control::ClientView>>> clients() override;
    asio::awaitable<Result<control::ClientView>> client(std::string name) override;
    asio::awaitable<Result<control::ClientView>> addClient(control::ClientRequest request) override;
    asio::awaitable<Result<control::ClientView>>
    limitClient(control::ClientRequest request) override;
    asio::awaitable<Result<control::ClientView>> revokeClient(std::string name) override;
    asio::awaitable<Result<control::RelayStatus>> relay() override;
    asio::awaitable<Result<control::RelayStatus>> chooseRelay(control::RelayChoice choice) override;
    asio::awaitable<Result<control::NodeStatus>> leave() override;
    control::Subscription watch(control::OnChange onChange) override;

    void tell(control::Topic topic) { m_watchers.tell(topic); }
    /// Why this node's own disk takes nothing more; empty: it does.
    asio::awaitable<std::string> storageProblem();

private:
    DiskLimits diskLimits() const;
    control::OutboxStatus outboxStatus() const;
    control::SafetyStatus safetyStatus() const;
    control::GridStatus gridStatus() const;
    control::EncodingStatus encodingStatus() const;
    control::RelayStatus relayStatus() const;
    std::vector<std::string> locations() const;
    control::PeerPathsView pathsOf(const membership::Member& member) const;
    control::ConnectionView connections() const;

    Parts m_parts;
    WallTime m_started;
    MemberDesk m_members;
    LinkDesk m_links;
    control::Watchers m_watchers;
};

} // namespace tarn::profiles
