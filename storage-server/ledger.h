// ledger: which account holds which lease on which share, in a database beside the shares, and so
// what every account is charged: once for each share on which it holds a lease.
//
// A change of share files goes in three steps: begin() puts rows on disk that say "look at the
// share", the share becomes durable, finish() says what came of it. finish() waits for no disk: its
// rows leave with the next commit, and a start that finds the older ones looks at the shares
// (ledger_check.h). Blocking, any thread; the engine uses usage() only.
#pragma once

#include "core/share/lease.h"
#include "storage-server/account_usage.h"
#include "storage-server/sql_database.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tarn::storage {

struct ShareName
{
    StorageIndex index;
    ShareNumber share;
    friend auto operator<=>(const ShareName&, const ShareName&) = default;
};

/// A lease by its renew secret, hashed whatever the container does.
using LeaseKey = FixedBytes<struct LeaseKeyTag, 32>;
LeaseKey leaseKeyOf(const LeaseSecret& renew);
LeaseKey leaseKeyOf(const share::Lease& lease, share::LeaseForm form);

struct Holding
{
    ShareName share;
    LeaseKey lease;
    AccountId account;
    std::uint64_t charge = 0; ///< bytes: of its file with one lease
};

/// What a change of share files means for the accounts.
struct LedgerChange
{
    std::vector<Holding> held;    ///< leases that there will be
    std::vector<ShareName> gone;  ///< shares that will not be, nor any lease on them
    std::vector<Holding> dropped; ///< leases that will not be
    Pledge pledge;                ///< for what the charges grow by

    bool empty() const { return held.empty() && gone.empty() && dropped.empty(); }
};

/// A share that an account is about to hold a lease on.
struct ShareCharge
{
    ShareNumber share;
    std::uint64_t charge = 0;
};

struct LedgerRow : Holding
{
    bool pending = false; ///< begun and not finished: look at the share
    bool fresh = false;   ///< pending, and counts for nobody yet
};

/// When what Ledger::begin() committed is on disk.
enum class LedgerSync {
    Now,        ///< when it returns
    WithVolume, ///< when the file system that has the ledger was synced: tell volumeSynced()
};

class Ledger
{
public:
    static Result<std::unique_ptr<Ledger>> openBlocking(const std::string& path);
    /// Without flush() what finish() left is lost: the next start looks at the shares.
    ~Ledger();
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    AccountUsage& usage() { return m_usage; }

    /// What it takes that `account` holds `lease` on these shares of `index`; empty when all is so
    /// already. \return NoSpace: the quota does not allow it.
    Result<LedgerChange> plan(AccountId account, const LeaseKey& lease, const StorageIndex& index,
                              std::span<const ShareCharge> shares);

    /// Before the shares change, together.
    Result<void> begin(std::span<LedgerChange* const> changes, LedgerSync sync = LedgerSync::Now);
    Result<void> begin(LedgerChange& change);
    /// The shares have changed, durably. A failure is told by the next begin().
    void finish(LedgerChange& change);
    /// They have not, and are as before.
    void cancel(LedgerChange& change);
    /// The file system that has this ledger was synced, or could not be: then nobody knows what of
    /// the ledger is on disk, and nothing goes until reopen().
    void volumeSynced(const Result<void>& outcome);
    /// Whether there are commits that no sync has covered.
    bool unsynced() const;
    const std::string& path() const { return m_path; }
    /// Puts on disk what finish() left.
    Result<void> flush();
    /// Closes the file, opens it again and sees whether it can be written; no change may be under
    /// way. Charges are added up anew.
    Result<void> reopen();
    /// IoFailure after a failure, a full disk too: nothing goes until reopen().
    Result<void> state() const;

    Result<std::vector<LedgerRow>> rowsOf(const StorageIndex& index);
    /// Of all storage indexes from `first` to `last`, both included, in order of shares.
    Result<std::vector<LedgerRow>> rowsBetween(const StorageIndex& first, const StorageIndex& last);
    /// Rows that begin() left without an end. \return at most `most`.
    Result<std::vector<LedgerRow>> pending(std::size_t most);
    /// Rows of an account, behind `after` (none: from the first). \return at most `most`.
    Result<std::vector<LedgerRow>> heldBy(AccountId account, const std::optional<ShareName>& after,
                                          std::size_t most);

    /// A text kept under a name; empty where there is none.
    Result<std::string> note(std::string_view name);
    Result<void> setNote(std::string_view name, std::string_view text);

    Result<std::vector<Account>> accounts();
    /// Adds it, where its id is 0, or changes it; durable. \return its id.
    /// Conflict: name, key or credential belong to another one.
    Result<AccountId> save(const Account& account);
    Result<void> erase(AccountId account);

private:
    struct Statements;

    explicit Ledger(std::string path);
    Result<void> open();
    Result<void> usable() const;
    Error broken(Error why);
    Result<void> tryWriting();
    Result<void> startTransaction();
    Result<void> commit(LedgerSync sync = LedgerSync::Now);
    Result<void> addUp();
    Result<std::vector<LedgerRow>> rowsOfShare(const ShareName& share);
    Result<void> mark(const LedgerChange& change);
    Result<void> conclude(const LedgerChange& change, ChargeDeltas& deltas);
    Result<void> takeBack(const LedgerChange& change);
    Result<void> inTransaction(const std::function<Result<void>()>& work,
                               LedgerSync sync = LedgerSync::Now);

    std::string m_path;
    AccountUsage m_usage;
    mutable std::mutex m_mutex; ///< over all below
    std::optional<SqlDatabase> m_database;
    std::unique_ptr<Statements> m_statements;
    bool m_inTransaction = false;
    bool m_unsynced = false;
    Result<void> m_state = ok(); ///< why nothing goes until reopen()
};

} // namespace tarn::storage
