#include "core/crypto/sha256_pairs.h"

#include <cpuid.h>
#include <immintrin.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace tarn::crypto {

namespace {

using State = PairedSha256::State;
constexpr std::size_t kBlock = PairedSha256::kBlock;

alignas(16) constexpr std::array<std::uint32_t, 64> kRoundConstants{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

#define TARN_SHA_CODE __attribute__((target("sha,sse4.1")))

/// A state as the instructions want it.
struct Registers
{
    __m128i abef;
    __m128i cdgh;
};

TARN_SHA_CODE inline __m128i loadWords(const void* from)
{
    return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

TARN_SHA_CODE inline Registers load(const State& state)
{
    const __m128i cdab = _mm_shuffle_epi32(loadWords(state.data()), 0xB1);
    const __m128i efgh = _mm_shuffle_epi32(loadWords(state.data() + 4), 0x1B);
    return {_mm_alignr_epi8(cdab, efgh, 8), _mm_blend_epi16(efgh, cdab, 0xF0)};
}

TARN_SHA_CODE inline void store(State& state, Registers from)
{
    const __m128i feba = _mm_shuffle_epi32(from.abef, 0x1B);
    const __m128i dchg = _mm_shuffle_epi32(from.cdgh, 0xB1);
    auto* const to = reinterpret_cast<__m128i*>(state.data());
    _mm_storeu_si128(to, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128(to + 1, _mm_alignr_epi8(dchg, feba, 8));
}

/// Takes `blocks` whole blocks into each of kHashes states, side by side.
template <std::size_t kHashes>
TARN_SHA_CODE void compress(std::array<State*, kHashes> states,
                            std::array<const std::byte*, kHashes> in, std::size_t blocks)
{
    const __m128i swapBytes = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    std::array<Registers, kHashes> now;
    for (std::size_t h = 0; h < kHashes; ++h)
        now[h] = load(*states[h]);
    for (; blocks > 0; --blocks) {
        const std::array<Registers, kHashes> before = now;
        __m128i words[kHashes][4]; // the last 16 words of the message schedule
#pragma GCC unroll 16
        for (std::size_t i = 0; i < 16; ++i) { // four rounds each
            const std::size_t last = (i + 3) % 4;
            const std::size_t next = (i + 1) % 4;
            __m128i input[kHashes];
            for (std::size_t h = 0; h < kHashes; ++h) {
                if (i < 4) words[h][i] = _mm_shuffle_epi8(loadWords(in[h] + 16 * i), swapBytes);
                input[h] = _mm_add_epi32(words[h][i % 4], loadWords(&kRoundConstants[4 * i]));
            }
            for (std::size_t h = 0; h < kHashes; ++h)
                now[h].cdgh = _mm_sha256rnds2_epu32(now[h].cdgh, now[h].abef, input[h]);
            for (std::size_t h = 0; i >= 3 && i < 15 && h < kHashes; ++h) {
                const __m128i shifted = _mm_alignr_epi8(words[h][i % 4], words[h][last], 4);
                words[h][next] =
                    _mm_sha256msg2_epu32(_mm_add_epi32(words[h][next], shifted), words[h][i % 4]);
            }
            for (std::size_t h = 0; h < kHashes; ++h)
                now[h].abef = _mm_sha256rnds2_epu32(now[h].abef, now[h].cdgh,
                                                    _mm_shuffle_epi32(input[h], 0x0E));
            for (std::size_t h = 0; i >= 1 && i < 13 && h < kHashes; ++h)
                words[h][last] = _mm_sha256msg1_epu32(words[h][last], words[h][i % 4]);
        }
        for (std::size_t h = 0; h < kHashes; ++h) {
            now[h].abef = _mm_add_epi32(now[h].abef, before[h].abef);
            now[h].cdgh = _mm_add_epi32(now[h].cdgh, before[h].cdgh);
            in[h] += kBlock;
        }
    }
    for (std::size_t h = 0; h < kHashes; ++h)
        store(*states[h], now[h]);
}

void compressOne(State& state, const std::byte* blocks, std::size_t count)
{
    compress<1>({&state}, {blocks}, count);
}

} // namespace

bool pairsRun()
{
    static const bool runs = [] {
        unsigned eax = 0;
        unsigned ebx = 0;
        unsigned ecx = 0;
        unsigned edx = 0;
        const bool sha =
            __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & unsigned{bit_SHA}) != 0;
        return sha && __builtin_cpu_supports("sse4.1");
    }();
    return runs;
}

ByteView PairedSha256::completeBlock(ByteView bytes)
{
    const std::size_t begun = m_size % kBlock;
    if (begun == 0 || bytes.size() < kBlock - begun) return bytes;
    const ByteView taken = bytes.first(kBlock - begun);
    std::copy(taken.begin(), taken.end(), m_begun.begin() + static_cast<std::ptrdiff_t>(begun));
    compressOne(m_state, m_begun.data(), 1);
    m_size += taken.size();
    return bytes.subspan(taken.size());
}

/// \pre `rest` does not complete a block.
void PairedSha256::keep(ByteView rest)
{
    const auto begun = static_cast<std::ptrdiff_t>(m_size % kBlock);
    std::copy(rest.begin(), rest.end(), m_begun.begin() + begun);
    m_size += rest.size();
}

void PairedSha256::update(ByteView bytes)
{
    const PairedUpdate alone{this, bytes};
    updateInPairs(std::span(&alone, 1));
}

Hash256 PairedSha256::finish()
{
    constexpr std::size_t kLengthField = 8;
    std::array<std::byte, 2 * kBlock> end{};
    const std::size_t begun = m_size % kBlock;
    std::copy_n(m_begun.begin(), begun, end.begin());
    end[begun] = std::byte{0x80};
    const std::size_t size = begun + 1 + kLengthField <= kBlock ? kBlock : 2 * kBlock;
    storeBig<std::uint64_t>(MutableByteView(end), size - kLengthField, m_size * 8);
    compressOne(m_state, end.data(), size / kBlock);
    Hash256 hash;
    for (std::size_t i = 0; i < m_state.size(); ++i)
        storeBig<std::uint32_t>(hash.mutableView(), 4 * i, m_state[i]);
    return hash;
}

Hash256 PairedSha256::finishDoubled()
{
    const Hash256 once = finish();
    PairedSha256 again;
    again.keep(once.view());
    return again.finish();
}

/// The two places side by side, filled from a list.
class PairedUpdates
{
public:
    explicit PairedUpdates(std::span<const PairedUpdate> updates) : m_waiting(updates) {}

    void run()
    {
        Place a = next();
        Place b = next();
        while (a.blocks > 0 && b.blocks > 0) {
            const std::size_t count = std::min(a.blocks, b.blocks);
            compress<2>({&a.update.hash->m_state, &b.update.hash->m_state}, {a.at, b.at}, count);
            a.advance(count);
            b.advance(count);
            if (a.blocks == 0) a = next();
            if (b.blocks == 0) b = next();
        }
        const Place& left = a.blocks > 0 ? a : b;
        if (left.blocks > 0) compressOne(left.update.hash->m_state, left.at, left.blocks);
    }

private:
    struct Place
    {
        PairedUpdate update;
        const std::byte* at = nullptr;
        std::size_t blocks = 0;

        void advance(std::size_t count)
        {
            at += count * kBlock;
            blocks -= count;
        }
    };

    /// The next one with whole blocks; the others end here.
    Place next()
    {
        while (!m_waiting.empty()) {
            const PairedUpdate update = m_waiting.front();
            m_waiting = m_waiting.subspan(1);
            const ByteView rest = update.hash->completeBlock(update.bytes);
            const bool begun = update.hash->m_size % kBlock != 0;
            const std::size_t blocks = begun ? 0 : rest.size() / kBlock;
            // The bytes behind the whole blocks are kept at once: they do not touch the state.
            update.hash->m_size += blocks * kBlock;
            update.hash->keep(rest.subspan(blocks * kBlock));
            if (blocks > 0) return {update, rest.data(), blocks};
        }
        return {};
    }

    std::span<const PairedUpdate> m_waiting;
};

void updateInPairs(std::span<const PairedUpdate> updates)
{
    PairedUpdates(updates).run();
}

} // namespace tarn::crypto
