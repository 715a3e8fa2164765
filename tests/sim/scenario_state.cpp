#include "tests/sim/scenario_state.h"

#include <algorithm>
#include <array>

namespace tarn::test {

SimGridShape drawShape(SeededRandom& random)
{
    constexpr std::array<std::uint64_t, 4> kSegments{4096, 10'000, 65'536, 131'072};
    constexpr double kLarge = 0.3;
    SimGridShape shape;
    const bool large = random.chance(kLarge);
    shape.servers = large ? 100 : static_cast<std::size_t>(random.between(1, 12));
    shape.onDisk =
        static_cast<std::size_t>(random.between(0, std::min<std::size_t>(shape.servers / 2, 4)));
    shape.gateways = large ? 1 : static_cast<std::size_t>(random.between(1, 2));
    // A hundred handshakes every few minutes would be most of the work.
    if (large) shape.asking.idleAfter = std::chrono::hours(1);
    gateway::EncodingParameters& encoding = shape.encoding;
    encoding.needed = static_cast<std::uint32_t>(random.between(1, large ? 12 : 5));
    encoding.total = static_cast<std::uint32_t>(random.between(encoding.needed, large ? 40 : 12));
    const std::uint64_t most = std::min<std::uint64_t>(encoding.total, shape.servers);
    encoding.happy = static_cast<std::uint32_t>(random.between(1, most));
    encoding.segmentSize = kSegments[random.between(0, kSegments.size() - 1)];
    shape.link.latency = std::chrono::milliseconds(random.between(0, 50));
    if (random.chance(0.5)) shape.link.bytesPerSecond = 50'000 * double(random.between(1, 40));
    return shape;
}

ScenarioState::ScenarioState(std::uint64_t seed)
    : random(seed ^ 0x5ca1ab1eU), shape(drawShape(random)), grid(seed, shape),
      troubles(shape.servers)
{
    const gateway::EncodingParameters& e = shape.encoding;
    note("grid of " + std::to_string(shape.servers) + ", " + std::to_string(shape.onDisk) +
         " on disk; " + std::to_string(e.needed) + "-of-" + std::to_string(e.total) + ", happy " +
         std::to_string(e.happy) + ", segments of " + std::to_string(e.segmentSize));
}

std::size_t ScenarioState::goodServers()
{
    std::size_t many = 0;
    for (std::size_t i = 0; i < shape.servers; ++i)
        if (good(i)) ++many;
    return many;
}

bool ScenarioState::onlyGoodAndDead() const
{
    return std::all_of(troubles.begin(), troubles.end(),
                       [](const Trouble& trouble) { return trouble.goodOrDead(); });
}

std::set<ShareNumber> ScenarioState::livingShares(const ScenarioFile& file)
{
    std::set<ShareNumber> living;
    for (const auto& [server, shares] : grid.sharesOf(file.index)) {
        if (!good(server)) continue;
        for (const ShareNumber share : shares)
            if (!troubles[server].spoilt.contains({file.index, share})) living.insert(share);
    }
    return living;
}

std::uint32_t ScenarioState::mendableShares(const ScenarioFile& file) const
{
    std::uint32_t mendable = 0;
    for (ShareNumber share; share.value < file.total; ++share.value) {
        const bool everywhere =
            std::all_of(troubles.begin(), troubles.end(), [&](const Trouble& trouble) {
                return trouble.spoilt.contains({file.index, share});
            });
        if (!everywhere) ++mendable;
    }
    return mendable;
}

std::vector<std::size_t> ScenarioState::unfinished()
{
    std::vector<std::size_t> open(shape.servers);
    for (std::size_t i = 0; i < shape.servers; ++i)
        if (!troubles[i].silent) open[i] = grid.uploadsOpenOn(i);
    return open;
}

} // namespace tarn::test
