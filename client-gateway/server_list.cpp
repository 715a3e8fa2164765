#include "client-gateway/server_list.h"

#include "client-gateway/async/parallel.h"
#include "core/base/executor.h"
#include "core/base/log.h"

#include <algorithm>
#include <set>

namespace tarn::gateway {

namespace {

/// How often the list looks for servers that have been idle.
constexpr Duration kLookEvery = std::chrono::seconds(20);

/// The NURLs of the entry that can work; the others become problems, and the entry is left out
/// when there is no other. One that leads through a network which is not used here is no problem
/// beside another.
std::vector<wire::Nurl> usableNurls(const ServerEntry& entry, const ServerListSettings& settings,
                                    std::vector<EntryProblem>& problems)
{
    std::string closed;
    std::vector<wire::Nurl> nurls;
    std::vector<EntryProblem> bad;
    for (std::size_t i = 0; i < entry.nurls.size(); ++i) {
        Result<wire::Nurl> nurl = wire::parseNurl(entry.nurls[i]);
        if (nurl) {
            const Result<void> may =
                settings.mayDial ? settings.mayDial(wire::locationOf(*nurl)) : ok();
            if (may)
                nurls.push_back(*std::move(nurl));
            else
                closed += (closed.empty() ? "" : "; ") + may.error().message();
            continue;
        }
        const std::string place = "anonymous-storage-NURLs, number " + std::to_string(i + 1);
        bad.push_back({entry.id, entry.line, place + ": " + nurl.error().message(), true});
    }
    if (nurls.empty() && !closed.empty()) bad.push_back({entry.id, entry.line, closed, true});
    for (EntryProblem& problem : bad) {
        problem.leftOut = nurls.empty();
        problems.push_back(std::move(problem));
    }
    return nurls;
}

ServerPtr makeServer(const ServerEntry& entry, std::shared_ptr<RemoteConnection> connection,
                     grid_manager::UploadPermit permit)
{
    auto server = std::make_shared<Server>();
    server->id = entry.id;
    server->nickname = entry.nickname;
    server->tubId = entry.tubId;
    server->permutationSeed = entry.permutationSeed;
    server->connection = std::move(connection);
    server->uploadPermit = std::move(permit);
    return server;
}

} // namespace

ServerList::ServerList(net::ConnectionPool& pool, Clock& clock, Random& random, ServerSet& set,
                       ServerListSettings settings)
    : m_pool(pool), m_clock(clock), m_random(random), m_set(set), m_settings(std::move(settings))
{
}

Result<std::vector<EntryProblem>>
ServerList::load(std::string_view yaml, std::span<const crypto::Ed25519PublicKey> gridManagers)
{
    TARN_TRY(ServersFile file, parseServersFile(yaml));
    m_listed = std::move(file.servers);
    m_gridManagers.assign(gridManagers.begin(), gridManagers.end());
    for (EntryProblem& problem : apply())
        file.problems.push_back(std::move(problem));
    return std::move(file.problems);
}

std::vector<EntryProblem> ServerList::learn(std::vector<ServerEntry> entries)
{
    m_learned = std::move(entries);
    return apply();
}

void ServerList::setLocal(std::vector<ServerPtr> servers)
{
    m_local = std::move(servers);
    apply(); // entries that are bad were told of when they came
}

bool ServerList::isLocal(const std::string& id) const
{
    return std::any_of(m_local.begin(), m_local.end(),
                       [&id](const ServerPtr& server) { return server->id == id; });
}

void ServerList::take(const ServerEntry& entry, std::map<std::string, Known>& next,
                      std::vector<EntryProblem>& problems)
{
    if (isLocal(entry.id)) return;
    grid_manager::UploadPermit permit =
        entry.closed
            ? grid_manager::UploadPermit::refused("the server says that it takes no new shares")
            : grid_manager::UploadPermit::judge(m_gridManagers, entry.certificates, entry.id);
    const auto old = m_known.find(entry.id);
    if (old != m_known.end() && old->second.entry == entry) {
        Known kept = old->second;
        if (kept.server->uploadPermit != permit)
            kept.server = makeServer(entry, kept.connection, std::move(permit));
        kept.entry = entry;
        next.emplace(entry.id, std::move(kept));
        return;
    }
    std::vector<wire::Nurl> nurls = usableNurls(entry, m_settings, problems);
    if (nurls.empty()) return;
    Known known;
    known.connection = std::make_shared<RemoteConnection>(m_pool, m_clock, std::move(nurls));
    if (m_settings.unauthorized)
        known.connection->whenUnauthorized(
            [tell = m_settings.unauthorized, id = entry.id] { tell(id); });
    known.server = makeServer(entry, known.connection, std::move(permit));
    known.askAt = m_clock.now();
    known.entry = entry;
    next.emplace(entry.id, std::move(known));
}

bool ServerList::lists(const std::string& id, const net::PeerKey& key) const
{
    return std::any_of(m_listed.begin(), m_listed.end(), [&](const ServerEntry& entry) {
        if (entry.id == id) return true;
        const auto known = m_known.find(entry.id);
        return known != m_known.end() && known->second.connection->peer() == key;
    });
}

bool ServerList::uses(const net::PeerKey& key) const
{
    return std::any_of(m_known.begin(), m_known.end(),
                       [&key](const auto& one) { return one.second.connection->peer() == key; });
}

std::vector<EntryProblem> ServerList::apply()
{
    std::vector<EntryProblem> problems;
    std::map<std::string, Known> next;
    for (const ServerEntry& entry : m_listed)
        take(entry, next, problems);
    std::set<net::PeerKey> listed;
    for (const auto& [id, known] : next)
        listed.insert(known.connection->peer());
    for (const ServerEntry& entry : m_learned) {
        const Result<wire::Nurl> nurl = wire::parseNurl(entry.nurls.front());
        if (next.contains(entry.id) || (nurl && listed.contains(nurl->spkiHash))) continue;
        take(entry, next, problems);
    }
    noteTwins(next, problems);
    forgetOthers(next);
    m_known = std::move(next);
    std::vector<ServerPtr> servers = m_local;
    for (const auto& [id, known] : m_known)
        servers.push_back(known.server);
    m_set.replace(std::move(servers));
    return problems;
}

/// Entries with the same key are one machine: shares would be spread over fewer than they seem.
void ServerList::noteTwins(const std::map<std::string, Known>& next,
                           std::vector<EntryProblem>& problems)
{
    std::map<net::PeerKey, std::string> first;
    for (const auto& [id, known] : next) {
        const auto [at, isNew] = first.emplace(known.connection->peer(), id);
        if (isNew) continue;
        problems.push_back({id, known.entry.line,
                            "has the key of " + at->second + ": one machine counts as two servers",
                            false});
    }
}

/// Closes the connections to keys that no server has any more.
void ServerList::forgetOthers(const std::map<std::string, Known>& next)
{
    std::set<net::PeerKey> kept;
    for (const auto& [id, known] : next)
        kept.insert(known.connection->peer());
    for (const auto& [id, known] : m_known)
        if (!kept.contains(known.connection->peer())) m_pool.forget(known.connection->peer());
}

asio::awaitable<Result<void>> ServerList::watch()
{
    while (true) {
        notePermits();
        co_await askIdle();
        co_await m_clock.sleep(kLookEvery);
    }
}

void ServerList::notePermits()
{
    const WallTime now = m_clock.wallNow();
    for (auto& [id, known] : m_known) {
        const std::string refusal = known.server->uploadPermit.refusal(now);
        if (known.permitted == refusal.empty()) continue;
        known.permitted = refusal.empty();
        if (known.permitted)
            TARN_LOG(Info, Main, "uploads to a server are permitted again", {"server", id});
        else
            TARN_LOG(Warning, Main, "no uploads to a server", {"server", id}, {"reason", refusal});
    }
}

/// Spread out, so that the servers are not asked in bursts.
void ServerList::postpone(Known& known)
{
    const auto most = static_cast<std::uint64_t>(m_settings.idleAfter.count());
    const Duration extra(static_cast<Duration::rep>(m_random.below(most + 1)));
    known.askAt = m_clock.now() + m_settings.idleAfter + extra;
}

asio::awaitable<Result<void>> ServerList::askIdle()
{
    std::vector<asio::awaitable<Result<void>>> questions;
    for (auto& [id, known] : m_known) {
        const std::optional<TimePoint> heard = known.connection->lastTraffic();
        const bool busy = heard && m_clock.now() - *heard < m_settings.idleAfter;
        // One that did not answer is asked again as soon as its rest is over.
        const bool rested =
            heard && known.connection->status().reachability == Reachability::Unknown;
        if (m_clock.now() < known.askAt && !rested) continue;
        postpone(known);
        if (busy && known.connection->status().version) continue;
        questions.push_back(ask(known.connection, m_clock, m_settings.askDeadline));
    }
    co_await allOf(std::move(questions));
    co_return ok();
}

asio::awaitable<Result<void>> ServerList::ask(std::shared_ptr<RemoteConnection> connection,
                                              Clock& clock, Duration deadline)
{
    auto asking = connection->store().version();
    const Result<storage_api::ServerVersion> version =
        co_await withDeadline<storage_api::ServerVersion>(clock, deadline, "the version request",
                                                          std::move(asking));
    if (!version) co_return version.error();
    co_return ok();
}

} // namespace tarn::gateway
