#include "core/crypto/hash_choice.h"

#include "core/crypto/hash_lanes.h"
#include "core/crypto/sha256.h"
#include "core/crypto/sha256_pairs.h"

#include <cpuid.h>

#include <algorithm>
#include <array>

namespace tarn::crypto {

namespace {

constexpr std::size_t kAvx512Lanes = 16;
/// Busy lanes of 16 from which AVX-512 beats pairs, on cores where it is wider.
constexpr std::size_t kWorthAvx512 = 10;
/// Shorter messages are hashed as quickly by lanes that want them copied.
constexpr std::size_t kWorthPairs = 4096;

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
    lanes.hashTwice(messages, hashes);
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

} // namespace

bool available(HashBackend backend)
{
    static const bool avx2 = runsAndIsRight(HashBackend::IpsecMbAvx2);
    static const bool avx512 = runsAndIsRight(HashBackend::IpsecMbAvx512);
    switch (backend) {
    case HashBackend::Evp:
        return true;
    case HashBackend::ShaPairs:
        return pairsRun();
    case HashBackend::IpsecMbAvx2:
        return avx2;
    case HashBackend::IpsecMbAvx512:
        return avx512;
    }
    return false;
}

HashShare bestShare(std::size_t count, std::size_t longest)
{
    static const bool wide = hasWideAvx512() && available(HashBackend::IpsecMbAvx512);
    if (wide && count >= kAvx512Lanes)
        return {HashBackend::IpsecMbAvx512, count / kAvx512Lanes * kAvx512Lanes};
    if (wide && count >= kWorthAvx512) return {HashBackend::IpsecMbAvx512, count};
    if (longest >= kWorthPairs && pairsRun()) return {HashBackend::ShaPairs, count};
    if (count >= 2 && available(HashBackend::IpsecMbAvx2)) return {HashBackend::IpsecMbAvx2, count};
    return {HashBackend::Evp, count};
}

} // namespace tarn::crypto
