#include "client-gateway/introduced_servers.h"

#include "core/base/log.h"
#include "core/codec/base32.h"
#include "core/node/record_file.h"
#include "core/wire/node_id.h"

#include <algorithm>
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
/// Of a TLS key that several servers announce and none proves: more are not tried.
constexpr std::size_t kMostSharedLocations = 64;

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
      m_onChange(std::move(onChange)), m_changed(m_parts.engine), m_followers(m_parts.engine),
      m_tasks(m_parts.engine)
{
    m_tasks.spawn(keep());
}

IntroducedServers::~IntroducedServers() = default;

IntroducedServers::Source::Source(const gossip::RecordLimits& limits)
    : records(gossip::standardKinds(), limits, gossip::serversOnly({}))
{
}

IntroducedServers::SourcePtr IntroducedServers::sourceOf(const wire::IntroducerUrl& url)
{
    SourcePtr& source = m_sources[url.spkiHash];
    if (source) return source;
    source = std::make_shared<Source>(m_parts.limits);
    source->cacheFile =
        m_cacheFile + "." + codec::encodeBase32(url.spkiHash.view().first(kIdBytes));
    return source;
}

/// Whatever the time is: what has expired since may still be all that anybody knows.
Result<void> IntroducedServers::loadBlocking(const std::vector<wire::IntroducerUrl>& urls)
{
    Result<void> outcome = ok();
    for (const wire::IntroducerUrl& url : urls) {
        const SourcePtr source = sourceOf(url);
        const Result<gossip::RecordArchive> archive = node::readRecordsBlocking(source->cacheFile);
        if (!archive) {
            outcome = archive.error();
            continue;
        }
        for (const gossip::RecordPtr& record : archive->records)
            source->records.accept(knownAs(record),
                                   WallTime(std::chrono::seconds(record->content().issued)));
    }
    return outcome;
}

void IntroducedServers::setIntroducers(const std::vector<wire::IntroducerUrl>& urls)
{
    if (urls == m_urls) return;
    m_urls = urls;
    m_followers.cancel();
    m_introducers.clear();
    std::erase_if(m_sources, [&urls](const auto& source) {
        return std::none_of(urls.begin(), urls.end(), [&source](const wire::IntroducerUrl& url) {
            return url.spkiHash == source.first;
        });
    });
    for (const wire::IntroducerUrl& url : urls) {
        m_introducers.push_back(
            std::make_shared<node::IntroducerClient>(m_pool, m_parts.cpuPool, m_parts.clock, url,
                                                     std::string("tarn-gateway/") + TARN_VERSION));
        m_followers.spawn(follow(m_introducers.back(), sourceOf(url)));
    }
    m_onChange();
}

void IntroducedServers::setTold(std::vector<gossip::RecordPtr> announcements)
{
    m_told = std::move(announcements);
    m_onChange();
}

/// What several introducers say is in memory once.
gossip::RecordPtr IntroducedServers::knownAs(const gossip::RecordPtr& record) const
{
    for (const auto& [key, source] : m_sources) {
        const gossip::RecordPtr known = source->records.find(record->name().slot);
        if (known && known->signer() == record->signer() &&
            equal(known->payload(), record->payload()))
            return known;
    }
    return record;
}

/// \return whether anything has changed.
bool IntroducedServers::learn(Source& source, const gossip::RecordArchive& answer)
{
    bool changed = false;
    for (const gossip::RecordPtr& record : answer.records)
        changed =
            source.records.accept(knownAs(record), m_parts.clock.wallNow()).changed() || changed;
    if (changed) ++source.changes;
    const std::uint64_t before = m_expired;
    if (!answer.more) expire();
    if (!changed && before == m_expired) return false;
    m_changed.notifyAll();
    m_onChange();
    return true;
}

/// An introducer was heard: what nobody renewed is over.
void IntroducedServers::expire()
{
    for (const auto& [key, source] : m_sources) {
        const std::size_t gone = source->records.expire(m_parts.clock.wallNow()).size();
        if (gone > 0) ++source->changes;
        m_expired += gone;
    }
}

/// When the clock was set, other records are in force: everything is asked for again.
asio::awaitable<void> IntroducedServers::follow(std::shared_ptr<node::IntroducerClient> introducer,
                                                SourcePtr source)
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
        ++(answer ? m_counts.answers : m_counts.failures);
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
        const bool goesOn = learn(*source, *answer) && answer->more && pages < kPagesInARow;
        pages = goesOn ? pages + 1 : 0;
        const bool quick = m_parts.clock.now() - begun < kLeastPause;
        if (quick && !goesOn) co_await m_parts.clock.sleep(kLeastPause);
    }
}

bool IntroducedServers::unkept() const
{
    return std::any_of(m_sources.begin(), m_sources.end(), [](const auto& source) {
        return source.second->changes != source.second->kept;
    });
}

