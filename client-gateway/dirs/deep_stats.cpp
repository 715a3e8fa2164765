#include "client-gateway/dirs/deep_stats.h"

#include <algorithm>
#include <limits>

namespace tarn::gateway {

namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
/// floor(10^(37/2)), from which the odd half decades below follow by cutting digits off.
constexpr std::uint64_t kRootOfTen = 3'162'277'660'168'379'331;

/// floor(10^(halves / 2)), as far as it fits.
std::uint64_t halfDecade(unsigned halves)
{
    if (halves > 38) return kMost;
    std::uint64_t value = halves % 2 == 0 ? 1 : kRootOfTen;
    if (halves % 2 == 0) {
        for (unsigned i = 0; i < halves; i += 2)
            value *= 10;
    } else {
        for (unsigned i = halves; i < 37; i += 2)
            value /= 10;
    }
    return value;
}

} // namespace

void DeepStats::add(const VisitedNode& visited)
{
    const auto* known = std::get_if<cap::Cap>(&visited.node);
    if (known == nullptr) {
        ++unknown;
        return;
    }
    if (!cap::isDirectory(*known)) {
        addFile(*known);
        return;
    }
    ++directories;
    if (visited.unreadable) ++unreadableDirectories;
    if (!visited.listing) return;
    directoryBytes += visited.listing->serializedSize;
    largestDirectory = std::max(largestDirectory, visited.listing->serializedSize);
    largestDirectoryChildren =
        std::max<std::uint64_t>(largestDirectoryChildren, visited.listing->children);
}

void DeepStats::addFile(const cap::Cap& file)
{
    if (cap::isMutable(file)) {
        ++mutableFiles;
        return;
    }
    const std::uint64_t size = cap::sizeOf(file).value_or(0);
    addToHistogram(size);
    if (cap::isLiteral(file)) {
        ++literalFiles;
        literalBytes += size;
        return;
    }
    ++immutableFiles;
    immutableBytes += size;
    largestImmutableFile = std::max(largestImmutableFile, size);
}

void DeepStats::addToHistogram(std::uint64_t size)
{
    std::uint64_t least = 0;
    std::uint64_t most = 0;
    for (unsigned halves = 1; size > most; ++halves) {
        least = most + 1;
        most = halfDecade(halves);
    }
    Bucket& bucket = histogram[least];
    bucket.most = most;
    ++bucket.count;
}

} // namespace tarn::gateway
