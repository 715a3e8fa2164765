// record_set: the records that a node holds: which it takes, which replace which, and short
// digests of all of them by which two sets find out how they differ. Pure, any thread.
// Source: design.md section 5; core/doc/protocol/gossip.md.
#pragma once

#include "core/gossip/record.h"

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tarn::gossip {

struct KindRule
{
    std::optional<Duration> longestLife; ///< absent: records of this kind never expire
};
using KindRules = std::map<RecordKind, KindRule>;
/// Announcements live 48 h at most.
KindRules standardKinds();

/// May this key say this? Signatures and times are checked by others.
using SignerPolicy = std::function<bool(const Record&)>;
/// Announcements are about their signer, and it is one of `allowed`; empty: any.
SignerPolicy serversOnly(std::vector<Ed25519PublicKey> allowed);

struct RecordLimits
{
    std::size_t records = 20'000;
    std::size_t bytes = 32U << 20U;
    std::size_t recordsPerSigner = 8;
    std::size_t bytesPerSigner = 64 * 1024;
    Duration clockSkew = std::chrono::minutes(10); ///< `issued` may be that far ahead
};

enum class Acceptance {
    Added,
    Replaced, ///< an older one
    Known,    ///< this very one is there
    Older,    ///< than the one that is there
    Refused,  ///< by a rule, with a reason
    Full,     ///< a bound is reached, with a reason
};

struct Verdict
{
    Acceptance outcome = Acceptance::Refused;
    std::string reason; ///< of Refused and Full
    bool changed() const { return outcome == Acceptance::Added || outcome == Acceptance::Replaced; }
};

/// How a digest divides a set: the same salt and count on both sides.
struct Buckets
{
    std::uint64_t salt = 0;
    std::uint32_t count = 1; ///< a power of two
};

class RecordSet
{
public:
    RecordSet(KindRules kinds, RecordLimits limits, SignerPolicy policy);

    Verdict accept(RecordPtr record, WallTime now);
    /// Takes out what has expired.
    std::vector<RecordPtr> expire(WallTime now);
    /// Takes out what the new policy does not allow.
    std::vector<RecordPtr> setPolicy(SignerPolicy policy);

    /// Null: none.
    RecordPtr find(std::uint64_t slot) const;
    /// True when that one would be new here.
    bool lacks(RecordName name) const;
    /// In the order of their slots.
    std::vector<RecordPtr> all() const;
    std::size_t size() const { return m_entries.size(); }
    std::size_t bytes() const { return m_bytes; }

    /// Buckets enough that a list of one is about as long as the digest.
    std::uint32_t fittingBuckets() const;
    /// One number per bucket: equal (but for one chance in 2^32) when the bucket's records are the
    /// same. \param except  slots that are left out, ascending.
    std::vector<std::uint32_t> digest(Buckets buckets,
                                      std::span<const std::uint64_t> except = {}) const;
    /// All records of one bucket.
    std::vector<RecordName> namesIn(Buckets buckets, std::uint32_t number) const;

private:
    /// What digests need lies side by side: they are made often.
    struct Entry
    {
        RecordName name;
        std::uint64_t signerTag = 0;
        RecordPtr record;
    };

    Result<void> checkRules(const Record& record, WallTime now) const;
    Result<void> checkSpace(const Record& record, const Record* replaced) const;
    std::vector<Entry>::const_iterator place(std::uint64_t slot) const;
    std::vector<RecordPtr> removeIf(const std::function<bool(const Record&)>& goes);

    KindRules m_kinds;
    RecordLimits m_limits;
    SignerPolicy m_policy;
    std::vector<Entry> m_entries; ///< by slot
    std::size_t m_bytes = 0;
    std::int64_t m_nextExpiry; ///< nothing expires before
};

} // namespace tarn::gossip
