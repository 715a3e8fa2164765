#include "core/gossip/record_set.h"

#include <algorithm>
#include <limits>

namespace tarn::gossip {

namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::uint32_t kMostFittingBuckets = 1024;

std::int64_t secondsOf(Duration duration)
{
    return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

/// splitmix64's finisher: a permutation that scatters.
std::uint64_t mix(std::uint64_t value)
{
    value ^= value >> 30U;
    value *= 0xbf58476d1ce4e5b9ULL;
    value ^= value >> 27U;
    value *= 0x94d049bb133111ebULL;
    return value ^ (value >> 31U);
}

std::uint32_t bucketOf(Buckets buckets, std::uint64_t slot)
{
    return static_cast<std::uint32_t>(mix(slot ^ buckets.salt)) & (buckets.count - 1);
}

std::uint32_t shareOf(Buckets buckets, RecordName name)
{
    return static_cast<std::uint32_t>(mix(mix(name.slot + buckets.salt) ^ name.version) >> 32U);
}

std::uint64_t tagOf(const Ed25519PublicKey& key)
{
    return loadBig<std::uint64_t>(key.view(), 0);
}

Error refused(std::string reason)
{
    return Error(ErrorCode::InvalidInput, std::move(reason));
}

Error full(std::string reason)
{
    return Error(ErrorCode::NoSpace, std::move(reason));
}

} // namespace

KindRules standardKinds()
{
    return {{RecordKind::Announcement, {std::chrono::hours(48)}}};
}

SignerPolicy serversOnly(std::vector<Ed25519PublicKey> allowed)
{
    std::sort(allowed.begin(), allowed.end());
    return [allowed = std::move(allowed)](const Record& record) {
        return record.content().kind == RecordKind::Announcement &&
               equal(record.content().subject, record.signer().view()) &&
               (allowed.empty() ||
                std::binary_search(allowed.begin(), allowed.end(), record.signer()));
    };
}

RecordSet::RecordSet(KindRules kinds, RecordLimits limits, SignerPolicy policy)
    : m_kinds(std::move(kinds)), m_limits(limits), m_policy(std::move(policy)), m_nextExpiry(kNever)
{
}

std::vector<RecordSet::Entry>::const_iterator RecordSet::place(std::uint64_t slot) const
{
    return std::lower_bound(
        m_entries.begin(), m_entries.end(), slot,
        [](const Entry& entry, std::uint64_t wanted) { return entry.name.slot < wanted; });
}

Result<void> RecordSet::checkRules(const Record& record, WallTime now) const
{
    const RecordContent& content = record.content();
    const auto rule = m_kinds.find(content.kind);
    if (rule == m_kinds.end()) return refused("a kind of record that is not known here");
    if (!m_policy(record)) return refused("this key may not sign such a record");
    if (content.issued > unixSeconds(now) + secondsOf(m_limits.clockSkew))
        return refused("issued in the future: one of the two clocks is wrong");
    const std::optional<Duration>& life = rule->second.longestLife;
    if (!life) {
        if (content.expires != 0) return refused("records of this kind must not expire");
        return ok();
    }
    if (content.expires == 0 || content.expires - content.issued > secondsOf(*life))
        return refused("lives longer than records of this kind may");
    if (content.expires <= unixSeconds(now)) return refused("has expired");
    return ok();
}

Result<void> RecordSet::checkSpace(const Record& record, const Record* replaced) const
{
    const std::size_t gone = replaced != nullptr ? replaced->wireSize() : 0;
    const std::size_t more = replaced != nullptr ? 0 : 1;
    if (m_entries.size() + more > m_limits.records) return full("the set is full");
    if (m_bytes - gone + record.wireSize() > m_limits.bytes) return full("the set is full");
    std::size_t count = 1;
    std::size_t size = record.wireSize();
    const std::uint64_t tag = tagOf(record.signer());
    for (const Entry& entry : m_entries) {
        if (entry.signerTag != tag || entry.record.get() == replaced) continue;
        count += 1;
        size += entry.record->wireSize();
    }
    if (count > m_limits.recordsPerSigner || size > m_limits.bytesPerSigner)
        return full("this key has as many records here as one may have");
    return ok();
}

Verdict RecordSet::accept(RecordPtr record, WallTime now)
{
    const RecordName name = record->name();
    const auto at = place(name.slot);
    const bool occupied = at != m_entries.end() && at->name.slot == name.slot;
    const Record* old = occupied ? at->record.get() : nullptr;
    if (old != nullptr && !record->replaces(*old))
        return {Acceptance::Refused, "another record has the same name"};
    if (old != nullptr && !record->isNewerThan(*old)) {
        return {old->isNewerThan(*record) ? Acceptance::Older : Acceptance::Known, {}};
    }
    if (const Result<void> fits = checkRules(*record, now); !fits)
        return {Acceptance::Refused, fits.error().message()};
    if (const Result<void> space = checkSpace(*record, old); !space)
        return {Acceptance::Full, space.error().message()};
    if (record->content().expires != 0)
        m_nextExpiry = std::min(m_nextExpiry, record->content().expires);
    m_bytes += record->wireSize() - (old != nullptr ? old->wireSize() : 0);
    Entry entry{name, tagOf(record->signer()), std::move(record)};
    if (occupied) {
        m_entries[static_cast<std::size_t>(at - m_entries.begin())] = std::move(entry);
        return {Acceptance::Replaced, {}};
    }
    m_entries.insert(at, std::move(entry));
    return {Acceptance::Added, {}};
}

std::vector<RecordPtr> RecordSet::removeIf(const std::function<bool(const Record&)>& goes)
{
    std::vector<RecordPtr> out;
    m_nextExpiry = kNever;
    std::erase_if(m_entries, [&](const Entry& entry) {
        const Record& record = *entry.record;
        if (!goes(record)) {
            if (record.content().expires != 0)
                m_nextExpiry = std::min(m_nextExpiry, record.content().expires);
            return false;
        }
        m_bytes -= record.wireSize();
        out.push_back(entry.record);
        return true;
    });
    return out;
}

std::vector<RecordPtr> RecordSet::expire(WallTime now)
{
    const std::int64_t seconds = unixSeconds(now);
    if (seconds < m_nextExpiry) return {};
    return removeIf([seconds](const Record& record) {
        return record.content().expires != 0 && record.content().expires <= seconds;
    });
}

std::vector<RecordPtr> RecordSet::setPolicy(SignerPolicy policy)
{
    m_policy = std::move(policy);
    return removeIf([this](const Record& record) { return !m_policy(record); });
}

RecordPtr RecordSet::find(std::uint64_t slot) const
{
    const auto at = place(slot);
    return at != m_entries.end() && at->name.slot == slot ? at->record : nullptr;
}

bool RecordSet::lacks(RecordName name) const
{
    const auto at = place(name.slot);
    return at == m_entries.end() || at->name.slot != name.slot || at->name.version < name.version;
}

std::vector<RecordPtr> RecordSet::all() const
{
    std::vector<RecordPtr> out;
    out.reserve(m_entries.size());
    for (const Entry& entry : m_entries)
        out.push_back(entry.record);
    return out;
}

std::uint32_t RecordSet::fittingBuckets() const
{
    std::uint32_t count = 1;
    while (count < kMostFittingBuckets && std::uint64_t{count} * count < 4 * m_entries.size())
        count *= 2;
    return count;
}

std::vector<std::uint32_t> RecordSet::digest(Buckets buckets,
                                             std::span<const std::uint64_t> except) const
{
    std::vector<std::uint32_t> out(buckets.count, 0);
    for (const Entry& entry : m_entries) {
        const std::uint64_t slot = entry.name.slot;
        if (!except.empty() && std::binary_search(except.begin(), except.end(), slot)) continue;
        out[bucketOf(buckets, slot)] += shareOf(buckets, entry.name);
    }
    return out;
}

std::vector<RecordName> RecordSet::namesIn(Buckets buckets, std::uint32_t number) const
{
    std::vector<RecordName> out;
    for (const Entry& entry : m_entries)
        if (bucketOf(buckets, entry.name.slot) == number) out.push_back(entry.name);
    return out;
}

} // namespace tarn::gossip
