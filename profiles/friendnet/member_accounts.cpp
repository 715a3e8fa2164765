#include "profiles/friendnet/member_accounts.h"

#include "core/base/log.h"
#include "core/wire/node_id.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <set>

namespace tarn::profiles {

namespace {

using crypto::Ed25519PublicKey;
using membership::Standing;
using Switches = storage::AccountBook::Switches;

constexpr Duration kRetry = std::chrono::seconds(10);
/// Members are missed as time passes.
constexpr Duration kLook = std::chrono::hours(1);

/// Of what is on or off otherwise than wanted.
Switches differing(const storage::Account& account, const node::MemberChoice& wanted, bool on)
{
    Switches out;
    out.read = wanted.read == on && account.mayRead != on;
    out.write = wanted.write == on && account.mayWrite != on;
    out.keep = wanted.keep == on && account.keepShares != on;
    return out;
}

bool any(const Switches& switches)
{
    return switches.read || switches.write || switches.keep;
}

} // namespace

MemberAccounts::MemberAccounts(Parts parts, node::MemberChoices choices)
    : m_parts(std::move(parts)), m_choices(std::move(choices)), m_wake(m_parts.engine),
      m_done(m_parts.engine), m_changes(m_parts.engine), m_tasks(m_parts.engine)
{
}

void MemberAccounts::start()
{
    m_tasks.spawn(keep());
}

asio::awaitable<void> MemberAccounts::stop()
{
    m_stopped = true;
    m_done.notifyAll();
    m_tasks.cancel();
    co_await m_tasks.join();
}

void MemberAccounts::look()
{
    m_news = true;
    m_wake.notifyAll();
}

void MemberAccounts::setUsualLimit(std::optional<std::uint64_t> limit)
{
    m_parts.usualLimit = limit;
    look();
}

node::MemberChoice MemberAccounts::choiceOf(const Ed25519PublicKey& member) const
{
    const auto at = m_choices.find(member);
    return at != m_choices.end() ? at->second : node::MemberChoice();
}

asio::awaitable<Result<void>> MemberAccounts::choose(Ed25519PublicKey member,
                                                     std::function<void(node::MemberChoice&)> edit)
{
    const Turns::Turn turn = co_await m_changes.take();
    node::MemberChoices next = m_choices;
    edit(next[member]);
    auto job = [this, text = node::choicesText(next)] {
        return m_parts.dir.writeFile(node::kChoicesFile, text);
    };
    TARN_CO_TRY_VOID(co_await runOn(m_parts.diskPool, std::move(job)));
    m_choices = std::move(next);
    const std::uint64_t mine = m_begun + 1; // one that runs now may have been before this
    look();
    while (m_ended < mine && !m_stopped)
        co_await m_done.wait();
    if (m_ended < mine) co_return Error(ErrorCode::Cancelled, "the node stops");
    if (!m_problem.empty()) co_return Error(ErrorCode::IoFailure, m_problem);
    co_return ok();
}

/// Nothing for those who are no members; what the owner chose for those who are, within the terms
/// on which they came. Who was not seen for long has the rest when it comes back.
MemberAccounts::Wanted MemberAccounts::wantedFor(const Ed25519PublicKey& key) const
{
    const membership::Member* const member = m_parts.view().find(key);
    Wanted out;
    out.key = key;
    out.belongs = member != nullptr &&
                  (member->standing == Standing::Live || member->standing == Standing::Expired);
    if (!out.belongs) {
        out.choice.read = out.choice.write = out.choice.keep = false;
        return out;
    }
    out.choice = choiceOf(key);
    out.choice.keep = out.choice.keep && !m_parts.lost(key);
    if (out.choice.limit) return out;
    out.choice.limit = m_parts.usualLimit;
    const std::uint64_t quota = member->terms().quotaBytes;
    if (quota != 0) out.choice.limit = std::min(out.choice.limit.value_or(quota), quota);
    return out;
}

std::vector<MemberAccounts::Wanted> MemberAccounts::plan() const
{
    std::set<Ed25519PublicKey> keys;
    for (const auto& [key, member] : m_parts.view().members())
        keys.insert(key);
    for (const storage::Account* account : m_parts.accounts.all())
        if (account->key && !account->revoked) keys.insert(*account->key);
    keys.erase(m_parts.self);
    std::vector<Wanted> out;
    for (const Ed25519PublicKey& key : keys)
        out.push_back(wantedFor(key));
    return out;
}

/// Of a former member: nothing of it is left, and it had its time to come back.
bool MemberAccounts::isOver(const storage::Account& account) const
{
    if (!account.letGo || !m_parts.accounts.holdsNothing(account.id)) return false;
    const std::int64_t grace = std::chrono::floor<std::chrono::seconds>(m_parts.grace).count();
    return unixSeconds(m_parts.clock.wallNow()) - *account.letGo >= grace;
}

asio::awaitable<Result<void>> MemberAccounts::open(Wanted wanted)
{
    storage::AccountBook& book = m_parts.accounts;
    std::string name = wire::nodeIdOf(wanted.key);
    if (const storage::Account* const old = book.find(name)) { // a crash left it
        TARN_CO_TRY_VOID(co_await book.forget(old->id));
    }
    co_return co_await book.add(std::move(name), wanted.key, wanted.choice.limit);
}

asio::awaitable<Result<void>> MemberAccounts::remove(storage::AccountId account, std::string name)
{
    TARN_CO_TRY_VOID(co_await m_parts.accounts.revoke(name));
    TARN_CO_TRY_VOID(co_await m_parts.accounts.forget(account));
    TARN_LOG(Info, Main, "the account of a former member is gone", {"member", name});
    co_return ok();
}

/// \return whether anything changed.
asio::awaitable<Result<bool>> MemberAccounts::bringUpToDate(Wanted wanted)
{
    storage::AccountBook& book = m_parts.accounts;
    const storage::Account* account = book.find(wanted.key);
    if (account == nullptr && !wanted.belongs) co_return false;
    const bool isNew = account == nullptr;
    if (isNew) {
        TARN_CO_TRY_VOID(co_await open(wanted));
        account = book.find(wanted.key);
        if (account == nullptr) co_return Error(ErrorCode::Internal, "no account after adding it");
    }
    const std::string name = account->name;
    if (!wanted.belongs && isOver(*account)) {
        TARN_CO_TRY_VOID(co_await remove(account->id, name));
        co_return true;
    }
    const Switches off = differing(*account, wanted.choice, false);
    const Switches on = differing(*account, wanted.choice, true);
    const bool resize = wanted.belongs && account->quota != wanted.choice.limit;
    if (any(off)) {
        TARN_CO_TRY_VOID(co_await book.turn(name, off, false));
    }
    if (any(on)) {
        TARN_CO_TRY_VOID(co_await book.turn(name, on, true));
    }
    if (resize) {
        TARN_CO_TRY_VOID(co_await book.limit(name, wanted.choice.limit));
    }
    co_return isNew || any(off) || any(on) || resize;
}

asio::awaitable<Result<bool>> MemberAccounts::bringAllUpToDate()
{
    std::vector<Wanted> all = plan();
    bool changed = false;
    for (Wanted& one : all) {
        TARN_CO_TRY(const bool changedOne, co_await bringUpToDate(std::move(one)));
        changed = changed || changedOne;
    }
    co_return changed;
}

asio::awaitable<void> MemberAccounts::keep()
{
    using namespace asio::experimental::awaitable_operators;
    while (true) {
        if (!m_news) {
            asio::awaitable<void> sleeping = m_parts.clock.sleep(kLook);
            asio::awaitable<void> waiting = m_wake.wait();
            co_await (std::move(sleeping) || std::move(waiting));
        }
        m_news = false;
        ++m_begun;
        const Result<bool> changed = co_await bringAllUpToDate();
        m_ended = m_begun;
        m_problem = changed ? std::string() : changed.error().text();
        m_done.notifyAll();
        if (changed && *changed) m_parts.changed();
        if (changed) continue;
        TARN_LOG(Error, Main, "the accounts of members are not as they should be",
                 {"error", m_problem});
        co_await m_parts.clock.sleep(kRetry);
        m_news = true;
    }
}

} // namespace tarn::profiles
