// manifest: all capabilities below a directory. Pure.
// Source: allmydata.dirnode.ManifestWalker.
#pragma once

#include "client-gateway/dirs/deep_stats.h"

#include <set>
#include <string>
#include <vector>

namespace tarn::gateway {

/// The strongest capability that is held; empty where an unknown node has none.
std::string capTextOf(const cap::Node& node);

/// Grows with the number of nodes; what streams needs none.
struct Manifest
{
    struct Entry
    {
        std::vector<std::string> path;
        std::string cap;
    };

    std::vector<Entry> entries; ///< in the order visited
    std::set<std::string> verifyCaps;
    std::set<std::string> storageIndexes; ///< base32
    DeepStats stats;

    void add(const VisitedNode& visited);
};

} // namespace tarn::gateway
