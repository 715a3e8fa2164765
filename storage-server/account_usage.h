// account_usage: how many bytes each account is charged for, how many are pledged to what is on
// its way in, and whether more may come. A leaf that engine and disk pool share: every call takes
// its own lock.
#pragma once

#include "storage-server/account.h"

#include <map>
#include <mutex>
#include <utility>

namespace tarn::storage {

class AccountUsage;

/// Bytes of an account's quota that something in progress will need; given back when this goes.
class Pledge
{
public:
    Pledge() = default;
    ~Pledge() { release(); }
    Pledge(Pledge&& other) noexcept;
    Pledge& operator=(Pledge&& other) noexcept;
    void release() noexcept;

private:
    friend class AccountUsage;
    Pledge(AccountUsage& usage, AccountId account, std::uint64_t bytes)
        : m_usage(&usage), m_account(account), m_bytes(bytes)
    {
    }
    AccountUsage* m_usage = nullptr;
    AccountId m_account;
    std::uint64_t m_bytes = 0;
};

/// By how much what an account is charged for changes.
struct ChargeDelta
{
    std::int64_t bytes = 0;
    std::int64_t shares = 0;
};
using ChargeDeltas = std::map<AccountId, ChargeDelta>;

class AccountUsage
{
public:
    struct Figures
    {
        std::uint64_t used = 0;    ///< bytes of the shares it holds leases on
        std::uint64_t shares = 0;  ///< how many those are
        std::uint64_t pledged = 0; ///< bytes on their way in
    };

    /// \param quota  bytes; none: as many as there is space for.
    void setQuota(AccountId account, std::optional<std::uint64_t> quota);
    /// What is charged from now on, in place of all that was.
    void reset(const ChargeDeltas& charged);

    /// \return none: the quota does not allow it. Nothing is always allowed.
    std::optional<Pledge> pledge(AccountId account, std::uint64_t bytes);
    /// Charges change, and what was pledged for that is given back, in one step.
    void settle(const ChargeDeltas& deltas, Pledge& pledge);

    Figures figures(AccountId account) const;
    /// What pledge() would still allow at once.
    std::uint64_t available(AccountId account) const;

private:
    friend class Pledge;
    struct Entry
    {
        Figures figures;
        std::optional<std::uint64_t> quota;
    };
    static std::uint64_t availableOf(const Entry& entry);
    void add(AccountId account, const ChargeDelta& delta);
    void giveBack(AccountId account, std::uint64_t bytes) noexcept;

    mutable std::mutex m_mutex;
    std::map<AccountId, Entry> m_entries;
};

} // namespace tarn::storage
