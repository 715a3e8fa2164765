// bench_erasure: the erasure code 3-of-10 on segments of 1 MiB, per byte of plaintext and CPU
// second, as JSON lines.
#include "core/erasure/decoder.h"
#include "core/erasure/encoder.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <functional>

using namespace tarn;

namespace {

constexpr std::size_t kNeeded = 3;
constexpr std::size_t kTotal = 10;
constexpr std::size_t kBlock = 349526; ///< of a 1 MiB segment in 3 pieces
constexpr int kRounds = 2000;

double cpuSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

bool bench(const char* name, const std::function<Result<void>()>& segment)
{
    const double begin = cpuSeconds();
    for (int i = 0; i < kRounds; ++i) {
        if (!segment()) return false;
    }
    const double bytes = static_cast<double>(kNeeded * kBlock) * kRounds;
    std::printf("{\"name\": \"%s\", \"bytes_per_s\": %.4g}\n", name,
                bytes / (cpuSeconds() - begin));
    return true;
}

template <std::size_t N>
std::array<ByteView, N> viewsOf(const std::array<Bytes, N>& buffers)
{
    std::array<ByteView, N> views;
    std::copy(buffers.begin(), buffers.end(), views.begin());
    return views;
}

template <std::size_t N>
std::array<MutableByteView, N> mutableViewsOf(std::array<Bytes, N>& buffers)
{
    std::array<MutableByteView, N> views;
    std::copy(buffers.begin(), buffers.end(), views.begin());
    return views;
}

} // namespace

int main()
{
    std::array<Bytes, kNeeded> pieces;
    pieces.fill(Bytes(kBlock, std::byte{7}));
    std::array<Bytes, kTotal - kNeeded> parity;
    parity.fill(zeroBytes(kBlock));
    const auto pieceViews = viewsOf(pieces);
    const auto parityViews = mutableViewsOf(parity);
    const Result<erasure::Encoder> encoder = erasure::Encoder::make(kNeeded, kTotal);
    const std::array<ShareNumber, kNeeded> have{ShareNumber(4), ShareNumber(6), ShareNumber(9)};
    const Result<erasure::Decoder> decoder = erasure::Decoder::make(kNeeded, have);
    if (!encoder || !decoder) return 1;
    const bool encoded = bench("erasure_encode_3_of_10",
                               [&] { return encoder->encodeParity(pieceViews, parityViews); });
    const std::array<ByteView, kNeeded> shares{parity[1], parity[3], parity[6]};
    const auto pieceTargets = mutableViewsOf(pieces);
    const bool decoded =
        bench("erasure_decode_3_parity", [&] { return decoder->decode(shares, pieceTargets); });
    return encoded && decoded ? 0 : 1;
}
