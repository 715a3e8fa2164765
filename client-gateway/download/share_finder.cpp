#include "client-gateway/download/share_finder.h"

#include "core/base/executor.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <set>

namespace tarn::gateway {

struct ShareFinder::State
{
    State(const asio::any_io_executor& engine, Clock& clockOfAll, StorageIndex indexOfFile)
        : clock(clockOfAll), index(indexOfFile), changed(engine)
    {
    }

    Clock& clock;
    StorageIndex index;
    std::uint32_t total = 0;
    FinderSettings settings;
    TransferLogPtr log;
    std::vector<ServerPtr> servers; ///< in the order in which they are asked
    std::size_t asked = 0;          ///< of `servers`
    std::size_t running = 0;        ///< queries without an answer
    std::size_t late = 0;           ///< of these, those that have taken long
    std::uint32_t answered = 0;
    std::vector<FoundShare> found;
    std::set<ShareNumber> distinct;
    std::vector<std::string> problems;
    Signal changed;
};

ShareFinder::ShareFinder(const asio::any_io_executor& engine, Clock& clock, StorageIndex index,
                         std::uint32_t total, std::vector<ServerPtr> ordered,
                         FinderSettings settings, TransferLogPtr log)
    : m_state(std::make_shared<State>(engine, clock, index)), m_queries(engine)
{
    m_state->total = total;
    m_state->servers = std::move(ordered);
    m_state->settings = settings;
    m_state->log = std::move(log);
}

ShareFinder::~ShareFinder() = default;

const std::vector<FoundShare>& ShareFinder::found() const
{
    return m_state->found;
}

Signal& ShareFinder::changed()
{
    return m_state->changed;
}

bool ShareFinder::exhausted() const
{
    return m_state->asked == m_state->servers.size() && m_state->running == 0;
}

std::uint32_t ShareFinder::serversAsked() const
{
    return static_cast<std::uint32_t>(m_state->asked);
}

std::uint32_t ShareFinder::serversAnswered() const
{
    return m_state->answered;
}

const std::vector<std::string>& ShareFinder::problems() const
{
    return m_state->problems;
}

asio::awaitable<void> ShareFinder::want(std::size_t distinct, std::size_t copies)
{
    const std::shared_ptr<State> state = m_state;
    while (!exhausted()) {
        const std::size_t missingShares = distinct - std::min(distinct, state->distinct.size());
        const std::size_t missingCopies = copies - std::min(copies, state->found.size());
        const std::size_t missing = std::max(missingShares, missingCopies);
        if (missing == 0) co_return;
        askMore(missing);
        if (state->running > 0) co_await state->changed.wait();
    }
}

/// One query per missing share, late ones not counted, within the limit.
void ShareFinder::askMore(std::size_t missing)
{
    State& state = *m_state;
    const std::size_t atOnce = std::min(missing, state.settings.outstanding);
    while (state.asked < state.servers.size() && state.running - state.late < atOnce) {
        ++state.running;
        m_queries.spawn(query(m_state, state.servers[state.asked++]));
    }
}

namespace {

/// Counts one query as late while it lasts.
class Lateness
{
public:
    explicit Lateness(std::size_t& count) : m_count(count) {}
    ~Lateness()
    {
        if (m_late) --m_count;
    }
    Lateness(const Lateness&) = delete;
    Lateness& operator=(const Lateness&) = delete;
    void set()
    {
        m_late = true;
        ++m_count;
    }

private:
    std::size_t& m_count;
    bool m_late = false;
};

asio::awaitable<void> callLate(Clock& clock, Duration after, Lateness& lateness, Signal& changed)
{
    co_await clock.sleep(after);
    const asio::cancellation_state cancelled = co_await asio::this_coro::cancellation_state;
    if (cancelled.cancelled() != asio::cancellation_type::none) co_return;
    lateness.set();
    changed.notifyAll();
    // Never the first to end: the query is.
    while (true)
        co_await clock.sleep(std::chrono::hours(1));
}

} // namespace

asio::awaitable<void> ShareFinder::query(std::shared_ptr<State> state, ServerPtr server)
{
    using namespace asio::experimental::awaitable_operators;
    Result<std::set<ShareNumber>> answer;
    RequestNote note(state->log, RequestKind::Query, server->id);
    {
        Lateness lateness(state->late);
        auto listing = server->store().listShares(storage_api::ShareKind::Immutable, state->index);
        auto limited = withDeadline<std::set<ShareNumber>>(
            state->clock, state->settings.queryDeadline, "the share query", std::move(listing));
        auto late = callLate(state->clock, state->settings.lateAfter, lateness, state->changed);
        auto winner = co_await (std::move(limited) || std::move(late));
        if (winner.index() == 0) answer = std::get<0>(std::move(winner));
    }
    --state->running;
    if (answer) {
        ++state->answered;
        note.found(std::vector<ShareNumber>(answer->begin(), answer->end()));
        for (const ShareNumber share : *answer) {
            if (share.value >= state->total) continue;
            FoundShare found;
            found.share = share;
            found.server = server;
            state->found.push_back(std::move(found));
            state->distinct.insert(share);
        }
    } else {
        note.failed(answer.error().text());
        state->problems.push_back("server " + server->id + ": " + answer.error().text());
    }
    state->changed.notifyAll();
}

} // namespace tarn::gateway
