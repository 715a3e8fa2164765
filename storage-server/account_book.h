// account_book: the accounts of a server in memory: which credential is whose, and what the
// operator changes. Engine thread.
#pragma once

#include "core/base/executor.h"
#include "core/base/random.h"
#include "storage-server/async_lock.h"
#include "storage-server/disk_store.h"
#include "storage-server/doorkeeper.h"
#include "storage-server/ledger.h"

#include <unordered_map>

namespace tarn::storage {

class AccountBook final : public Doorkeeper
{
public:
    struct Parts
    {
        Ledger& ledger;
        DiskStore& store;
        WorkPool& diskPool;
        Clock& clock;
        Random& random;
    };
    /// Reads the accounts. All parts outlive the book.
    static Result<std::unique_ptr<AccountBook>> openBlocking(const Parts& parts);

    std::optional<Caller> admit(ByteView authorization) const override;
    /// The text of the swissnum of the shared account; absent: nobody comes in with it.
    void setAnonymous(const std::optional<Secret>& swissnum);
    bool anonymous() const { return !m_anonymousCredential.empty(); }

    /// Oldest first.
    std::vector<const Account*> all() const;
    const Account* find(std::string_view name) const;
    const Account* find(AccountId id) const;
    /// Of a node that is not revoked.
    const Account* find(const crypto::Ed25519PublicKey& key) const;
    /// What this account uses, for who is in the same program; outlives the book's changes. Null:
    /// there is none.
    AccountStore* storeOf(AccountId account) const;
    /// It is charged for no share.
    bool holdsNothing(AccountId account) const;

    // What the operator does. On disk when they return, good for requests that come from now on.
    // NotFound: no such account.  Conflict: name or key in use; revoked; not to be had for
    // `anonymous`.  InvalidInput: no name.

    asio::awaitable<Result<void>> add(std::string name, std::optional<crypto::Ed25519PublicKey> key,
                                      std::optional<std::uint64_t> quota);
    asio::awaitable<Result<void>> limit(std::string name, std::optional<std::uint64_t> quota);
    struct Switches
    {
        bool read = false;
        bool write = false;
        bool keep = false;
    };
    /// Turns the named switches on, or off.
    asio::awaitable<Result<void>> turn(std::string name, Switches which, bool on);
    /// A new credential; the old one is worthless.
    asio::awaitable<Result<void>> rotate(std::string name);
    asio::awaitable<Result<void>> revoke(std::string name);
    /// Forgets a revoked account that holds nothing any more.
    asio::awaitable<Result<void>> forget(AccountId account);

private:
    struct Entry
    {
        Account account;
        std::unique_ptr<AccountStore> store;
    };
    using Digest = Hash256;

    explicit AccountBook(const Parts& parts);
    Digest digestOf(ByteView authorization) const;
    void put(Account account);
    void index();
    Secret newSwissnum();
    std::int64_t now() const;
    asio::awaitable<Result<void>> change(std::string name,
                                         std::function<Result<void>(Account&)> edit);
    asio::awaitable<Result<AccountId>> save(const Account& account);

    Parts m_parts;
    Secret m_salt; ///< of digests: nobody outside can aim at one
    std::map<AccountId, Entry> m_accounts;
    std::unordered_map<Digest, AccountId> m_credentials;
    Secret m_anonymousCredential;
    /// Of accounts that were forgotten: a request may still use one.
    std::vector<std::unique_ptr<AccountStore>> m_forgotten;
    AsyncLock m_turn; ///< one change at a time
};

} // namespace tarn::storage
