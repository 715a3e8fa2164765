#include "core/gossip/gossip_message.h"

#include "core/wire/gossip.pb.h"

#include <bit>

namespace tarn::gossip {

namespace {

namespace proto = wire::proto;

Error misbehaved(const std::string& what)
{
    return Error(ErrorCode::PeerMisbehaved, "gossip message: " + what);
}

std::size_t varintSize(std::uint64_t value)
{
    std::size_t size = 1;
    for (; value >= 0x80; value >>= 7U)
        ++size;
    return size;
}

/// A field with its tag and length.
std::size_t fieldSize(std::size_t size)
{
    return 1 + varintSize(size) + size;
}

/// Packed numbers of `width` bytes; none: no field.
std::size_t packedSize(std::size_t count, std::size_t width)
{
    return count == 0 ? 0 : fieldSize(count * width);
}

std::size_t digestSize(const Digest& digest)
{
    return (digest.buckets.salt == 0 ? 0 : 9) + packedSize(digest.numbers.size(), 4);
}

std::size_t listSize(const BucketList& list)
{
    return (list.number == 0 ? 0 : 1 + varintSize(list.number)) +
           2 * packedSize(list.names.size(), 8);
}

template <class Slots, class Versions>
Result<std::vector<RecordName>> readNames(const Slots& slots, const Versions& versions)
{
    if (slots.size() != versions.size()) return misbehaved("slots without versions");
    std::vector<RecordName> out;
    out.reserve(static_cast<std::size_t>(slots.size()));
    for (int i = 0; i < slots.size(); ++i)
        out.push_back({slots[i], versions[i]});
    return out;
}

Result<Digest> readDigest(const proto::Digest& in)
{
    Digest out;
    out.buckets.salt = in.salt();
    out.buckets.count = static_cast<std::uint32_t>(in.buckets_size());
    if (!std::has_single_bit(out.buckets.count) || out.buckets.count > kMaxBuckets)
        return misbehaved("expected 2^k buckets, at most 4096");
    out.numbers.assign(in.buckets().begin(), in.buckets().end());
    return out;
}

Result<BucketList> readList(const proto::BucketList& in)
{
    if (in.number() >= kMaxBuckets) return misbehaved("a bucket beyond 4096");
    TARN_TRY(std::vector<RecordName> names, readNames(in.slots(), in.versions()));
    return BucketList{in.number(), std::move(names)};
}

Result<RecordPtr> readRecord(const proto::SignedRecord& in)
{
    Result<RecordPtr> out =
        openRecord(asBytes(in.payload()), asBytes(in.public_key()), asBytes(in.signature()));
    if (!out) return misbehaved(out.error().message());
    return out;
}

} // namespace

Bytes encodeMessage(const GossipMessage& message)
{
    proto::GossipMessage out;
    for (const RecordName& name : message.offers) {
        out.add_offered_slots(name.slot);
        out.add_offered_versions(name.version);
    }
    for (const std::uint64_t slot : message.wants)
        out.add_wanted_slots(slot);
    for (const RecordPtr& record : message.records) {
        proto::SignedRecord& one = *out.add_records();
        one.set_payload(std::string(asText(record->payload())));
        one.set_public_key(std::string(asText(record->signer().view())));
        one.set_signature(std::string(asText(record->signature().view())));
    }
    if (message.digest) {
        out.mutable_digest()->set_salt(message.digest->buckets.salt);
        for (const std::uint32_t number : message.digest->numbers)
            out.mutable_digest()->add_buckets(number);
    }
    for (const BucketList& list : message.lists) {
        proto::BucketList& one = *out.add_lists();
        one.set_number(list.number);
        for (const RecordName& name : list.names) {
            one.add_slots(name.slot);
            one.add_versions(name.version);
        }
    }
    return toBytes(out.SerializeAsString());
}

std::size_t wireSize(const GossipMessage& message)
{
    std::size_t size =
        2 * packedSize(message.offers.size(), 8) + packedSize(message.wants.size(), 8);
    for (const RecordPtr& record : message.records)
        size += fieldSize(record->wireSize());
    if (message.digest) size += fieldSize(digestSize(*message.digest));
    for (const BucketList& list : message.lists)
        size += fieldSize(listSize(list));
    return size;
}

Result<GossipMessage> decodeMessage(ByteView bytes)
{
    if (bytes.size() > kMaxMessageBytes) return misbehaved("above 512 KiB");
    proto::GossipMessage in;
    if (!in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        return misbehaved("not a GossipMessage");
    if (in.lists_size() > static_cast<int>(kMaxBuckets)) return misbehaved("too many lists");
    GossipMessage out;
    TARN_TRY(out.offers, readNames(in.offered_slots(), in.offered_versions()));
    out.wants.assign(in.wanted_slots().begin(), in.wanted_slots().end());
    if (in.has_digest()) {
        TARN_TRY(out.digest, readDigest(in.digest()));
    }
    for (const proto::BucketList& list : in.lists()) {
        TARN_TRY(BucketList one, readList(list));
        out.lists.push_back(std::move(one));
    }
    for (const proto::SignedRecord& record : in.records()) {
        TARN_TRY(RecordPtr one, readRecord(record));
        out.records.push_back(std::move(one));
    }
    return out;
}

} // namespace tarn::gossip
