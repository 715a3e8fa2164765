#include "profiles/friendnet/link_desk.h"

#include "core/cap/parse.h"
#include "core/wire/announcement.h"
#include "core/wire/node_id.h"

#include <algorithm>

namespace tarn::profiles {

namespace {

using control::ClientView;
using control::LinkView;

/// Accounts of members are called by their keys.
constexpr std::string_view kKeyPrefix = "v0-";

Error noClient(const std::string& name)
{
    return Error(ErrorCode::NotFound,
                 "there is no client " + name.substr(0, 64) + ": `tarn client list`");
}

bool isClient(const storage::Account& account)
{
    return !account.key && account.id != storage::kAnonymous;
}

bool hasId(const std::vector<node::SharedLink>& links, std::string_view id)
{
    return std::any_of(links.begin(), links.end(),
                       [id](const node::SharedLink& link) { return link.id == id; });
}

} // namespace

// --- links ---

Result<LinkExchange*> LinkDesk::exchange() const
{
    LinkExchange* const out = m_membership.links();
    if (out != nullptr) return out;
    return Error(ErrorCode::Conflict, "this node has not joined its grid yet: `tarn node status`");
}

Result<const node::SharedLink*> LinkDesk::findLink(const std::string& id) const
{
    TARN_TRY(const LinkExchange* const exchange, this->exchange());
    const node::SharedLink* const link = exchange->links().find(id);
    if (link != nullptr) return link;
    return Error(ErrorCode::NotFound, "there is no such link: `tarn inbox list`");
}

/// Without its capability.
LinkView LinkDesk::viewOf(const node::SharedLink& link, bool sent) const
{
    LinkView out;
    out.id = link.id;
    out.key = wire::nodeIdOf(link.member);
    const membership::Member* const member = m_membership.circle()->view().find(link.member);
    out.member = member != nullptr ? member->name : out.key;
    out.name = link.name;
    const cap::Cap cap = cap::parseCap(link.cap);
    out.kind = cap::isDirectory(cap) ? "directory" : "file";
    if (!cap::isDirectory(cap)) out.size = cap::sizeOf(cap);
    out.time = link.time;
    out.sent = sent;
    out.delivered = link.delivered;
    return out;
}

asio::awaitable<Result<LinkView>> LinkDesk::share(std::string name, control::LinkRequest request)
{
    TARN_CO_TRY(LinkExchange* const exchange, this->exchange());
    const Circle& circle = *m_membership.circle();
    const membership::Member* const member = circle.view().findNamed(name);
    if (member == nullptr || !circle.records().belongs(member->key)) {
        co_return Error(ErrorCode::NotFound, "there is no member of that name: `tarn member list`");
    }
    if (member->key == circle.self()) co_return Error(ErrorCode::Conflict, "that is this node");
    const Ed25519PublicKey key = member->key;
    TARN_CO_TRY(const node::SharedLink given,
                co_await exchange->give(key, std::move(request.cap), std::move(request.name)));
    co_return viewOf(given, true);
}

asio::awaitable<Result<std::vector<LinkView>>> LinkDesk::links()
{
    TARN_CO_TRY(const LinkExchange* const exchange, this->exchange());
    std::vector<LinkView> out;
    for (const node::SharedLink& link : exchange->links().received())
        out.push_back(viewOf(link, false));
    for (const node::SharedLink& link : exchange->links().sent())
        out.push_back(viewOf(link, true));
    std::stable_sort(out.begin(), out.end(),
                     [](const LinkView& a, const LinkView& b) { return a.time < b.time; });
    co_return out;
}

asio::awaitable<Result<LinkView>> LinkDesk::link(std::string id)
{
    TARN_CO_TRY(const node::SharedLink* const link, findLink(id));
    LinkView out = viewOf(*link, hasId(m_membership.links()->links().sent(), id));
    out.cap = link->cap;
    co_return out;
}

asio::awaitable<Result<LinkView>> LinkDesk::dropLink(std::string id)
{
    TARN_CO_TRY(LinkExchange* const exchange, this->exchange());
    TARN_CO_TRY(const node::SharedLink* const link, findLink(id));
    const LinkView before = viewOf(*link, hasId(exchange->links().sent(), id));
    TARN_CO_TRY_VOID(co_await exchange->drop(id));
    co_return before;
}

// --- clients ---

Result<const storage::Account*> LinkDesk::findClient(const std::string& name) const
{
    const storage::Account* const account = m_storage.accounts().find(name);
    if (account == nullptr || !isClient(*account)) return noClient(name);
    return account;
}

ClientView LinkDesk::viewOf(const storage::Account& account) const
{
    const storage::AccountUsage::Figures figures = m_storage.usage().figures(account.id);
    ClientView out;
    out.name = account.name;
    out.used = figures.used;
    out.shares = figures.shares;
    out.limit = account.quota;
    out.created = account.created;
    out.revoked = account.revoked;
    return out;
}

/// What a gateway that knows servers.yaml, such as Tahoe-LAFS's, needs to store here.
Result<std::string> LinkDesk::entryOf(const storage::Account& account) const
{
    const std::uint16_t port = m_storage.address().port();
    const storage::ServiceConfig config = m_membership.serverConfig();
    const storage::ServerIdentity& identity = m_storage.identity();
    const std::vector<wire::Nurl> nurls =
        storage::nurlsWith(identity, config, port, account.swissnum);
    if (nurls.empty()) {
        return Error(ErrorCode::Conflict, "this node has no address that a client could come to: "
                                          "name one in [announce] locations");
    }
    wire::Announcement entry = storage::announcementOf(identity, config, port);
    entry.furl = wire::furlFor(identity.node.tubId, nurls);
    for (const wire::Nurl& nurl : nurls)
        entry.nurls.push_back(wire::textOf(nurl));
    return wire::serversYaml(entry);
}

Result<ClientView> LinkDesk::shown(const std::string& name) const
{
    TARN_TRY(const storage::Account* const account, findClient(name));
    ClientView out = viewOf(*account);
    if (account->revoked) return out;
    TARN_TRY(out.entry, entryOf(*account));
    return out;
}

asio::awaitable<Result<std::vector<ClientView>>> LinkDesk::clients()
{
    std::vector<ClientView> out;
    for (const storage::Account* account : m_storage.accounts().all())
        if (isClient(*account)) out.push_back(viewOf(*account));
    co_return out;
}

asio::awaitable<Result<ClientView>> LinkDesk::client(std::string name)
{
    co_return shown(name);
}

asio::awaitable<Result<ClientView>> LinkDesk::addClient(control::ClientRequest request)
{
    TARN_CO_TRY_VOID(storage::checkAccountName(request.name));
    if (request.name.starts_with(kKeyPrefix) || request.name == storage::kAnonymousName) {
        co_return Error(ErrorCode::InvalidInput, "a client may not be called like that");
    }
    const storage::ServiceConfig config = m_membership.serverConfig();
    if (config.effectiveLocations().empty()) {
        co_return Error(ErrorCode::Conflict, "this node has no address that a client could come "
                                             "to: name one in [announce] locations");
    }
    const std::string name = request.name;
    TARN_CO_TRY_VOID(co_await m_storage.accounts().add(name, std::nullopt, request.limit));
    co_return shown(name);
}

asio::awaitable<Result<ClientView>> LinkDesk::limitClient(control::ClientRequest request)
{
    TARN_CO_TRY_VOID(findClient(request.name));
    const std::string name = request.name;
    TARN_CO_TRY_VOID(co_await m_storage.accounts().limit(name, request.limit));
    TARN_CO_TRY(const storage::Account* const account, findClient(name));
    co_return viewOf(*account);
}

asio::awaitable<Result<ClientView>> LinkDesk::revokeClient(std::string name)
{
    TARN_CO_TRY_VOID(findClient(name));
    TARN_CO_TRY_VOID(co_await m_storage.accounts().revoke(name));
    TARN_CO_TRY(const storage::Account* const account, findClient(name));
    co_return viewOf(*account);
}

} // namespace tarn::profiles
