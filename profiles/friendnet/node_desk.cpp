#include "profiles/friendnet/node_desk.h"

#include "core/codec/base32.h"
#include "core/net/peer_proof.h"
#include "core/wire/node_id.h"
#include "profiles/friendnet/disk_room.h"
#include "profiles/friendnet/root_directory.h"
#include "profiles/friendnet/transfer_views.h"

#include <algorithm>

namespace tarn::profiles {

namespace {

control::ConnectionView connectionOf(const Whereabouts* where)
{
    control::ConnectionView out;
    out.router.state = "off";
    if (where == nullptr) return out;
    const Whereabouts::Settings& settings = where->settings();
    out.looks = settings.looksAround;
    out.interfaces = settings.reach.interfaces;
    out.mapping = settings.reach.mapping;
    out.seen = settings.reach.seen;
    out.punching = settings.reach.punching;
    for (const OwnAddress& one : where->addresses()) {
        control::AddressView& view = out.addresses.emplace_back();
        view.location = wire::textOf(one.location);
        view.kind = nameOf(one.way);
        view.origin = nameOf(one.origin);
        view.told = one.told;
        view.reason = one.untold;
        if (!one.proof) continue;
        view.proof.emplace();
        view.proof->reached = one.proof->reached;
        view.proof->at = unixSeconds(one.proof->at);
        view.proof->observer = one.proof->observer;
    }
    return out;
}

/// What only the disk knows.
struct DiskFacts
{
    bool rootDirectory = false;
    std::optional<std::uint64_t> free; ///< bytes
};

} // namespace

control::GridStatus NodeDesk::gridStatus() const
{
    const NodeMembership& membership = m_parts.membership;
    control::GridStatus out;
    out.name = m_parts.config.gridName;
    if (const Joiner* const joiner = membership.joiner()) {
        out.id = membership::gridIdText(joiner->link().grid);
        out.membership = nameOf(joiner->progress().state);
        out.reason = joiner->progress().reason;
        return out;
    }
    out.id = membership.grid()->id();
    out.root = wire::nodeIdOf(membership.grid()->root);
    out.founder = membership.grid()->root == m_parts.storage.identity().node.key.publicKey();
    const Circle* const circle = membership.circle();
    const membership::Member* const me = circle->view().find(circle->self());
    if (me != nullptr && circle->records().belongs(circle->self())) return out;
    out.membership = "gone";
    out.reason = me != nullptr ? "its membership is " + std::string(nameOf(me->standing))
                               : std::string("no record tells of this node");
    return out;
}

std::vector<std::string> NodeDesk::locations() const
{
    const std::uint16_t port = m_parts.storage.address().port();
    std::vector<std::string> out;
    for (wire::Location location : m_parts.membership.serverConfig().effectiveLocations()) {
        if (location.port == 0) location.port = port;
        out.push_back(wire::textOf(location));
    }
    return out;
}

DiskLimits NodeDesk::diskLimits() const
{
    DiskLimits out;
    out.directory = m_parts.dir.pathOf(m_parts.config.directory);
    out.config = m_parts.dir.pathOf("node.toml");
    out.reserved = m_parts.config.reserved;
    out.offered = m_parts.config.offer;
    return out;
}

control::OutboxStatus NodeDesk::outboxStatus() const
{
    control::OutboxStatus out;
    for (const auto& [index, parcel] : m_parts.outbox.parcels()) {
        ++out.files;
        out.shares += parcel.waiting.size();
    }
    out.bytes = m_parts.outbox.bytes();
    out.limit = m_parts.config.outboxLimit;
    out.problem = m_parts.mover.problem();
    for (const OutboxFileState& file : m_parts.mover.files(control::kMostWaitingFiles)) {
        control::WaitingFile& view = out.waiting.emplace_back();
        view.index = codec::encodeBase32(file.index);
        view.placed = file.out;
        view.waiting = file.waiting;
        view.needed = file.needed;
        view.total = file.total;
        view.since = unixSeconds(file.since);
        view.openable = file.openable;
        view.safe = file.safe;
    }
    return out;
}

control::SafetyStatus NodeDesk::safetyStatus() const
{
    control::SafetyStatus out;
    out.sentence = "nobody has looked yet";
    if (m_parts.keeper == nullptr) return out;
    const KeeperReport& report = m_parts.keeper->report();
    out.problem = report.problem;
    out.repaired = report.repaired;
    if (!report.checked) return out;
    out.checked = unixSeconds(*report.checked);
    out.files = report.summary.files;
    out.unsafe = report.summary.unsafe;
    out.missing = report.summary.missing;
    out.unreadable = report.summary.unreadable;
    out.mayVanish = static_cast<std::uint32_t>(std::max(0, report.summary.mayVanish));
    out.members = static_cast<std::uint32_t>(report.members);
    out.sentence = safetySentence(report.summary, report.members);
    return out;
}

asio::awaitable<std::string> NodeDesk::storageProblem()
{
    const storage::StoreStatus store = co_await m_parts.storage.storeStatus();
    const DiskLimits limits = diskLimits();
    auto job = [&limits] { return freeOnDiskBlocking(limits.directory); };
    const std::optional<std::uint64_t> free = co_await runOn(m_parts.diskPool, job);
    co_return roomProblem(store, limits, free);
}

control::EncodingStatus NodeDesk::encodingStatus() const
{
    const gateway::EncodingParameters now = m_parts.gateway.files().encoding();
    control::EncodingStatus out;
    out.needed = now.needed;
    out.happy = now.happy;
    out.total = now.total;
    if (m_parts.membership.chosenEncoding()) out.source = "owner";
    if (m_parts.config.encoding) out.source = "node.toml";
    out.automatic = out.source == "members";
    out.members = m_parts.membership.offering();
    const control::EncodingChoice choice{out.needed, out.happy, out.total};
    if (!out.automatic) out.problem = encodingProblem(choice, out.members);
    return out;
}

asio::awaitable<Result<control::EncodingStatus>> NodeDesk::encoding()
{
    co_return encodingStatus();
}

asio::awaitable<Result<control::EncodingStatus>>
NodeDesk::chooseEncoding(std::optional<control::EncodingChoice> choice)
{
    TARN_CO_TRY_VOID(co_await m_parts.membership.chooseEncoding(choice));
    co_return encodingStatus();
}

asio::awaitable<Result<control::NodeStatus>> NodeDesk::status()
{
    const storage::StoreStatus store = co_await m_parts.storage.storeStatus();
    const DiskLimits limits = diskLimits();
    auto job = [this, &limits] {
        DiskFacts out;
        out.rootDirectory = hasRootDirectory(m_parts.dir);
        out.free = freeOnDiskBlocking(limits.directory);
        return out;
    };
    const DiskFacts disk = co_await runOn(m_parts.diskPool, job);
    control::NodeStatus out;
    out.rootDirectory = disk.rootDirectory;
    out.version = TARN_VERSION;
    out.id = m_parts.storage.identity().node.serverId();
    out.nickname = m_parts.config.nickname;
    out.started = unixSeconds(m_started);
    out.listen = net::textOf(m_parts.storage.address());
    out.locations = locations();
    out.web = m_parts.gateway.url();
    out.servers = static_cast<std::uint32_t>(m_parts.gateway.servers().servers().size());
    out.grid = gridStatus();
    out.storage.offered = limits.offered;
    out.storage.used = store.usedSpace;
    out.storage.available = store.availableSpace;
    out.storage.problem = roomProblem(store, limits, disk.free);
    out.outbox = outboxStatus();
    out.safety = safetyStatus();
    out.encoding = encodingStatus();
    out.relay = relayStatus();
    co_return out;
}

asio::awaitable<Result<std::vector<control::TransferView>>> NodeDesk::transfers()
{
    std::vector<control::TransferView> out = m_parts.movements.all();
    for (control::TransferView& one : transferViews(m_parts.gateway.files().history()))
        out.push_back(std::move(one));
    const auto isBefore = [](const control::TransferView& a, const control::TransferView& b) {
        if (a.ended.has_value() != b.ended.has_value()) return b.ended.has_value();
        return a.started > b.started;
    };
    std::stable_sort(out.begin(), out.end(), isBefore);
    co_return out;
}

control::PeerPathsView NodeDesk::pathsOf(const membership::Member& member) const
{
    const NodeMembership& membership = m_parts.membership;
    const Presence presence = membership.calls()->of(member.key);
    const PeerPaths paths = membership.paths()->of(net::peerKeyOf(member.key));
    control::PeerPathsView out;
    out.name = member.name;
    out.key = wire::nodeIdOf(member.key);
    out.online = presence.online;
    if (paths.current) {
        out.kind = nameOf(paths.current->way);
        out.place = paths.current->place;
    } else if (presence.path == "in") {
        out.kind = presence.path;
    }
    for (const PathTry& tried : paths.tries) {
        control::PathView& view = out.paths.emplace_back();
        view.kind = nameOf(tried.way);
        view.place = tried.place;
        view.result = nameOf(tried.result);
        view.at = unixSeconds(tried.at);
        view.took = std::chrono::duration_cast<std::chrono::milliseconds>(tried.took).count();
        view.reason = tried.reason;
    }
    out.step = stepFor(paths);
    return out;
}

control::ConnectionView NodeDesk::connections() const
{
    const NodeMembership& membership = m_parts.membership;
    control::ConnectionView out = connectionOf(membership.whereabouts());
    out.unproven = membership.unproven();
    if (const PortMapper* const mapper = membership.mapper()) {
        out.router.state = nameOf(mapper->state());
        out.router.reason = mapper->reason();
        if (mapper->door()) {
            out.router.protocol = mapper->door()->protocol;
            out.router.address =
                net::textOf(net::Endpoint(mapper->door()->address, mapper->door()->port));
        }
    }
    const Circle* const circle = membership.circle();
    if (circle == nullptr || membership.calls() == nullptr) return out;
    for (const auto& [key, member] : circle->view().members())
        if (key != circle->self() && circle->view().isLive(key))
            out.peers.push_back(pathsOf(member));
    return out;
}

asio::awaitable<Result<control::ConnectionView>> NodeDesk::connection()
{
    co_return connections();
}

asio::awaitable<Result<control::ConnectionView>> NodeDesk::checkConnection()
{
    co_await m_parts.membership.check();
    co_return connections();
}

asio::awaitable<Result<std::vector<control::InviteView>>> NodeDesk::invites()
{
    return m_members.invites();
}

asio::awaitable<Result<control::InviteView>> NodeDesk::invite(std::string id)
{
    return m_members.invite(std::move(id));
}

asio::awaitable<Result<control::InviteView>> NodeDesk::createInvite(control::InviteRequest request)
{
    return m_members.createInvite(std::move(request));
}

asio::awaitable<Result<control::InviteView>>
NodeDesk::decideInvite(std::string id, control::InviteDecision decision)
{
    return m_members.decideInvite(std::move(id), decision);
}

asio::awaitable<Result<std::vector<control::MemberView>>> NodeDesk::members()
{
    return m_members.members();
}

asio::awaitable<Result<control::MemberView>> NodeDesk::member(std::string name)
{
    return m_members.member(std::move(name));
}

asio::awaitable<Result<control::MemberView>> NodeDesk::changeMember(std::string name,
                                                                    control::MemberChange change)
{
    return m_members.changeMember(std::move(name), std::move(change));
}

asio::awaitable<Result<control::MemberView>> NodeDesk::revokeMember(std::string name)
{
    return m_members.revokeMember(std::move(name));
}

asio::awaitable<Result<control::LinkView>> NodeDesk::shareLink(std::string name,
                                                               control::LinkRequest request)
{
    return m_links.share(std::move(name), std::move(request));
}

asio::awaitable<Result<std::vector<control::LinkView>>> NodeDesk::links()
{
    return m_links.links();
}

asio::awaitable<Result<control::LinkView>> NodeDesk::link(std::string id)
{
    return m_links.link(std::move(id));
}

asio::awaitable<Result<control::LinkView>> NodeDesk::dropLink(std::string id)
{
    return m_links.dropLink(std::move(id));
}

asio::awaitable<Result<std::vector<control::ClientView>>> NodeDesk::clients()
{
    return m_links.clients();
}

asio::awaitable<Result<control::ClientView>> NodeDesk::client(std::string name)
{
    return m_links.client(std::move(name));
}

asio::awaitable<Result<control::ClientView>> NodeDesk::addClient(control::ClientRequest request)
{
    return m_links.addClient(std::move(request));
}

asio::awaitable<Result<control::ClientView>> NodeDesk::limitClient(control::ClientRequest request)
{
    return m_links.limitClient(std::move(request));
}

asio::awaitable<Result<control::ClientView>> NodeDesk::revokeClient(std::string name)
{
    return m_links.revokeClient(std::move(name));
}

control::RelayStatus NodeDesk::relayStatus() const
{
    const Meetings& meetings = m_parts.membership.meetings();
    const RelayOffer& offer = meetings.relay().offer();
    const relay::RelayBook& book = meetings.relay().room().book();
    control::RelayStatus out;
    out.offer = offer.offer;
    out.budget = offer.budget;
    out.month = book.month();
    out.monthBytes = book.monthBytes();
    out.streams = static_cast<std::uint32_t>(meetings.relay().room().sessions());
    out.sessions = book.counts().sessions;
    out.refused = book.counts().refused;
    out.used = meetings.views();
    return out;
}

asio::awaitable<Result<control::RelayStatus>> NodeDesk::relay()
{
    co_return relayStatus();
}

asio::awaitable<Result<control::RelayStatus>> NodeDesk::chooseRelay(control::RelayChoice choice)
{
    RelayOffer offer;
    offer.offer = choice.offer;
    offer.budget = choice.budget;
    TARN_CO_TRY_VOID(co_await m_parts.membership.meetings().relay().choose(offer));
    tell(control::Topic::Status);
    co_return relayStatus();
}

asio::awaitable<Result<control::NodeStatus>> NodeDesk::leave()
{
    TARN_CO_TRY_VOID(co_await m_members.leave());
    co_return co_await status();
}

control::Subscription NodeDesk::watch(control::OnChange onChange)
{
    return m_watchers.add(std::move(onChange));
}

} // namespace tarn::profiles
