// lease_keeper: goes through all shares again and again, gently, and sees to their leases: those
// that have run out go, and those of accounts that were let go; the ledger is held against the
// shares, and what differed is told. Shares that are gone are forgotten at the end of a round,
// unless so many are gone that it looks as if their disk were away: then the operator is asked.
// Where it was is kept in the ledger. Engine thread.
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
    /// Storage indexes of which the ledger knows leases, and those of them without any share: at
    /// the start, and at the end of the last round.
    std::uint64_t leasedIndexes = 0;
    std::uint64_t absentIndexes = 0;
    bool withheld = false; ///< those are not forgotten before the operator says so
};

class LeaseKeeper
{
public:
    static constexpr Duration kRoundEvery = std::chrono::hours(12);
    /// It rests this many times as long as it works.
    static constexpr int kRest = 9;
    /// So many indexes may lose their shares, and a quarter of all: somebody removed them. More did
    /// not go one by one.
    static constexpr std::uint64_t kFewAbsent = 16;

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
    /// The operator says that shares that are gone will not come back. Within a minute.
    void forgetAbsentSoon() { m_forgetAsked = true; }

private:
    /// What of a ledger there is no share for; by prefix.
    struct Survey;

    LeaseRules rules() const;
    asio::awaitable<Result<std::vector<StorageIndex>>> absentBelow(unsigned prefix, Survey& survey);
    asio::awaitable<Result<Survey>> survey();
    asio::awaitable<Result<void>> forgetAbsent();
    asio::awaitable<Result<void>> forgetBelow(unsigned prefix, std::uint64_t most);
    asio::awaitable<Duration> care(StorageIndex index, bool keepsAbsent);
    asio::awaitable<bool> restAfterRound();
    asio::awaitable<void> readPlace();
    asio::awaitable<void> keepPlace();
    asio::awaitable<bool> carePrefix();
    asio::awaitable<void> endRound();
    asio::awaitable<bool> rest(Duration time);

    Parts m_parts;
    LeaseKeeperConfig m_config;
    LeaseKeeperStatus m_status;
    unsigned m_prefix = 0;
    bool m_forgetAsked = false;
};

} // namespace tarn::storage
