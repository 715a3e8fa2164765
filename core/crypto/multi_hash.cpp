#include "core/crypto/multi_hash.h"

#include "core/base/check.h"
#include "core/crypto/hash_choice.h"
#include "core/crypto/hash_lanes.h"
#include "core/crypto/tagged_hash.h"

#include <algorithm>
#include <vector>

namespace tarn::crypto {

namespace {

/// Copies made before the lanes are flushed, when they are small enough for more than one set.
constexpr std::size_t kBatchBytes = std::size_t{256} << 10U;
/// Scratch memory that a thread keeps between calls.
constexpr std::size_t kKeptScratch = std::size_t{4} << 20U;

/// Values behind their tag, in memory that the thread keeps.
class Scratch
{
public:
    explicit Scratch(std::string_view tag) : m_prefix(tagPrefixSize(tag))
    {
        writeTagPrefix(m_prefix, tag);
    }
    ~Scratch()
    {
        if (kept().capacity() > kKeptScratch) Bytes().swap(kept());
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    std::size_t sizeOf(ByteView value) const { return m_prefix.size() + value.size(); }

    /// The messages of the values, until the next call.
    std::span<const ByteView> fill(std::span<const ByteView> values)
    {
        std::size_t total = 0;
        for (const ByteView value : values)
            total += sizeOf(value);
        if (kept().size() < total) kept().resize(total);
        m_messages.clear();
        std::byte* at = kept().data();
        for (const ByteView value : values) {
            std::byte* const begin = at;
            at = std::copy(m_prefix.begin(), m_prefix.end(), at);
            at = std::copy(value.begin(), value.end(), at);
            m_messages.emplace_back(begin, at);
        }
        return m_messages;
    }

private:
    static Bytes& kept()
    {
        thread_local Bytes bytes;
        return bytes;
    }

    Bytes m_prefix;
    std::vector<ByteView> m_messages;
};

/// How many of the values one flush should cover: a set of lanes, more of them if they are small.
std::size_t batchSize(const Scratch& scratch, std::span<const ByteView> values, std::size_t set)
{
    std::size_t count = 0;
    std::size_t bytes = 0;
    for (const ByteView value : values) {
        bytes += scratch.sizeOf(value);
        if (count >= set && count % set == 0 &&
            (bytes > kBatchBytes || count >= HashLanes::kMaxBatch))
            break;
        ++count;
    }
    return count;
}

void taggedInLanes(HashBackend backend, std::string_view tag, std::span<const ByteView> inputs,
                   std::span<Hash256> out)
{
    HashLanes& lanes = HashLanes::ofThread(backend);
    Scratch scratch(tag);
    while (!inputs.empty()) {
        const std::size_t count = batchSize(scratch, inputs, lanes.width());
        lanes.hashTwice(scratch.fill(inputs.first(count)), out.first(count));
        inputs = inputs.subspan(count);
        out = out.subspan(count);
    }
}

/// Hashes under way that have taken the tag.
std::vector<PairedSha256> startTagged(std::string_view tag, std::size_t count)
{
    Bytes prefix(tagPrefixSize(tag));
    writeTagPrefix(prefix, tag);
    PairedSha256 started;
    started.update(prefix);
    return std::vector<PairedSha256>(count, started);
}

/// \param before  what is updated besides, first.
void taggedInPairs(std::string_view tag, std::span<const ByteView> inputs, std::span<Hash256> out,
                   std::span<const PairedUpdate> before = {})
{
    std::vector<PairedSha256> hashes = startTagged(tag, inputs.size());
    std::vector<PairedUpdate> updates(before.begin(), before.end());
    for (std::size_t i = 0; i < inputs.size(); ++i)
        updates.push_back({&hashes[i], inputs[i]});
    updateInPairs(updates);
    for (std::size_t i = 0; i < inputs.size(); ++i)
        out[i] = hashes[i].finishDoubled();
}

void doubledInPairs(std::span<const ByteView> messages, std::span<Hash256> out)
{
    std::vector<PairedSha256> hashes(messages.size());
    std::vector<PairedUpdate> updates;
    for (std::size_t i = 0; i < messages.size(); ++i)
        updates.push_back({&hashes[i], messages[i]});
    updateInPairs(updates);
    for (std::size_t i = 0; i < messages.size(); ++i)
        out[i] = hashes[i].finishDoubled();
}

std::size_t longestOf(std::span<const ByteView> messages)
{
    std::size_t longest = 0;
    for (const ByteView message : messages)
        longest = std::max(longest, message.size());
    return longest;
}

} // namespace

std::string_view nameOf(HashBackend backend)
{
    switch (backend) {
    case HashBackend::Evp:
        return "evp";
    case HashBackend::ShaPairs:
        return "sha-pairs";
    case HashBackend::IpsecMbAvx2:
        return "ipsec-mb-avx2";
    case HashBackend::IpsecMbAvx512:
        return "ipsec-mb-avx512";
    }
    return "unknown";
}

void taggedHashManyOn(HashBackend backend, std::string_view tag, std::span<const ByteView> inputs,
                      std::span<Hash256> out)
{
    TARN_ASSERT(inputs.size() == out.size());
    if (backend == HashBackend::ShaPairs) return taggedInPairs(tag, inputs, out);
    if (backend != HashBackend::Evp) return taggedInLanes(backend, tag, inputs, out);
    for (std::size_t i = 0; i < inputs.size(); ++i)
        out[i] = taggedHash(tag, inputs[i]);
}

void sha256dManyOn(HashBackend backend, std::span<const ByteView> messages, std::span<Hash256> out)
{
    TARN_ASSERT(messages.size() == out.size());
    if (backend == HashBackend::ShaPairs) return doubledInPairs(messages, out);
    if (backend != HashBackend::Evp) return HashLanes::ofThread(backend).hashTwice(messages, out);
    for (std::size_t i = 0; i < messages.size(); ++i)
        out[i] = sha256d(messages[i]);
}

void taggedHashMany(std::string_view tag, std::span<const ByteView> inputs, std::span<Hash256> out)
{
    TARN_ASSERT(inputs.size() == out.size());
    const std::size_t longest = longestOf(inputs);
    while (!inputs.empty()) {
        const HashShare share = bestShare(inputs.size(), longest);
        taggedHashManyOn(share.backend, tag, inputs.first(share.count), out.first(share.count));
        inputs = inputs.subspan(share.count);
        out = out.subspan(share.count);
    }
}

TaggedStream::TaggedStream(std::string_view tag)
{
    if (pairsRun())
        m_hash = startTagged(tag, 1).front();
    else
        m_hash = TaggedHasher(tag);
}

void TaggedStream::update(ByteView piece)
{
    std::visit([piece](auto& hash) { hash.update(piece); }, m_hash);
}

Hash256 TaggedStream::finish()
{
    if (auto* paired = std::get_if<PairedSha256>(&m_hash)) return paired->finishDoubled();
    return std::get<TaggedHasher>(m_hash).finish();
}

void taggedHashMany(std::string_view tag, std::span<const ByteView> inputs, std::span<Hash256> out,
                    TaggedStream& stream, ByteView piece)
{
    TARN_ASSERT(inputs.size() == out.size());
    if (auto* paired = std::get_if<PairedSha256>(&stream.m_hash)) {
        const PairedUpdate first{paired, piece};
        return taggedInPairs(tag, inputs, out, std::span(&first, 1));
    }
    stream.update(piece);
    taggedHashMany(tag, inputs, out);
}

void sha256dMany(std::span<const ByteView> messages, std::span<Hash256> out)
{
    TARN_ASSERT(messages.size() == out.size());
    const std::size_t longest = longestOf(messages);
    while (!messages.empty()) {
        const HashShare share = bestShare(messages.size(), longest);
        sha256dManyOn(share.backend, messages.first(share.count), out.first(share.count));
        messages = messages.subspan(share.count);
        out = out.subspan(share.count);
    }
}

} // namespace tarn::crypto
