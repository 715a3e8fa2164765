#include "client-gateway/server_accounts.h"

#include "core/base/log.h"
#include "core/net/grant_request.h"
#include "core/node/files.h"

#include <algorithm>
#include <set>

namespace tarn::gateway {

namespace {

constexpr Duration kDeadline = std::chrono::seconds(60);
constexpr Duration kFirstPause = std::chrono::seconds(5);
constexpr Duration kLongestPause = std::chrono::minutes(10);
constexpr Duration kBetweenWrites = std::chrono::seconds(1);
constexpr std::size_t kMaxFileBytes = 16ULL << 20U;

Duration pauseAfter(unsigned asked)
{
    return std::min<Duration>(kFirstPause * (1U << std::min(asked, 16U)), kLongestPause);
}

} // namespace

ServerAccounts::ServerAccounts(ServerAccountsParts parts)
    : m_parts(std::move(parts)), m_changed(m_parts.engine), m_tasks(m_parts.engine)
{
    m_tasks.spawn(keep());
}

ServerAccounts::~ServerAccounts() = default;

Result<void> ServerAccounts::loadBlocking()
{
    const Result<Secret> text = node::readPrivateFileBlocking(m_parts.file, kMaxFileBytes);
    if (!text && text.error().code() == ErrorCode::NotFound) return ok();
    if (!text) return text.error();
    Result<Grants> grants = parseGrants(asText(text->view()));
    if (!grants) return std::move(grants).error().within(m_parts.file);
    m_grants = *std::move(grants);
    return ok();
}

bool ServerAccounts::hasGrant(const Known& known) const
{
    const auto at = m_grants.find(known.server.id);
    return at != m_grants.end() && at->second.key == known.server.key;
}

std::optional<std::string> ServerAccounts::swissnumOf(const std::string& id,
                                                      const net::PeerKey& key) const
{
    const auto at = m_grants.find(id);
    if (at == m_grants.end() || at->second.key != key) return std::nullopt;
    return std::string(asText(at->second.swissnum.view()));
}

ServerAccounts::Known ServerAccounts::admitted(AccountServer server) const
{
    Known out;
    if (server.locations.empty()) out.problem = "it announces no address";
    std::erase_if(server.locations, [&](const net::Location& location) {
        const Result<void> may = m_parts.mayDial(location);
        if (!may) out.problem = may.error().message();
        return !may;
    });
    if (!server.locations.empty()) out.problem.clear();
    out.server = std::move(server);
    out.wanted = !hasGrant(out);
    return out;
}

void ServerAccounts::carryOver(const Known& old, Known& known)
{
    if (old.server.key != known.server.key) return;
    known.wanted = old.wanted;
    known.asking = old.asking;
    known.asked = old.asked;
    known.notBefore = old.notBefore;
    known.askedAt = old.askedAt;
    if (known.problem.empty() && !old.server.locations.empty()) known.problem = old.problem;
}

void ServerAccounts::forgetOthers(const std::map<std::string, Known>& next)
{
    std::set<net::PeerKey> kept;
    for (const auto& [id, known] : next)
        kept.insert(known.server.key);
    for (const auto& [id, known] : m_servers)
        if (!kept.contains(known.server.key) && !m_parts.inUse(known.server.key))
            m_parts.pool.forget(known.server.key);
}

void ServerAccounts::setServers(std::vector<AccountServer> servers, bool mayAsk)
{
    m_mayAsk = mayAsk;
    std::map<std::string, Known> next;
    for (AccountServer& server : servers) {
        Known known = admitted(std::move(server));
        const auto old = m_servers.find(known.server.id);
        if (old != m_servers.end()) carryOver(old->second, known);
        std::string id = known.server.id;
        next.insert_or_assign(std::move(id), std::move(known));
    }
    forgetOthers(next);
    m_servers = std::move(next);
    m_order.clear();
    for (const auto& [id, known] : m_servers)
        m_order.push_back(id);
    std::stable_sort(m_order.begin(), m_order.end(),
                     [this](const std::string& a, const std::string& b) {
                         return m_servers.at(a).server.turn < m_servers.at(b).server.turn;
                     });
    need();
}

void ServerAccounts::need()
{
    if (!m_mayAsk || m_stopped) return;
    const TimePoint now = m_parts.clock.now();
    for (const std::string& id : m_order) {
        if (m_asking >= kAskedAtOnce) return;
        Known& known = m_servers.at(id);
        if (!known.wanted || known.asking || now < known.notBefore ||
            known.server.locations.empty())
            continue;
        known.asking = true;
        ++m_asking;
        m_tasks.spawn(ask(id));
    }
}

void ServerAccounts::askAgain()
{
    for (auto& [id, known] : m_servers) {
        known.asked = 0;
        known.notBefore = TimePoint{};
    }
    need();
}

void ServerAccounts::noteRefusal(const std::string& id)
{
    const auto at = m_servers.find(id);
    if (at == m_servers.end()) return;
    at->second.wanted = true;
    need();
}

/// Whoever noticed the need goes on first.
asio::awaitable<void> ServerAccounts::ask(std::string id)
{
    co_await asio::post(m_parts.engine, asio::use_awaitable);
    const auto at = m_servers.find(id);
    if (at != m_servers.end()) {
        const net::PeerKey peer = at->second.server.key;
        m_parts.pool.setLocations(peer, at->second.server.locations);
        auto request = net::requestGrant(m_parts.pool, peer, m_parts.key);
        Result<Secret> answer = co_await withDeadline<Secret>(
            m_parts.clock, kDeadline, "the request for an account", std::move(request));
        settle(id, peer, std::move(answer));
    }
    --m_asking;
    need();
}

/// \return whether it is another credential than before.
bool ServerAccounts::take(Known& known, Secret swissnum)
{
    known.wanted = false;
    known.problem.clear();
    if (hasGrant(known) && m_grants[known.server.id].swissnum.matches(swissnum.view())) {
        ++known.asked; // what the server refused has another reason
        return false;
    }
    known.asked = 0;
    Grant grant;
    grant.key = known.server.key;
    grant.swissnum = std::move(swissnum);
    m_grants.insert_or_assign(known.server.id, std::move(grant));
    TARN_LOG(Info, Main, "a storage server gave this gateway an account",
             {"server", known.server.id});
    return true;
}

/// \return whether a credential was lost with that.
bool ServerAccounts::refuse(Known& known, const Error& error)
{
    ++known.asked;
    if (known.problem != error.message())
        TARN_LOG(Warning, Main, "no account on a storage server", {"server", known.server.id},
                 {"reason", error.text()});
    known.problem = error.message();
    const bool definite =
        error.code() == ErrorCode::Unauthorized || error.code() == ErrorCode::Unsupported;
    if (!definite || !hasGrant(known)) return false;
    m_grants.erase(known.server.id);
    return true;
}

void ServerAccounts::settle(const std::string& id, const net::PeerKey& asked, Result<Secret> answer)
{
    const auto at = m_servers.find(id);
    if (at == m_servers.end() || at->second.server.key != asked) return;
    Known& known = at->second;
    known.asking = false;
    known.notBefore = m_parts.clock.now() + pauseAfter(known.asked);
    if (!answer && answer.error().code() == ErrorCode::Cancelled) return;
    known.askedAt = m_parts.clock.wallNow();
    if (answer && !isSwissnum(asText(answer->view())))
        answer = Error(ErrorCode::PeerMisbehaved, "the server gave a credential that is none");
    const bool changed = answer ? take(known, *std::move(answer)) : refuse(known, answer.error());
    if (!changed) return;
    m_unsaved = true;
    m_changed.notifyAll();
    m_parts.onChange();
}

/// Not every change is written at once: what is lost is asked for again.
asio::awaitable<void> ServerAccounts::keep()
{
    while (true) {
        while (!m_unsaved)
            co_await m_changed.wait();
        m_unsaved = false;
        std::erase_if(m_grants, [this](const auto& one) { return !m_servers.contains(one.first); });
        auto text = std::make_shared<const Secret>(grantsText(m_grants));
        auto job = [text, file = m_parts.file] {
            return node::writeFileBlocking(file, text->view(), node::kPrivateFile);
        };
        const Result<void> written = co_await runOn(m_parts.diskPool, std::move(job));
        if (!written)
            TARN_LOG(Warning, Main, "accounts on storage servers are not on disk",
                     {"error", written.error().text()});
        co_await m_parts.clock.sleep(kBetweenWrites);
    }
}

std::vector<WithoutAccount> ServerAccounts::waiting() const
{
    std::vector<WithoutAccount> out;
    for (const auto& [id, known] : m_servers) {
        if (hasGrant(known)) continue;
        WithoutAccount one;
        one.id = id;
        one.nickname = known.server.nickname;
        one.askedAt = known.askedAt;
        one.text = "no account yet";
        if (!known.problem.empty())
            one.text = "no account: " + known.problem;
        else if (!m_mayAsk)
            one.text = "no account: [introducers] accounts = false";
        else if (known.asking)
            one.text = "no account yet: asking for one";
        out.push_back(std::move(one));
    }
    return out;
}

asio::awaitable<void> ServerAccounts::stop()
{
    m_stopped = true;
    m_tasks.cancel();
    co_await m_tasks.join();
}

} // namespace tarn::gateway
