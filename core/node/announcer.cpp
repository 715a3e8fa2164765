#include "core/node/announcer.h"

#include "core/base/log.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>

namespace tarn::node {

Announcer::Announcer(asio::any_io_executor engine, Clock& clock, WorkPool& diskPool,
                     Prepare prepare, AnnouncerSettings settings)
    : m_clock(clock), m_diskPool(diskPool), m_prepare(std::move(prepare)), m_settings(settings),
      m_keeper(engine), m_tellers(engine), m_renew(engine), m_renewed(engine)
{
    m_keeper.spawn(keepRecord());
}

void Announcer::setIntroducers(std::vector<std::unique_ptr<IntroducerClient>> introducers)
{
    m_tellers.cancel();
    m_introducers.clear();
    m_taken.clear();
    for (std::unique_ptr<IntroducerClient>& introducer : introducers)
        m_introducers.push_back(std::move(introducer));
    for (const std::shared_ptr<IntroducerClient>& introducer : m_introducers)
        m_tellers.spawn(tell(introducer));
}

void Announcer::renew()
{
    m_stale = true;
    m_upToDate = false;
    m_renew.notifyAll();
}

std::vector<IntroducerStatus> Announcer::status() const
{
    std::vector<IntroducerStatus> out;
    for (const std::shared_ptr<IntroducerClient>& introducer : m_introducers)
        out.push_back(introducer->status());
    return out;
}

ToldIntroducers Announcer::told() const
{
    ToldIntroducers out;
    out.introducers = m_introducers.size();
    if (!m_upToDate) return out;
    for (const std::shared_ptr<IntroducerClient>& introducer : m_introducers) {
        const auto taken = m_taken.find(introducer.get());
        if (taken != m_taken.end() && taken->second == m_record) ++out.told;
    }
    return out;
}

asio::awaitable<void> Announcer::waitForChange(Duration limit)
{
    using namespace asio::experimental::awaitable_operators;
    asio::awaitable<void> sleeping = m_clock.sleep(limit);
    asio::awaitable<void> waiting = m_renewed.wait();
    co_await (std::move(sleeping) || std::move(waiting));
}

/// Makes a new record whenever the present one is stale or old.
asio::awaitable<void> Announcer::keepRecord()
{
    using namespace asio::experimental::awaitable_operators;
    Duration pause = m_settings.firstRetry;
    while (true) {
        m_stale = false;
        auto job = [make = m_prepare(), atLeast = m_atLeast] { return make(atLeast); };
        Result<gossip::RecordPtr> made = co_await runOn(m_diskPool, std::move(job));
        const bool good = made.has_value();
        if (good) {
            m_record = *std::move(made);
            m_upToDate = !m_stale;
            m_renewed.notifyAll();
        } else {
            TARN_LOG(Error, Gossip, "no announcement can be made", {"error", made.error().text()});
        }
        pause = good ? m_settings.refresh : m_settings.longestRetry;
        if (m_stale) continue;
        asio::awaitable<void> sleeping = m_clock.sleep(pause);
        asio::awaitable<void> waiting = m_renew.wait();
        co_await (std::move(sleeping) || std::move(waiting));
    }
}

asio::awaitable<void> Announcer::tell(std::shared_ptr<IntroducerClient> introducer)
{
    gossip::RecordPtr told;
    unsigned failures = 0;
    while (true) {
        if (m_record == nullptr || m_record == told) {
            co_await m_renewed.wait();
            continue;
        }
        const gossip::RecordPtr record = m_record;
        const Result<gossip::RecordPtr> answer = co_await introducer->announce(record);
        const std::string& place = introducer->status().place;
        if (answer && *answer == nullptr) {
            if (told == nullptr || failures > 0)
                TARN_LOG(Info, Gossip, "announced", {"introducer", place});
            told = record;
            m_taken[introducer.get()] = record;
            failures = 0;
            continue;
        }
        if (!answer && failures == 0)
            TARN_LOG(Warning, Gossip, "cannot announce, trying again", {"introducer", place},
                     {"error", answer.error().text()});
        const Duration pause = std::min<Duration>(
            m_settings.firstRetry * (1U << std::min(failures, 16U)), m_settings.longestRetry);
        ++failures;
        if (answer) { // it knows a later one: this node has lost its last number
            m_atLeast = std::max(m_atLeast, (*answer)->content().sequence + 1);
            co_await m_clock.sleep(pause);
            if (m_record == record) renew();
        }
        co_await waitForChange(pause);
    }
}

asio::awaitable<void> Announcer::stop()
{
    m_keeper.cancel();
    m_tellers.cancel();
    co_await m_keeper.join();
    co_await m_tellers.join();
}

} // namespace tarn::node
