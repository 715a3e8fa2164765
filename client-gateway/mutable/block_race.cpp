#include "client-gateway/mutable/block_race.h"

#include "client-gateway/async/signal.h"
#include "client-gateway/async/task_group.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>

namespace tarn::gateway {

namespace {

constexpr Duration kFirstPatience = std::chrono::seconds(2); ///< no share has come yet
constexpr Duration kLeastPatience = std::chrono::milliseconds(300);
constexpr Duration kLongestPatience = std::chrono::seconds(20);
constexpr unsigned kPatienceFactor = 3; ///< times what the quicker shares took
constexpr unsigned kMostDoublings = 5;

struct Runner
{
    CopyPtr copy;
    TimePoint since;
    bool slow = false;
};

struct Arrival
{
    CopyPtr copy;
    Result<Bytes> stored;
};

/// Its children share it.
struct Race
{
    Race(std::shared_ptr<const VersionFacts> ofVersion, std::vector<StoredRun> had,
         pipeline::MutableSpan segments, Duration usualTime)
        : version(std::move(ofVersion)), good(std::move(had)), span(segments), usual(usualTime),
          changed(version->parts.engine)
    {
    }

    void collect();
    void markSlow();
    CopyPtr choose(const std::vector<CopyPtr>& copies) const;
    Duration patience() const;
    bool wantsRunner() const;
    bool done() const { return good.size() >= version->shape.needed(); }

    std::shared_ptr<const VersionFacts> version;
    std::vector<StoredRun> good;
    pipeline::MutableSpan span;
    Duration usual;
    Signal changed;
    std::vector<Runner> runners;
    std::vector<Arrival> arrivals; ///< ended, not looked at yet
    Duration slowestGood{};
    unsigned timesImpatient = 0;
};

asio::awaitable<void> run(std::shared_ptr<Race> race, CopyPtr copy)
{
    Arrival arrival;
    arrival.stored = co_await copy->stored(race->span);
    arrival.copy = std::move(copy);
    race->arrivals.push_back(std::move(arrival));
    race->changed.notifyAll();
}

void Race::collect()
{
    for (Arrival& arrival : arrivals) {
        const auto runner = std::find_if(runners.begin(), runners.end(), [&](const Runner& one) {
            return one.copy == arrival.copy;
        });
        const Duration took = version->parts.clock.now() - runner->since;
        runners.erase(runner);
        if (!arrival.stored) {
            arrival.copy->reject(arrival.stored.error());
            continue;
        }
        const ShareNumber share = arrival.copy->share();
        const bool had = std::any_of(good.begin(), good.end(), [share](const StoredRun& one) {
            return one.copy->share() == share;
        });
        if (had || done()) continue;
        slowestGood = std::max(slowestGood, took);
        good.push_back({std::move(arrival.copy), *std::move(arrival.stored)});
    }
    arrivals.clear();
}

/// Twice as long after each time that it ran out: when all are slow, it is the line, and more
/// requests would only share it.
Duration Race::patience() const
{
    const bool none = slowestGood == Duration(0);
    const Duration first =
        std::clamp<Duration>((none ? usual : slowestGood) * kPatienceFactor,
                             none ? kFirstPatience : kLeastPatience, kLongestPatience);
    return first * (1U << std::min(timesImpatient, kMostDoublings));
}

void Race::markSlow()
{
    const Duration limit = patience();
    bool any = false;
    for (Runner& runner : runners) {
        if (runner.slow || version->parts.clock.now() - runner.since < limit) continue;
        runner.slow = true;
        runner.copy->markSlow();
        any = true;
    }
    if (any) ++timesImpatient;
}

bool Race::wantsRunner() const
{
    const auto quick =
        std::count_if(runners.begin(), runners.end(), [](const Runner& one) { return !one.slow; });
    return good.size() + static_cast<std::size_t>(quick) < version->shape.needed();
}

/// The first copy of a share that is neither had nor on its way; slow ones last.
CopyPtr Race::choose(const std::vector<CopyPtr>& copies) const
{
    std::set<ShareNumber> taken;
    for (const StoredRun& one : good)
        taken.insert(one.copy->share());
    for (const Runner& runner : runners)
        if (!runner.slow) taken.insert(runner.copy->share());
    CopyPtr best;
    for (const CopyPtr& copy : copies) {
        const bool running = std::any_of(runners.begin(), runners.end(),
                                         [&](const Runner& one) { return one.copy == copy; });
        if (!copy->usable() || running || taken.contains(copy->share())) continue;
        if (!copy->slow()) return copy;
        if (!best) best = copy;
    }
    return best;
}

} // namespace

asio::awaitable<Result<std::vector<StoredRun>>>
raceBlocks(std::shared_ptr<const VersionFacts> version, std::vector<CopyPtr> copies,
           pipeline::MutableSpan span, std::vector<StoredRun> have, Duration& usual)
{
    using namespace asio::experimental::awaitable_operators;
    auto race = std::make_shared<Race>(version, std::move(have), span, usual);
    TaskGroup group(version->parts.engine);
    for (;;) {
        race->collect();
        if (race->done()) {
            usual = race->slowestGood;
            co_return std::move(race->good);
        }
        race->markSlow();
        while (race->wantsRunner()) {
            CopyPtr copy = race->choose(copies);
            if (!copy) break;
            race->runners.push_back({copy, version->parts.clock.now(), false});
            group.spawn(run(race, std::move(copy)));
        }
        if (!race->arrivals.empty()) continue;
        if (race->runners.empty()) co_return Error(ErrorCode::NotEnoughShares, "no copies left");
        asio::awaitable<void> news = race->changed.wait();
        asio::awaitable<void> impatience = version->parts.clock.sleep(race->patience());
        co_await (std::move(news) || std::move(impatience));
    }
}

} // namespace tarn::gateway
