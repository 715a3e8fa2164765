#include "core/crypto/multi_hash.h"

#include "core/base/check.h"
#include "core/crypto/hash_lanes.h"
#include "core/crypto/tagged_hash.h"

#include <cpuid.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace tarn::crypto {

namespace {

/// Messages between two flushes of the lanes: whole sets of any number of lanes.
constexpr std::size_t kMaxBatch = 128;
/// Copies made before the lanes are flushed, when they are small enough for more than one set.
constexpr std::size_t kBatchBytes = std::size_t{256} << 10U;
/// Scratch memory that a thread keeps between calls.
constexpr std::size_t kKeptScratch = std::size_t{4} << 20U;
constexpr std::size_t kAvx512Lanes = 16;
/// Busy lanes of 16 from which AVX-512 beats pairs, on cores where it is wider.
constexpr std::size_t kWorthAvx512 = 10;

HashLanes& threadLanes(HashBackend backend)
{
    thread_local std::array<std::optional<HashLanes>, 3> lanes;
    std::optional<HashLanes>& mine = lanes[static_cast<std::size_t>(backend)];
    if (!mine) mine.emplace(backend);
    return *mine;
}

void hashInLanes(HashLanes& lanes, std::span<const ByteView> messages, std::span<Hash256> out)
{
    std::array<Hash256, kMaxBatch> once;
    for (std::size_t done = 0; done < messages.size(); done += kMaxBatch) {
        const std::size_t count = std::min(kMaxBatch, messages.size() - done);
        for (std::size_t i = 0; i < count; ++i)
            lanes.submit(messages[done + i], once[i]);
        lanes.finishAll();
        for (std::size_t i = 0; i < count; ++i)
            lanes.submit(once[i], out[done + i]);
        lanes.finishAll();
    }
}

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
        if (count >= set && count % set == 0 && (bytes > kBatchBytes || count >= kMaxBatch)) break;
        ++count;
    }
    return count;
}

void taggedInLanes(HashBackend backend, std::string_view tag, std::span<const ByteView> inputs,
                   std::span<Hash256> out)
{
    const std::size_t set = backend == HashBackend::IpsecMbAvx512 ? kAvx512Lanes : 8;
    HashLanes& lanes = threadLanes(backend);
    Scratch scratch(tag);
    while (!inputs.empty()) {
        const std::size_t count = batchSize(scratch, inputs, set);
        hashInLanes(lanes, scratch.fill(inputs.first(count)), out.first(count));
        inputs = inputs.subspan(count);
        out = out.subspan(count);
    }
}

bool hashesRight(HashBackend backend)
{
    constexpr std::array<std::size_t, 10> kLengths{0, 1, 55, 56, 63, 64, 65, 119, 65536, 66001};
    Bytes text(kLengths.back());
    for (std::size_t i = 0; i < text.size(); ++i)
        text[i] = static_cast<std::byte>(i * i / 7);
    std::array<ByteView, kLengths.size()> messages;
    for (std::size_t i = 0; i < messages.size(); ++i)
        messages[i] = ByteView(text).first(kLengths[i]);
    std::array<Hash256, kLengths.size()> hashes;
    HashLanes lanes(backend);
    hashInLanes(lanes, messages, hashes);
    return std::equal(
        messages.begin(), messages.end(), hashes.begin(),
        [](ByteView message, const Hash256& hash) { return sha256d(message) == hash; });
}

bool runsAndIsRight(HashBackend backend)
{
    return HashLanes::cpuRuns(backend) && hashesRight(backend);
}

/// AMD's family 19h (Zen 3 and 4) takes two passes for 512 bits: there pairs are as fast.
bool hasWideAvx512()
{
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    if (__get_cpuid(0, &eax, &ebx, &ecx, &edx) == 0) return false;
    const bool amd = ebx == signature_AMD_ebx;
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0) return false;
    const unsigned family = ((eax >> 8U) & 0xfU) + ((eax >> 20U) & 0xffU);
    return !(amd && family == 0x19U);
}

/// What to take the front of `count` messages with, and how many.
struct Share
{
    HashBackend backend = HashBackend::Evp;
    std::size_t count = 0;
};

Share bestShare(std::size_t count)
{
    static const bool wide = hasWideAvx512() && available(HashBackend::IpsecMbAvx512);
    if (wide && count >= kAvx512Lanes)
        return {HashBackend::IpsecMbAvx512, count / kAvx512Lanes * kAvx512Lanes};
    if (wide && count >= kWorthAvx512) return {HashBackend::IpsecMbAvx512, count};
    if (count >= 2 && available(HashBackend::IpsecMbAvx2)) return {HashBackend::IpsecMbAvx2, count};
    return {HashBackend::Evp, count};
}

} // namespace

std::string_view nameOf(HashBackend backend)
{
    switch (backend) {
    case HashBackend::Evp:
        return "evp";
    case HashBackend::IpsecMbAvx2:
        return "ipsec-mb-avx2";
    case HashBackend::IpsecMbAvx512:
        return "ipsec-mb-avx512";
    }
    return "unknown";
}

bool available(HashBackend backend)
{
    static const bool avx2 = runsAndIsRight(HashBackend::IpsecMbAvx2);
    static const bool avx512 = runsAndIsRight(HashBackend::IpsecMbAvx512);
    switch (backend) {
    case HashBackend::Evp:
        return true;
    case HashBackend::IpsecMbAvx2:
        return avx2;
    case HashBackend::IpsecMbAvx512:
        return avx512;
    }
    return false;
}

void taggedHashManyOn(HashBackend backend, std::string_view tag, std::span<const ByteView> inputs,
                      std::span<Hash256> out)
{
    TARN_ASSERT(inputs.size() == out.size());
    if (backend != HashBackend::Evp) return taggedInLanes(backend, tag, inputs, out);
    for (std::size_t i = 0; i < inputs.size(); ++i)
        out[i] = taggedHash(tag, inputs[i]);
}

void sha256dManyOn(HashBackend backend, std::span<const ByteView> messages, std::span<Hash256> out)
{
    TARN_ASSERT(messages.size() == out.size());
    if (backend != HashBackend::Evp) return hashInLanes(threadLanes(backend), messages, out);
    for (std::size_t i = 0; i < messages.size(); ++i)
        out[i] = sha256d(messages[i]);
}

void taggedHashMany(std::string_view tag, std::span<const ByteView> inputs, std::span<Hash256> out)
{
    TARN_ASSERT(inputs.size() == out.size());
    while (!inputs.empty()) {
        const Share share = bestShare(inputs.size());
        taggedHashManyOn(share.backend, tag, inputs.first(share.count), out.first(share.count));
        inputs = inputs.subspan(share.count);
        out = out.subspan(share.count);
    }
}

void sha256dMany(std::span<const ByteView> messages, std::span<Hash256> out)
{
    TARN_ASSERT(messages.size() == out.size());
    while (!messages.empty()) {
        const Share share = bestShare(messages.size());
        sha256dManyOn(share.backend, messages.first(share.count), out.first(share.count));
        messages = messages.subspan(share.count);
        out = out.subspan(share.count);
    }
}

} // namespace tarn::crypto
