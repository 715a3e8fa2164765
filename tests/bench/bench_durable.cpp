// Durable shares of 10 kB per second (wall): what each way of committing them allows, and what the
// store does with many uploads at once: without accounts, and each charged to an account with a
// limit, under a lease of its own. `bench_durable [FOLDER [NAME]]`: on that folder's disk; only
// what has NAME in its name, for a profile.
#include "core/base/clock.h"
#include "core/base/executor.h"
#include "core/base/random.h"
#include "storage-server/disk_store.h"
#include "storage-server/ledger.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <thread>

using namespace tarn;
using namespace tarn::storage;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kShareSize = 10'000;
constexpr std::size_t kShares = 4096;
constexpr std::size_t kSlowShares = 512; ///< for the policies that sync each by itself
constexpr std::size_t kGroup = 256;
constexpr unsigned kThreads = 16;
constexpr int kRounds = 3;
constexpr AccountId kAccount{2};

const Bytes kShare(kShareSize, std::byte{0x5a});

double wallSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

std::string stagedName(std::size_t number)
{
    return "new" + std::to_string(number);
}

std::string finalName(std::size_t number)
{
    return "share" + std::to_string(number);
}

bool writeOne(FileLayer& layer, std::size_t number, bool sync)
{
    const Result<File> file = File::open(layer, stagedName(number), OpenMode::Create);
    if (!file || !file->writeAt(0, kShare)) return false;
    return !sync || file->sync();
}

bool renameOne(FileLayer& layer, std::size_t number)
{
    return bool(layer.rename(stagedName(number), finalName(number), RenameMode::NoReplace));
}

/// As Tahoe-LAFS has it: every storage index has a directory of its own, in one of 1,024.
bool renameIntoBucket(FileLayer& layer, std::size_t number)
{
    const std::string prefix = "prefix" + std::to_string(number % 1024);
    const std::string bucket = prefix + "/index" + std::to_string(number);
    if (number < 1024 && !layer.makeDirectory(prefix)) return false;
    if (!layer.makeDirectory(bucket)) return false;
    return bool(layer.rename(stagedName(number), bucket + "/0", RenameMode::NoReplace));
}

bool withoutSync(FileLayer& layer, std::size_t begin, std::size_t end)
{
    for (std::size_t i = begin; i < end; ++i)
        if (!writeOne(layer, i, false) || !renameOne(layer, i)) return false;
    return true;
}

bool eachSynced(FileLayer& layer, std::size_t begin, std::size_t end)
{
    for (std::size_t i = begin; i < end; ++i)
        if (!writeOne(layer, i, true) || !renameOne(layer, i) || !layer.syncDirectory(""))
            return false;
    return true;
}

bool eachSyncedInThreads(FileLayer& layer, std::size_t begin, std::size_t end)
{
    std::vector<std::thread> threads;
    std::atomic<bool> good = true;
    const std::size_t part = (end - begin) / kThreads;
    for (unsigned i = 0; i < kThreads; ++i)
        threads.emplace_back([&layer, &good, from = begin + i * part, part] {
            if (!eachSynced(layer, from, from + part)) good = false;
        });
    for (std::thread& thread : threads)
        thread.join();
    return good;
}

template <bool (*kRename)(FileLayer&, std::size_t)>
bool inGroups(FileLayer& layer, std::size_t begin, std::size_t end)
{
    for (std::size_t first = begin; first < end; first += kGroup) {
        const std::size_t last = std::min(first + kGroup, end);
        for (std::size_t i = first; i < last; ++i)
            if (!writeOne(layer, i, false)) return false;
        if (!layer.syncAll()) return false;
        for (std::size_t i = first; i < last; ++i)
            if (!kRename(layer, i)) return false;
        if (!layer.syncAll()) return false;
    }
    return true;
}

/// One client of the store that uploads one share after the other.
asio::awaitable<void> client(storage_api::ShareStore& store, Random& random, std::size_t& left,
                             bool& good)
{
    while (left > 0 && good) {
        --left;
        const StorageIndex index = StorageIndex::prefixOf(random.bytes(16));
        const ByteView secret = asBytes("an upload secret 001");
        std::set<ShareNumber> asked{ShareNumber{0}};
        storage_api::LeaseSecrets lease;
        lease.renew = LeaseSecret::prefixOf(random.bytes(LeaseSecret::kSize));
        auto allocating = store.allocate(index, std::move(asked), kShareSize, lease, secret);
        const auto allocated = co_await std::move(allocating);
        auto writing = store.writeShare(index, ShareNumber{0}, secret, 0, kShare);
        const auto written = co_await std::move(writing);
        good = good && allocated && written && written->required.empty();
    }
}

