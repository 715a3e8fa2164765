#include "storage-server/account_book.h"

#include "core/base/log.h"
#include "core/codec/base32.h"
#include "core/crypto/sha256.h"
#include "core/wire/gbs_headers.h"

namespace tarn::storage {

namespace {

constexpr std::size_t kSwissnumBytes = 20;
constexpr std::size_t kSaltBytes = 32;

Error noAccount(std::string_view name)
{
    return Error(ErrorCode::NotFound, "there is no account " + std::string(name));
}

/// Holds the lock, which was taken, until it goes.
class TurnGuard
{
public:
    explicit TurnGuard(AsyncLock& lock) : m_lock(lock) {}
    ~TurnGuard() { m_lock.release(LockMode::Exclusive); }
    TurnGuard(const TurnGuard&) = delete;
    TurnGuard& operator=(const TurnGuard&) = delete;

private:
    AsyncLock& m_lock;
};

} // namespace

AccountBook::AccountBook(const Parts& parts)
    : m_parts(parts), m_salt(parts.random.bytes(kSaltBytes))
{
}

Result<std::unique_ptr<AccountBook>> AccountBook::openBlocking(const Parts& parts)
{
    std::unique_ptr<AccountBook> book(new AccountBook(parts));
    TARN_TRY(std::vector<Account> accounts, parts.ledger.accounts());
    for (Account& account : accounts)
        book->put(std::move(account));
    book->index();
    return book;
}

void AccountBook::put(Account account)
{
    const AccountId id = account.id;
    m_parts.ledger.usage().setQuota(id, account.quota);
    Entry& entry = m_accounts[id];
    if (!entry.store) entry.store = m_parts.store.forAccount(id);
    entry.account = std::move(account);
}

// --- at the door ---

AccountBook::Digest AccountBook::digestOf(ByteView authorization) const
{
    Bytes salted = toBytes(m_salt.view());
    append(salted, authorization);
    const Digest digest = crypto::sha256(salted);
    wipe(salted);
    return digest;
}

void AccountBook::index()
{
    m_credentials.clear();
    for (const auto& [id, entry] : m_accounts) {
        if (entry.account.swissnum.empty() || entry.account.revoked) continue;
        const Secret value = wire::authorizationFor(entry.account.swissnum.view());
        m_credentials.emplace(digestOf(value.view()), id);
    }
    if (anonymous()) m_credentials.emplace(digestOf(m_anonymousCredential.view()), kAnonymous);
}

void AccountBook::setAnonymous(const std::optional<Secret>& swissnum)
{
    m_anonymousCredential = swissnum ? wire::authorizationFor(swissnum->view()) : Secret();
    index();
}

std::optional<Caller> AccountBook::admit(ByteView authorization) const
{
    const auto found = m_credentials.find(digestOf(authorization));
    if (found == m_credentials.end()) return std::nullopt;
    const Entry& entry = m_accounts.at(found->second);
    Caller caller;
    caller.store = entry.store.get();
    caller.stage = entry.store.get();
    caller.mayRead = entry.account.mayRead;
    caller.mayWrite = entry.account.mayWrite;
    caller.mayKeep = entry.account.keepShares;
    return caller;
}

// --- questions ---

std::vector<const Account*> AccountBook::all() const
{
    std::vector<const Account*> out;
    for (const auto& [id, entry] : m_accounts)
        out.push_back(&entry.account);
    return out;
}

const Account* AccountBook::find(std::string_view name) const
{
    for (const auto& [id, entry] : m_accounts)
        if (entry.account.name == name) return &entry.account;
    return nullptr;
}

const Account* AccountBook::find(AccountId id) const
{
    const auto at = m_accounts.find(id);
    return at != m_accounts.end() ? &at->second.account : nullptr;
}

const Account* AccountBook::find(const crypto::Ed25519PublicKey& key) const
{
    for (const auto& [id, entry] : m_accounts)
        if (entry.account.key == key && !entry.account.revoked) return &entry.account;
    return nullptr;
}

AccountStore* AccountBook::storeOf(AccountId account) const
{
    const auto at = m_accounts.find(account);
    return at != m_accounts.end() ? at->second.store.get() : nullptr;
}

bool AccountBook::holdsNothing(AccountId account) const
{
    return m_parts.ledger.usage().figures(account).shares == 0;
}

// --- what the operator does ---

Secret AccountBook::newSwissnum()
{
    Bytes bytes = m_parts.random.bytes(kSwissnumBytes);
    std::string text = codec::encodeBase32(bytes);
    Secret out{std::string_view(text)};
    wipe(bytes);
    wipe(std::as_writable_bytes(std::span(text)));
    return out;
}

std::int64_t AccountBook::now() const
{
    return unixSeconds(m_parts.clock.wallNow());
}

asio::awaitable<Result<AccountId>> AccountBook::save(const Account& account)
{
    auto job = [this, &account] { return m_parts.ledger.save(account); };
    co_return co_await runOn(m_parts.diskPool, std::move(job));
}

asio::awaitable<Result<void>> AccountBook::change(std::string name,
                                                  std::function<Result<void>(Account&)> edit)
{
    co_await m_turn.acquire(LockMode::Exclusive);
    const TurnGuard guard(m_turn);
    const Account* const before = find(name);
    if (before == nullptr) co_return noAccount(name);
    if (before->revoked) co_return Error(ErrorCode::Conflict, "the account is revoked");
    Account after = before->clone();
    TARN_CO_TRY_VOID(edit(after));
    TARN_CO_TRY(const AccountId id, co_await save(after));
    static_cast<void>(id);
    put(std::move(after));
    index();
    co_return ok();
}

asio::awaitable<Result<void>> AccountBook::add(std::string name,
                                               std::optional<crypto::Ed25519PublicKey> key,
                                               std::optional<std::uint64_t> quota)
{
    TARN_CO_TRY_VOID(checkAccountName(name));
    co_await m_turn.acquire(LockMode::Exclusive);
    const TurnGuard guard(m_turn);
    Account account;
    account.name = std::move(name);
    account.key = key;
    account.quota = quota;
    account.swissnum = newSwissnum();
    account.created = now();
    TARN_CO_TRY(account.id, co_await save(account));
    put(std::move(account));
    index();
    co_return ok();
}

asio::awaitable<Result<void>> AccountBook::limit(std::string name,
                                                 std::optional<std::uint64_t> quota)
{
    std::function<Result<void>(Account&)> edit = [quota](Account& account) -> Result<void> {
        account.quota = quota;
        return ok();
    };
    return change(std::move(name), std::move(edit));
}

asio::awaitable<Result<void>> AccountBook::turn(std::string name, Switches which, bool on)
{
    std::function<Result<void>(Account&)> edit = [this, which,
                                                  on](Account& account) -> Result<void> {
        if (which.read) account.mayRead = on;
        if (which.write) account.mayWrite = on;
        if (which.keep && account.keepShares != on) {
            account.keepShares = on;
            account.letGo = on ? std::nullopt : std::optional(now());
        }
        return ok();
    };
    return change(std::move(name), std::move(edit));
}

asio::awaitable<Result<void>> AccountBook::rotate(std::string name)
{
    std::function<Result<void>(Account&)> edit = [this](Account& account) -> Result<void> {
        if (account.id == kAnonymous) {
            return Error(ErrorCode::Conflict, "to rotate the shared account, remove "
                                              "private/swissnum and start the server again");
        }
        account.swissnum = newSwissnum();
        return ok();
    };
    return change(std::move(name), std::move(edit));
}

asio::awaitable<Result<void>> AccountBook::revoke(std::string name)
{
    std::function<Result<void>(Account&)> edit = [this](Account& account) -> Result<void> {
        if (account.id == kAnonymous) {
            return Error(ErrorCode::Conflict,
                         "the shared account is turned off by [storage] anonymous = false");
        }
        account.revoked = true;
        account.keepShares = false;
        if (!account.letGo) account.letGo = now();
        return ok();
    };
    return change(std::move(name), std::move(edit));
}

asio::awaitable<Result<void>> AccountBook::forget(AccountId account)
{
    co_await m_turn.acquire(LockMode::Exclusive);
    const TurnGuard guard(m_turn);
    const auto found = m_accounts.find(account);
    if (found == m_accounts.end() || !found->second.account.revoked) co_return ok();
    auto job = [this, account] { return m_parts.ledger.erase(account); };
    TARN_CO_TRY_VOID(co_await runOn(m_parts.diskPool, std::move(job)));
    m_forgotten.push_back(std::move(found->second.store));
    m_accounts.erase(found);
    index();
    co_return ok();
}

} // namespace tarn::storage
