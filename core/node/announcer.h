// announcer: tells the configured introducers what this node says of itself: at the start, on
// change, and every 12 hours. One that does not answer is tried again, ever more seldom; nothing
// else waits for it.
#pragma once

#include "core/base/signal.h"
#include "core/base/task_group.h"
#include "core/node/introducer_client.h"

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace tarn::node {

struct AnnouncerSettings
{
    Duration refresh = std::chrono::hours(12);
    Duration firstRetry = std::chrono::seconds(5); ///< doubled after each failure
    Duration longestRetry = std::chrono::minutes(10);
};

/// Introducers that are to be told, and those that have taken what is announced now.
struct ToldIntroducers
{
    std::size_t introducers = 0;
    std::size_t told = 0;
};

/// Engine thread.
class Announcer
{
public:
    /// A new record with a sequence number of at least that. Blocks, runs on a pool.
    using MakeRecord = std::function<Result<gossip::RecordPtr>(std::uint64_t atLeast)>;
    /// What to announce now: called on the engine, so that the job it returns shares nothing.
    using Prepare = std::function<MakeRecord()>;

    /// `clock` and `diskPool` outlive the announcer.
    Announcer(asio::any_io_executor engine, Clock& clock, WorkPool& diskPool, Prepare prepare,
              AnnouncerSettings settings = {});

    /// Takes the place of all introducers before.
    void setIntroducers(std::vector<std::unique_ptr<IntroducerClient>> introducers);
    /// What is announced has changed.
    void renew();
    std::vector<IntroducerStatus> status() const;
    ToldIntroducers told() const;

    /// Ends everything; the pool of the introducers may go then.
    asio::awaitable<void> stop();

private:
    asio::awaitable<void> keepRecord();
    asio::awaitable<void> tell(std::shared_ptr<IntroducerClient> introducer);
    asio::awaitable<void> waitForChange(Duration limit);

    Clock& m_clock;
    WorkPool& m_diskPool;
    Prepare m_prepare;
    AnnouncerSettings m_settings;
    TaskGroup m_keeper;
    TaskGroup m_tellers;
    Signal m_renew;
    Signal m_renewed;
    bool m_stale = true;
    bool m_upToDate = false; ///< the record says what is announced now
    std::uint64_t m_atLeast = 0;
    gossip::RecordPtr m_record;
    std::vector<std::shared_ptr<IntroducerClient>> m_introducers;
    std::map<const IntroducerClient*, gossip::RecordPtr> m_taken; ///< of each the last one
};

} // namespace tarn::node
