// deep_stats: the numbers of everything below a directory. Pure.
// Source: allmydata.deep_stats; spec of directories, section 8.
#pragma once

#include "client-gateway/dirs/traversal.h"

#include <cstdint>
#include <map>

namespace tarn::gateway {

/// Sizes in bytes of plaintext. Of mutable files there is a number, but no size.
struct DeepStats
{
    struct Bucket
    {
        std::uint64_t most = 0; ///< largest size in it; the map's key is the smallest
        std::uint64_t count = 0;
    };

    std::uint64_t immutableFiles = 0;
    std::uint64_t mutableFiles = 0;
    std::uint64_t literalFiles = 0;
    std::uint64_t directories = 0;
    std::uint64_t unknown = 0;
    std::uint64_t immutableBytes = 0;
    std::uint64_t literalBytes = 0;
    std::uint64_t directoryBytes = 0;   ///< serialized, of those that could be read
    std::uint64_t largestDirectory = 0; ///< bytes
    std::uint64_t largestDirectoryChildren = 0;
    std::uint64_t largestImmutableFile = 0;
    std::uint64_t unreadableDirectories = 0;   ///< not in Tahoe-LAFS, which ends at the first
    std::map<std::uint64_t, Bucket> histogram; ///< of immutable and literal files, two per decade

    std::uint64_t files() const { return immutableFiles + mutableFiles + literalFiles; }
    void add(const VisitedNode& visited);

private:
    void addFile(const cap::Cap& file);
    void addToHistogram(std::uint64_t size);
};

} // namespace tarn::gateway
