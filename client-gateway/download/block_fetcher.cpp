#include "client-gateway/download/block_fetcher.h"

#include "core/base/executor.h"
#include "core/base/log.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>

namespace tarn::gateway {

struct BlockFetcher::Arrival
{
    std::shared_ptr<ShareReader> reader;
    Result<FetchedBlocks> blocks;
};

/// One operation on k distinct shares. Its children share it.
struct BlockFetcher::Race
{
    Race(const asio::any_io_executor& engine, Clock& clockOfAll, std::size_t wantedShares)
        : clock(clockOfAll), begun(clockOfAll.now()), wanted(wantedShares), changed(engine)
    {
    }

    struct Runner
    {
        std::shared_ptr<ShareReader> reader;
        TimePoint since;
        bool slow = false;
    };

    Clock& clock;
    TimePoint begun;
    std::size_t wanted; ///< good ones
    Signal changed;
    std::vector<Runner> runners;
    std::vector<Arrival> arrivals; ///< ended, not looked at yet
    std::vector<Arrival> good;
    std::set<ShareNumber> have;  ///< shares that are not needed (any more)
    Duration slowestGood{};      ///< how long the slowest good one took
    unsigned timesImpatient = 0; ///< how often runners were found slow
    bool looking = false;        ///< the finder is at work
    bool lookedInVain = false;   ///< the finder has nothing more

