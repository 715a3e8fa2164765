// place: which server should hold which share. Pure, any thread.
// Source: Tahoe-LAFS docs/specifications/servers-of-happiness.rst, allmydata.util.happinessutil,
// allmydata.immutable.happiness_upload.
#pragma once

#include "core/base/ids.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace tarn::pipeline {

/// A server by its place in a list of the caller.
using ServerIndex = std::size_t;

/// Servers of happiness: how many servers can each be given a share of its own out of those it
/// holds (size of a maximum matching). Nothing held anywhere: 0.
std::uint32_t happinessOf(const std::map<ShareNumber, std::set<ServerIndex>>& holders);
/// The same for servers known by name.
std::uint32_t serversOfHappiness(const std::map<ShareNumber, std::set<std::string>>& holders);

struct PlacementServer
{
    bool writable = true;        ///< may be given shares that it does not hold
    std::set<ShareNumber> holds; ///< found on it already
};

/// The server on which each share 0 .. total-1 should be, so that as many different servers as
/// possible hold one, shares that exist stay where they are, and the rest is spread evenly.
/// \param servers  in permuted order, which breaks ties.
/// \return shares are left out only where no server is writable.
std::map<ShareNumber, ServerIndex> placeShares(std::span<const PlacementServer> servers,
                                               std::uint32_t total);

} // namespace tarn::pipeline
