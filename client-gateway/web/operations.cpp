#include "client-gateway/web/operations.h"

#include "client-gateway/async/task_group.h"

#include <algorithm>
#include <map>

namespace tarn::gateway::web {

namespace {

constexpr Duration kDay = std::chrono::hours(24);
constexpr Duration kUncollected = 4 * kDay;
constexpr Duration kCollected = kDay;
/// How often handles that nobody asks for are looked through.
constexpr Duration kSweep = std::chrono::minutes(1);

} // namespace

struct Operations::State
{
    struct Entry
    {
        std::shared_ptr<OperationRecord> record;
        std::unique_ptr<TaskGroup> task;
        TimePoint started;
        std::optional<TimePoint> expires;
    };

    State(Clock& theClock, std::uint64_t resultBytes)
        : clock(theClock), budget(std::make_shared<ResultBudget>())
    {
        budget->limit = resultBytes;
    }

    void dropExpired()
    {
        const TimePoint now = clock.now();
        std::erase_if(entries, [now](const auto& one) {
            return one.second.expires && *one.second.expires <= now;
        });
    }

    /// The record's operation has ended. A handle may have another record by now.
    void settle(const OperationRecord& record)
    {
        for (auto& [handle, entry] : entries) {
            if (entry.record.get() != &record || entry.expires) continue;
            const TimePoint now = clock.now();
            entry.expires = now + std::max(kUncollected, now - entry.started);
        }
    }

    Clock& clock;
    std::shared_ptr<ResultBudget> budget;
    std::map<std::string, Entry> entries;
    std::unique_ptr<TaskGroup> sweeper;
    bool closed = false;
};

namespace {

/// However the traversal ends, the record says so.
template <class State>
class Ending
{
public:
    Ending(std::shared_ptr<State> state, std::shared_ptr<OperationRecord> record)
        : m_state(std::move(state)), m_record(std::move(record))
    {
    }
    ~Ending()
    {
        if (!m_record->finished)
            m_record->failure = Error(ErrorCode::Cancelled, "the operation was ended");
        m_record->finished = true;
        m_state->settle(*m_record);
    }
    Ending(const Ending&) = delete;
    Ending& operator=(const Ending&) = delete;

private:
    std::shared_ptr<State> m_state;
    std::shared_ptr<OperationRecord> m_record;
};

template <class State>
asio::awaitable<void> run(std::shared_ptr<State> state, std::shared_ptr<OperationRecord> record,
                          TraversalParts parts, std::string root, TraversalOptions options)
{
    const Ending<State> ending(state, record);
    const Result<void> walked = co_await traverse(parts, std::move(root), options, *record);
    if (!walked) record->failure = walked.error();
    record->finished = true;
}

template <class State>
asio::awaitable<void> sweep(std::shared_ptr<State> state)
{
    while (!state->closed && !state->entries.empty()) {
        co_await state->clock.sleep(kSweep);
        state->dropExpired();
    }
}

} // namespace

Operations::Operations(Clock& clock, std::uint64_t resultBytes)
    : m_state(std::make_shared<State>(clock, resultBytes))
{
}

Operations::~Operations()
{
    m_state->closed = true;
    m_state->sweeper.reset();
    m_state->entries.clear();
}

Result<void> Operations::start(const asio::any_io_executor& engine, TraversalParts parts,
                               OperationStart what)
{
    m_state->dropExpired();
    m_state->entries.erase(what.handle);
    if (m_state->entries.size() >= kMaxOperations) {
        return Error(ErrorCode::NoSpace,
                     "there are " + std::to_string(kMaxOperations) +
                         " operations, more are not kept: cancel one, ask for a finished one with "
                         "release-after-complete=true, or use t=stream-manifest or "
                         "t=stream-deep-check");
    }
    State::Entry entry;
    entry.record = std::make_shared<OperationRecord>(what.what, what.options.check, what.origin,
                                                     m_state->budget);
    entry.task = std::make_unique<TaskGroup>(engine);
    entry.started = m_state->clock.now();
    if (what.retainFor) entry.expires = entry.started + *what.retainFor;
    TaskGroup& task = *entry.task;
    const std::shared_ptr<OperationRecord> record = entry.record;
    // First into the table, since a short operation ends within spawn().
    m_state->entries.insert_or_assign(what.handle, std::move(entry));
    task.spawn(run(m_state, record, parts, std::move(what.root), what.options));
    if (!m_state->sweeper) m_state->sweeper = std::make_unique<TaskGroup>(engine);
    if (m_state->sweeper->running() == 0) m_state->sweeper->spawn(sweep(m_state));
    return ok();
}

std::shared_ptr<const OperationRecord> Operations::look(const std::string& handle, Look how)
{
    m_state->dropExpired();
    const auto found = m_state->entries.find(handle);
    if (found == m_state->entries.end()) return nullptr;
    State::Entry& entry = found->second;
    std::shared_ptr<const OperationRecord> record = entry.record;
    const bool finished = record->finished;
    const TimePoint now = m_state->clock.now();
    if (how.retainFor) {
        entry.expires = now + *how.retainFor;
    } else if (finished) {
        entry.expires = now + kCollected;
    }
    if (how.cancel || (finished && how.releaseAfterComplete)) m_state->entries.erase(found);
    return record;
}

asio::awaitable<void> Operations::stop()
{
    m_state->closed = true;
    std::map<std::string, State::Entry> entries;
    entries.swap(m_state->entries);
    for (auto& [handle, entry] : entries)
        entry.task->cancel();
    if (m_state->sweeper) m_state->sweeper->cancel();
    for (auto& [handle, entry] : entries)
        co_await entry.task->join();
    if (m_state->sweeper) co_await m_state->sweeper->join();
}

} // namespace tarn::gateway::web
