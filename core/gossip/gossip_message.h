// gossip_message: what two nodes say to each other to have the same records. Pure, any thread.
// Source: core/doc/protocol/gossip.md. One message is the body of a request or of its answer, or
// one frame of a peer link.
#pragma once

#include "core/gossip/record_set.h"

namespace tarn::gossip {

inline constexpr std::size_t kMaxMessageBytes = 512 * 1024;
inline constexpr std::uint32_t kMaxBuckets = 4096;

struct Digest
{
    Buckets buckets;
    std::vector<std::uint32_t> numbers; ///< buckets.count of them
    friend bool operator==(const Digest& a, const Digest& b)
    {
        return a.buckets.salt == b.buckets.salt && a.numbers == b.numbers;
    }
};

/// Everything that the sender has in one bucket.
struct BucketList
{
    std::uint32_t number = 0;
    std::vector<RecordName> names;
    friend bool operator==(const BucketList&, const BucketList&) = default;
};

struct GossipMessage
{
    /// New here: ask for what you lack. Beside a digest, and in its answer, also what the digest
    /// leaves out.
    std::vector<RecordName> offers;
    std::vector<std::uint64_t> wants; ///< slots whose records are asked for
    std::vector<RecordPtr> records;
    std::optional<Digest> digest;  ///< answered with lists of the buckets that differ
    std::vector<BucketList> lists; ///< only in the answer to a digest
    bool empty() const
    {
        return offers.empty() && wants.empty() && records.empty() && !digest && lists.empty();
    }
};

Bytes encodeMessage(const GossipMessage& message);
/// How long encodeMessage() would make it.
std::size_t wireSize(const GossipMessage& message);

/// Checks every signature: for a pool, when there may be many records.
/// \return PeerMisbehaved: not such a message, above its bounds, or with a record that
///         openRecord() refuses.
Result<GossipMessage> decodeMessage(ByteView bytes);

} // namespace tarn::gossip
