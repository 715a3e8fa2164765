#include "client-gateway/introduced_servers.h"

#include "core/base/log.h"
#include "core/codec/base32.h"
#include "core/net/peer_proof.h"
#include "core/node/record_file.h"
#include "core/wire/node_id.h"

#include <set>
#include <utility>

namespace tarn::gateway {

namespace {

constexpr Duration kWait = std::chrono::seconds(40);
constexpr Duration kFirstRetry = std::chrono::seconds(2);
constexpr Duration kLongestRetry = std::chrono::minutes(5);
constexpr Duration kLeastPause = std::chrono::seconds(1);
constexpr unsigned kPagesInARow = 16; ///< of what an introducer has, without a pause
constexpr Duration kClockJump = std::chrono::minutes(1);
constexpr std::size_t kIdBytes = 10;

gossip::RecordSet emptySet()
{
    return gossip::RecordSet(gossip::standardKinds(), gossip::RecordLimits(),
                             gossip::serversOnly({}));
}

/// Of the wall clock against the one that never jumps.
Duration offsetOf(const Clock& clock)
{
    return clock.wallNow().time_since_epoch() - clock.now().time_since_epoch();
}

Result<ServerEntry> entryOf(const wire::Announcement& announcement)
{
    ServerEntry out;
    out.id = announcement.serverId;
    out.nickname = announcement.nickname;
    TARN_TRY(out.tubId, wire::tubIdOf(announcement.furl));
    TARN_TRY(out.permutationSeed, wire::permutationSeedOf(announcement));
    out.nurls = announcement.nurls;
    out.certificates = announcement.certificates;
    return out;
}

} // namespace

IntroducedServers::IntroducedServers(IntroducedParts parts, net::ConnectionPool& pool,
                                     std::string cacheFile, std::function<void()> onChange)
    : m_parts(std::move(parts)), m_pool(pool), m_cacheFile(std::move(cacheFile)),
      m_onChange(std::move(onChange)), m_records(emptySet()), m_changed(m_parts.engine),
      m_followers(m_parts.engine), m_tasks(m_parts.engine)
{
    m_tasks.spawn(keep());
}

IntroducedServers::~IntroducedServers() = default;

/// Whatever the time is: what has expired since may still be all that anybody knows.
Result<void> IntroducedServers::loadBlocking()
{
    TARN_TRY(const gossip::RecordArchive archive, node::readRecordsBlocking(m_cacheFile));
    for (const gossip::RecordPtr& record : archive.records)
        m_records.accept(record, WallTime(std::chrono::seconds(record->content().issued)));
    return ok();
}

void IntroducedServers::setIntroducers(const std::vector<wire::IntroducerUrl>& urls)
{
    if (urls == m_urls) return;
    m_urls = urls;
    m_followers.cancel();
    m_introducers.clear();
    for (const wire::IntroducerUrl& url : urls) {
        m_introducers.push_back(
            std::make_shared<node::IntroducerClient>(m_pool, m_parts.cpuPool, m_parts.clock, url,
                                                     std::string("tarn-gateway/") + TARN_VERSION));
        m_followers.spawn(follow(m_introducers.back()));
    }
    m_onChange();
}

/// \return whether anything has changed.
bool IntroducedServers::learn(const gossip::RecordArchive& answer)
{
    bool changed = false;
    for (const gossip::RecordPtr& record : answer.records)
        changed = m_records.accept(record, m_parts.clock.wallNow()).changed() || changed;
    if (!answer.more) changed = !m_records.expire(m_parts.clock.wallNow()).empty() || changed;
    if (!changed) return false;
    ++m_changes;
    m_changed.notifyAll();
    m_onChange();
    return true;
}

/// When the clock was set, other records are in force: everything is asked for again.
asio::awaitable<void> IntroducedServers::follow(std::shared_ptr<node::IntroducerClient> introducer)
{
    const std::string id = codec::encodeBase32(m_parts.random.bytes(kIdBytes));
    std::string cursor;
    unsigned failures = 0;
    unsigned pages = 0;
    Duration offset = offsetOf(m_parts.clock);
    while (true) {
        const TimePoint begun = m_parts.clock.now();
        const Duration before = std::exchange(offset, offsetOf(m_parts.clock));
        if (std::chrono::abs(offset - before) > kClockJump) cursor.clear();
        const Result<gossip::RecordArchive> answer =
            co_await introducer->subscribe(cursor, id, kWait);
        if (!answer) {
            if (failures == 0)
                TARN_LOG(Warning, Gossip, "an introducer does not answer, trying again",
                         {"introducer", introducer->status().place},
                         {"error", answer.error().text()});
            const unsigned shift = std::min(failures, 16U);
            ++failures;
            co_await m_parts.clock.sleep(
                std::min<Duration>(kFirstRetry * (1U << shift), kLongestRetry));
            continue;
        }
        if (cursor.empty() || failures > 0)
            TARN_LOG(Info, Gossip, "following an introducer",
                     {"introducer", introducer->status().place});
        failures = 0;
        cursor = answer->cursor;
        const bool goesOn = learn(*answer) && answer->more && pages < kPagesInARow;
        pages = goesOn ? pages + 1 : 0;
        const bool quick = m_parts.clock.now() - begun < kLeastPause;
        if (quick && !goesOn) co_await m_parts.clock.sleep(kLeastPause);
    }
}

asio::awaitable<void> IntroducedServers::write()
{
    const std::uint64_t covered = m_changes;
    auto job = [this, records = m_records.all()] {
        return node::writeRecordsBlocking(m_cacheFile, records);
    };
    const Result<void> written = co_await runOn(m_parts.diskPool, std::move(job));
    m_kept = covered;
    if (!written)
        TARN_LOG(Warning, Gossip, "what introducers said is not on disk",
                 {"error", written.error().text()});
}

/// Not every change is written at once: it can be learned again.
asio::awaitable<void> IntroducedServers::keep()
{
    while (true) {
        while (m_kept == m_changes)
            co_await m_changed.wait();
        co_await write();
        co_await m_parts.clock.sleep(kLeastPause);
    }
}

/// Nobody takes the place of a server whose TLS key is its own, or of an introducer: who announces
/// that key and has another is left out.
std::vector<IntroducedServers::Announced> IntroducedServers::announced() const
{
    if (m_urls.empty()) return {};
    std::vector<Announced> all;
    std::set<wire::SpkiHash> owned;
    for (const wire::IntroducerUrl& url : m_urls)
        owned.insert(url.spkiHash);
    for (const gossip::RecordPtr& record : m_records.all()) {
        Result<gossip::ServerAnnouncement> server = gossip::readAnnouncement(*record);
        if (!server) continue;
        if (net::peerKeyOf(record->signer()) == server->spkiHash) owned.insert(server->spkiHash);
        all.push_back({record, *std::move(server)});
    }
    std::erase_if(all, [&owned](const Announced& one) {
        const bool own = net::peerKeyOf(one.record->signer()) == one.server.spkiHash;
        return !own && owned.contains(one.server.spkiHash);
    });
    return all;
}

std::vector<ServerEntry> IntroducedServers::entries(const AccountOf& accountOf) const
{
    std::vector<ServerEntry> out;
    for (Announced& one : announced()) {
        const std::string id = wire::nodeIdOf(one.record->signer());
        if (one.server.anonymousSwissnum.empty() && accountOf)
            one.server.anonymousSwissnum =
                accountOf(id, one.server.spkiHash).value_or(std::string());
        const wire::Announcement entry = gossip::asServerEntry(one.record->signer(), one.server);
        if (entry.nurls.empty()) continue;
        Result<ServerEntry> server = entryOf(entry);
        if (server) out.push_back(*std::move(server));
    }
    return out;
}

std::vector<AccountServer> IntroducedServers::withoutAccount() const
{
    std::vector<AccountServer> out;
    for (const Announced& one : announced()) {
        if (!one.server.anonymousSwissnum.empty()) continue;
        AccountServer server;
        server.id = wire::nodeIdOf(one.record->signer());
        server.nickname = one.server.nickname;
        server.key = one.server.spkiHash;
        for (const std::string& text : one.server.locations) {
            Result<wire::Location> location = wire::parseLocation(text);
            if (location) server.locations.push_back(*std::move(location));
        }
        out.push_back(std::move(server));
    }
    return out;
}

std::vector<node::IntroducerStatus> IntroducedServers::status() const
{
    std::vector<node::IntroducerStatus> out;
    for (const std::shared_ptr<node::IntroducerClient>& introducer : m_introducers)
        out.push_back(introducer->status());
    return out;
}

asio::awaitable<void> IntroducedServers::stop()
{
    m_followers.cancel();
    m_tasks.cancel();
    co_await m_followers.join();
    co_await m_tasks.join();
    if (m_kept != m_changes) co_await write();
}

} // namespace tarn::gateway