asio::awaitable<void> IntroducedServers::write()
{
    std::vector<SourcePtr> all;
    for (const auto& [key, source] : m_sources)
        if (source->changes != source->kept) all.push_back(source);
    for (const SourcePtr& source : all) {
        const std::uint64_t covered = source->changes;
        auto job = [&file = source->cacheFile, records = source->records.all()] {
            return node::writeRecordsBlocking(file, records);
        };
        const Result<void> written = co_await runOn(m_parts.diskPool, std::move(job));
        source->kept = covered;
        if (!written)
            TARN_LOG(Warning, Gossip, "what introducers said is not on disk",
                     {"error", written.error().text()});
    }
}

/// Not every change is written at once: it can be learned again.
asio::awaitable<void> IntroducedServers::keep()
{
    while (true) {
        while (!unkept())
            co_await m_changed.wait();
        co_await write();
        co_await m_parts.clock.sleep(kLeastPause);
    }
}

/// Of each announcement the newest that any introducer has, unless that withdraws it.
std::vector<IntroducedServers::Announced> IntroducedServers::newest() const
{
    std::map<std::uint64_t, Announced> found;
    const auto addAll = [&found](const std::vector<gossip::RecordPtr>& records) {
        std::size_t turn = 0;
        for (const gossip::RecordPtr& record : records) {
            Announced& one = found[record->name().slot];
            one.turn = one.record ? std::min(one.turn, turn) : turn;
            if (!one.record || record->isNewerThan(*one.record)) one.record = record;
            ++turn;
        }
    };
    for (const auto& [key, source] : m_sources)
        addAll(source->records.all());
    addAll(m_told);
    std::vector<Announced> out;
    for (auto& [slot, one] : found) {
        Result<gossip::ServerAnnouncement> server = gossip::readAnnouncement(*one.record);
        if (!server || server->standing == gossip::Standing::Withdrawn) continue;
        one.server = *std::move(server);
        out.push_back(std::move(one));
    }
    return out;
}

bool IntroducedServers::provesKey(const Announced& one) const
{
    const auto [at, isNew] = m_proven.try_emplace(one.record, false);
    if (isNew) at->second = gossip::provesTlsKey(one.record->signer(), one.server);
    return at->second;
}

namespace {

/// All take turns, so that none is behind all addresses of another.
std::vector<std::string> locationsInTurn(const std::vector<const gossip::ServerAnnouncement*>& all)
{
    std::vector<std::string> out;
    std::set<std::string> seen;
    bool more = true;
    for (std::size_t i = 0; more; ++i) {
        more = false;
        for (const gossip::ServerAnnouncement* server : all) {
            if (i >= server->locations.size()) continue;
            more = out.size() < kMostSharedLocations;
            if (more && seen.insert(server->locations[i]).second)
                out.push_back(server->locations[i]);
        }
    }
    return out;
}

} // namespace

/// Nobody takes the place of a server that proves its TLS key, or of an introducer. Where several
/// announce a key and none proves it (a proxy's), it cannot be told whose it is: only who has it
/// can be reached, so all addresses are tried.
std::vector<IntroducedServers::Announced> IntroducedServers::announced() const
{
    m_counts.servers = 0;
    if (m_urls.empty() && m_told.empty()) return {};
    std::vector<Announced> all = newest();
    std::map<wire::SpkiHash, std::vector<std::size_t>> claims;
    for (std::size_t i = 0; i < all.size(); ++i)
        claims[all[i].server.spkiHash].push_back(i);
    std::set<wire::SpkiHash> owned;
    for (const wire::IntroducerUrl& url : m_urls)
        owned.insert(url.spkiHash);
    std::vector<bool> leftOut(all.size());
    const auto proves = [&](std::size_t i) { return provesKey(all[i]); };
    for (const auto& [key, claimants] : claims) {
        if (claimants.size() == 1 && !owned.contains(key)) continue;
        if (owned.contains(key) || std::any_of(claimants.begin(), claimants.end(), proves)) {
            for (const std::size_t i : claimants)
                leftOut[i] = !proves(i);
            continue;
        }
        std::vector<const gossip::ServerAnnouncement*> servers;
        for (const std::size_t i : claimants)
            servers.push_back(&all[i].server);
        const std::vector<std::string> locations = locationsInTurn(servers);
        for (const std::size_t i : claimants)
            all[i].server.locations = locations;
    }
    std::erase_if(m_proven, [](const auto& one) { return one.first.use_count() == 1; });
    std::vector<Announced> out;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (!leftOut[i]) out.push_back(std::move(all[i]));
    m_counts.servers = out.size();
    return out;
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
        if (!server) continue;
        server->closed = one.server.standing == gossip::Standing::Closed;
        out.push_back(*std::move(server));
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
        server.turn = one.turn;
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
    if (unkept()) co_await write();
}

} // namespace tarn::gateway
