// lease_keeper: goes through all shares again and again, gently, and sees to their leases: those
// that have run out go, and those of accounts that were let go; the ledger is held against the
// shares, and what differed is told. Where it was is kept in the ledger. Engine thread.
#pragma once

#include "storage-server/account_book.h"
#include "storage-server/disk_store.h"
#include "storage-server/lease_care.h"

namespace tarn::storage {

struct LeaseKeeperConfig
{
    LeasePolicy policy;
    Duration grace = std::chrono::hours(7 * 24); ///< of an account that was let go
    friend bool operator==(const LeaseKeeperConfig&, const LeaseKeeperConfig&) = default;
};

/// What the last whole round found, and the present one so far.
struct LeaseKeeperStatus
{
    std::uint64_t rounds = 0; ///< ended since the start
    LeaseFindings last;
    LeaseFindings present;
    LeaseFindings all; ///< since the start
};

class LeaseKeeper
{
public:
    static constexpr Duration kRoundEvery = std::chrono::hours(12);
    /// It rests this many times as long as it works.
    static constexpr int kRest = 9;

    struct Parts
    {
        DiskStore& store;
        AccountBook& accounts;
        Ledger& ledger;
        WorkPool& diskPool;
        Clock& clock;
    };
    /// All parts outlive it.
    LeaseKeeper(const Parts& parts, LeaseKeeperConfig config) : m_parts(parts), m_config(config) {}

    /// Goes on where the last process stopped. Ends when cancelled. Spawn once.
    asio::awaitable<Result<void>> run();
    void reconfigure(const LeaseKeeperConfig& config) { m_config = config; }
    const LeaseKeeperStatus& status() const { return m_status; }

private:
    LeaseRules rules() const;
    asio::awaitable<void> readPlace();
    asio::awaitable<void> keepPlace();
    asio::awaitable<bool> carePrefix();
    asio::awaitable<void> endRound();
    asio::awaitable<bool> rest(Duration time);

    Parts m_parts;
    LeaseKeeperConfig m_config;
    LeaseKeeperStatus m_status;
    unsigned m_prefix = 0;
};

} // namespace tarn::storage