bool throughStore(const fs::path& folder, std::size_t shares, bool accounts)
{
    asio::io_context engine;
    const auto pool = makeThreadPool(4, "disk");
    SystemClock clock;
    SystemRandom random;
    const auto layer = makePosixFileLayer(folder.string());
    StoreConfig config;
    config.directory = folder.string();
    std::unique_ptr<Ledger> ledger;
    if (accounts) {
        auto opened = Ledger::openBlocking((folder / "accounts.sqlite").string());
        if (!opened) return false;
        ledger = *std::move(opened);
    }
    const auto store = DiskStore::openBlocking(config, *layer, *pool, clock, random, ledger.get());
    if (!store) return false;
    if (ledger) ledger->usage().setQuota(kAccount, shares * 2 * kShareSize);
    const auto view = (*store)->forAccount(ledger ? kAccount : kAnonymous);
    bool good = true;
    std::size_t left = shares;
    for (std::size_t i = 0; i < kGroup; ++i)
        asio::co_spawn(engine, client(*view, random, left, good), asio::detached);
    engine.run();
    if (!ledger) return good;
    return good && ledger->usage().figures(kAccount).shares == shares;
}

struct Policy
{
    const char* name;
    std::size_t shares;
    std::function<bool(const fs::path& folder, std::size_t shares)> run;
};

Policy plain(const char* name, std::size_t shares,
             bool (*run)(FileLayer& layer, std::size_t begin, std::size_t end))
{
    return {name, shares, [run](const fs::path& folder, std::size_t count) {
                const auto layer = makePosixFileLayer(folder.string());
                return layer->attach() && run(*layer, 0, count);
            }};
}

} // namespace

int main(int argc, char** argv)
{
    const fs::path above = argc > 1 ? argv[1] : ".";
    const std::string only = argc > 2 ? argv[2] : "";
    std::vector<Policy> policies{
        plain("durable shares: no sync (not durable)", kShares, withoutSync),
        plain("durable shares: fsync each, 1 thread", kSlowShares, eachSynced),
        plain("durable shares: fsync each, 16 threads", 2 * kSlowShares, eachSyncedInThreads),
        plain("durable shares: best grouped policy", kShares, inGroups<renameOne>),
        plain("durable shares: best grouped policy, in buckets", kShares,
              inGroups<renameIntoBucket>),
        {"durable shares of 10 kB: the store, no accounts", kShares,
         [](const fs::path& folder, std::size_t count) {
             return throughStore(folder, count, false);
         }},
        {"durable shares of 10 kB: the store", kShares,
         [](const fs::path& folder, std::size_t count) {
             return throughStore(folder, count, true);
         }},
    };
    std::erase_if(policies, [&only](const Policy& policy) {
        return std::string_view(policy.name).find(only) == std::string_view::npos;
    });
    // Removed at the end, all at once: an ext4 without a journal searches a minute long among the
    // inodes of removed files before it makes a new one, so each policy would pay for the last.
    const fs::path whole = above / "bench-durable";
    fs::remove_all(whole);
    const std::shared_ptr<void> cleaning(nullptr, [&whole](void*) { fs::remove_all(whole); });
    std::map<std::string, double> best;
    for (int round = 0; round < kRounds; ++round) {
        for (std::size_t i = 0; i < policies.size(); ++i) {
            const Policy& policy = policies[i];
            const fs::path folder = whole / std::to_string(round) / std::to_string(i);
            fs::create_directories(folder);
            const double begin = wallSeconds();
            const bool good = policy.run(folder, policy.shares);
            const double seconds = wallSeconds() - begin;
            if (!good) return 1;
            double& rate = best[policy.name];
            rate = std::max(rate, static_cast<double>(policy.shares) / seconds);
        }
    }
    for (const Policy& policy : policies)
        std::printf("{\"name\": \"%s\", \"per_s\": %.0f}\n", policy.name, best[policy.name]);
    return 0;
}