    std::size_t slowRunners() const
    {
        return static_cast<std::size_t>(std::count_if(
            runners.begin(), runners.end(), [](const Runner& runner) { return runner.slow; }));
    }
};

BlockFetcher::BlockFetcher(const asio::any_io_executor& engine, Clock& clock,
                           FetchSettings settings, std::shared_ptr<FileKnowledge> file,
                           std::vector<ServerPtr> servers)
    : m_engine(engine), m_clock(clock), m_settings(settings), m_file(std::move(file)),
      m_finder(std::make_shared<ShareFinder>(engine, clock, m_file->cap.index, m_file->total(),
                                             std::move(servers), settings.finder, m_file->log))
{
}

BlockFetcher::~BlockFetcher() = default;

const std::vector<std::shared_ptr<ShareReader>>& BlockFetcher::readers() const
{
    return m_readers;
}

namespace {

asio::awaitable<Result<FetchedBlocks>> openOnly(std::shared_ptr<ShareReader> reader)
{
    TARN_CO_TRY_VOID(co_await reader->open());
    FetchedBlocks none;
    none.share = reader->where().share;
    co_return none;
}

asio::awaitable<Result<FetchedBlocks>> openAndFetch(std::shared_ptr<ShareReader> reader,
                                                    pipeline::SegmentSpan segments)
{
    TARN_CO_TRY_VOID(co_await reader->open());
    co_return co_await reader->blocks(segments);
}

bool isUsable(const ShareReader& reader)
{
    return reader.status.state == ShareState::Found || reader.status.state == ShareState::Used ||
           reader.status.state == ShareState::Slow;
}

asio::awaitable<Result<void>> report(ServerPtr server, StorageIndex index, ShareNumber share,
                                     std::string reason, Clock& clock)
{
    auto advising = server->store().adviseCorrupt(storage_api::ShareKind::Immutable, index, share,
                                                  std::move(reason));
    const Result<void> done = co_await withDeadline<void>(clock, std::chrono::seconds(15),
                                                          "corruption report", std::move(advising));
    if (done || done.error().code() == ErrorCode::NotFound) co_return ok();
    co_return done.error().within("server " + server->id);
}

} // namespace

asio::awaitable<Result<void>> BlockFetcher::open()
{
    Operation operation = openOnly;
    std::set<ShareNumber> none;
    const Result<std::vector<Arrival>> opened =
        co_await race(std::move(operation), std::move(none));
    if (!opened) co_return opened.error();
    co_return ok();
}

asio::awaitable<Result<BlockSet>> BlockFetcher::fetch(pipeline::SegmentSpan segments,
                                                      std::set<ShareNumber> have)
{
    Operation operation = [segments](std::shared_ptr<ShareReader> reader) {
        return openAndFetch(std::move(reader), segments);
    };
    TARN_CO_TRY(std::vector<Arrival> good, co_await race(std::move(operation), std::move(have)));
    BlockSet set;
    for (Arrival& one : good) {
        set.shares.push_back(*std::move(one.blocks));
        set.readers.push_back(std::move(one.reader));
    }
    co_return set;
}

asio::awaitable<Result<void>> BlockFetcher::proveSegments(pipeline::SegmentSpan segments)
{
    while (true) {
        for (std::size_t i = 0; i < m_readers.size(); ++i) {
            const std::shared_ptr<ShareReader> reader = m_readers[i];
            if (!isUsable(*reader) || !reader->isOpen()) continue;
            const Result<void> proven = co_await reader->proveSegments(segments);
            if (proven) co_return ok();
            reject(*reader, proven.error());
        }
        // Each round rejects some of a finite number of shares.
        TARN_CO_TRY_VOID(co_await open());
    }
}

void BlockFetcher::reject(ShareReader& reader, const Error& why)
{
    ShareStatus& status = reader.status;
    const bool reported = status.state == ShareState::Corrupt;
    status.reason = why.message();
    switch (why.code()) {
    case ErrorCode::Corrupt:
        status.state = ShareState::Corrupt;
        break;
    case ErrorCode::NotFound:
        status.state = ShareState::Missing;
        break;
    case ErrorCode::Unsupported:
        status.state = ShareState::Incompatible;
        break;
    default:
        status.state = ShareState::Failed;
        break;
    }
    if (status.state != ShareState::Corrupt || reported) return;
    TARN_LOG(Warning, Gateway, "corrupt share", {"server", status.serverId},
             {"share", status.share.value}, {"reason", status.reason});
    spawnLogged(
        m_engine, "corruption report",
        report(reader.where().server, m_file->cap.index, status.share, status.reason, m_clock));
}

asio::awaitable<Result<std::vector<BlockFetcher::Arrival>>>
BlockFetcher::race(Operation operation, std::set<ShareNumber> have)
{
    using namespace asio::experimental::awaitable_operators;
    const std::size_t wanted = m_file->needed() - std::min<std::size_t>(have.size(), //
                                                                        m_file->needed());
    auto state = std::make_shared<Race>(m_engine, m_clock, wanted);
    state->have = std::move(have);
    TaskGroup group(m_engine);
    while (true) {
        collect(*state);
        if (state->good.size() >= wanted) {
            m_usual = state->slowestGood;
            co_return std::move(state->good);
        }
        markSlow(*state);
        bool started = true;
        while (started &&
               state->runners.size() - state->slowRunners() < wanted - state->good.size())
            started = startOne(state, group, operation);
        if (!started && !state->looking && !state->lookedInVain) {
            state->looking = true;
            group.spawn(look(state, m_finder, m_file->needed(), m_readers.size() + 1));
        }
        if (!state->arrivals.empty()) continue;
        if (state->runners.empty() && !state->looking) co_return notEnough();
        asio::awaitable<void> news = state->changed.wait();
        asio::awaitable<void> found = m_finder->changed().wait();
        asio::awaitable<void> impatience = m_clock.sleep(patience(*state));
        co_await (std::move(news) || std::move(found) || std::move(impatience));
    }
}

asio::awaitable<void> BlockFetcher::run(std::shared_ptr<Race> race, Operation operation,
                                        std::shared_ptr<ShareReader> reader)
{
    Arrival arrival;
    arrival.blocks = co_await operation(reader);
    arrival.reader = std::move(reader);
    race->arrivals.push_back(std::move(arrival));
    race->changed.notifyAll();
}

asio::awaitable<void> BlockFetcher::look(std::shared_ptr<Race> race,
                                         std::shared_ptr<ShareFinder> finder, std::size_t distinct,
                                         std::size_t copies)
{
    const std::size_t before = finder->found().size();
    co_await finder->want(distinct, copies);
    race->looking = false;
    race->lookedInVain = finder->exhausted() && finder->found().size() == before;
    race->changed.notifyAll();
}

/// Sorts what has arrived.
void BlockFetcher::collect(Race& race)
{
    adoptFound();
    for (Arrival& arrival : race.arrivals) {
        const auto runner =
            std::find_if(race.runners.begin(), race.runners.end(),
                         [&](const Race::Runner& one) { return one.reader == arrival.reader; });
        const Duration took = m_clock.now() - runner->since;
        race.runners.erase(runner);
        if (!arrival.blocks) {
            reject(*arrival.reader, arrival.blocks.error());
            continue;
        }
        if (isUsable(*arrival.reader)) arrival.reader->status.state = ShareState::Used;
        if (race.good.size() == race.wanted) continue; // some ended at the same time
        if (!race.have.insert(arrival.reader->where().share).second) continue;
        race.slowestGood = std::max(race.slowestGood, took);
        race.good.push_back(std::move(arrival));
    }
    race.arrivals.clear();
}

/// A reader per found share.
void BlockFetcher::adoptFound()
{
    const std::vector<FoundShare>& found = m_finder->found();
    for (std::size_t i = m_readers.size(); i < found.size(); ++i) {
        m_readers.push_back(std::make_shared<ShareReader>(
            m_engine, m_clock, m_settings.readDeadline, m_file, found[i]));
    }
}

/// \return false when there is no share to start.
bool BlockFetcher::startOne(const std::shared_ptr<Race>& race, TaskGroup& group,
                            const Operation& operation)
{
    std::shared_ptr<ShareReader> reader = choose(*race);
    if (!reader) return false;
    Race::Runner runner;
    runner.reader = reader;
    runner.since = m_clock.now();
    race->runners.push_back(std::move(runner));
    group.spawn(run(race, operation, std::move(reader)));
    return true;
}

/// The best share that is neither had nor being fetched: of a server with nothing else to do, not
/// known as slow, open already, found early.
std::shared_ptr<ShareReader> BlockFetcher::choose(const Race& race) const
{
    std::set<const Server*> busy;
    std::set<ShareNumber> taken = race.have;
    std::set<const ShareReader*> running;
    for (const Race::Runner& runner : race.runners) {
        running.insert(runner.reader.get());
        busy.insert(runner.reader->where().server.get());
        if (!runner.slow) taken.insert(runner.reader->where().share);
    }
    for (const Arrival& one : race.good)
        busy.insert(one.reader->where().server.get());
    std::shared_ptr<ShareReader> best;
    unsigned bestPenalty = 0;
    for (const std::shared_ptr<ShareReader>& reader : m_readers) {
        const ShareState state = reader->status.state;
        if (!isUsable(*reader) || running.contains(reader.get())) continue;
        if (taken.contains(reader->where().share)) continue;
        const unsigned penalty = (state == ShareState::Slow ? 4U : 0U) +
                                 (busy.contains(reader->where().server.get()) ? 2U : 0U) +
                                 (reader->isOpen() ? 0U : 1U);
        if (best && penalty >= bestPenalty) continue;
        best = reader;
        bestPenalty = penalty;
    }
    return best;
}

/// Runners that take much longer than the others are worth a second one in their place.
void BlockFetcher::markSlow(Race& race)
{
    const Duration limit = patience(race);
    bool any = false;
    for (Race::Runner& runner : race.runners) {
        if (runner.slow || m_clock.now() - runner.since < limit) continue;
        runner.slow = true;
        runner.reader->status.state = ShareState::Slow;
        any = true;
    }
    if (any) ++race.timesImpatient;
}

/// Twice as long after each time that it ran out: when all are slow, it is the line, and more
/// requests would only share it.
Duration BlockFetcher::patience(const Race& race) const
{
    constexpr unsigned kMostDoublings = 5;
    constexpr Duration kLongest = std::chrono::seconds(20);
    const Duration least = race.good.empty() ? m_settings.firstPatience : m_settings.leastPatience;
    const Duration seen = race.good.empty() ? m_usual : race.slowestGood;
    const Duration first = std::clamp<Duration>(seen * m_settings.patienceFactor, least, kLongest);
    return first * (1U << std::min(race.timesImpatient, kMostDoublings));
}

Error BlockFetcher::notEnough() const
{
    std::string text;
    std::set<ShareNumber> distinct;
    for (const std::shared_ptr<ShareReader>& reader : m_readers) {
        const ShareStatus& status = reader->status;
        if (isUsable(*reader)) distinct.insert(status.share);
        text += "; share " + std::to_string(status.share.value) + " on " + status.serverId + ": " +
                std::string(nameOf(status.state));
        if (!status.reason.empty()) text += " (" + status.reason + ")";
    }
    for (const std::string& problem : m_finder->problems())
        text += "; " + problem;
    const std::string asked = " (" + std::to_string(m_finder->serversAnswered()) + " of " +
                              std::to_string(m_finder->serversAsked()) + " servers answered)";
    if (m_readers.empty()) return Error(ErrorCode::NoShares, "no share found" + asked + text);
    return Error(ErrorCode::NotEnoughShares,
                 "only " + std::to_string(distinct.size()) + " good shares found, " +
                     std::to_string(m_file->needed()) + " needed" + asked + text);
}

} // namespace tarn::gateway
