// scenario_state: a simulated grid drawn from a seed, what is wrong with each of its servers at
// present, the files that it acknowledged; and the truth about them.
#pragma once

#include "tests/sim/sim_faults.h"
#include "tests/sim/sim_grid.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tarn::test {

/// A file that was acknowledged.
struct ScenarioFile
{
    std::string cap;
    StorageIndex index;
    Bytes plain;
    std::uint32_t needed = 0;
    std::uint32_t total = 0;
};

/// What is wrong with a server.
struct Trouble
{
    bool silent = false;  ///< a black hole around it
    bool badLink = false; ///< slow, or it breaks
    bool hostile = false; ///< breaks the protocol
    std::optional<Lie> lie;
    TimePoint dishonestUntil{}; ///< when the last lie or broken protocol ended
    std::set<std::pair<StorageIndex, ShareNumber>> spoilt; ///< shares at rest

    bool none() const { return !silent && !badLink && !hostile && !lie; }
    bool dishonest() const { return hostile || lie; }
    /// It answers well or not at all.
    bool goodOrDead() const { return !badLink && !hostile && !lie; }
};

/// Few servers or a hundred, any code, segment size and line.
SimGridShape drawShape(SeededRandom& random);

struct ScenarioState
{
    explicit ScenarioState(std::uint64_t seed);

    void note(const std::string& line) { grid.world.trace.note(line); }
    bool chance(double probability) { return random.chance(probability); }
    std::size_t draw(std::size_t below)
    {
        return static_cast<std::size_t>(random.between(0, below - 1));
    }
    gateway::Grid& anyGateway() { return grid.gateway(draw(shape.gateways)).grid(); }
    const ScenarioFile& anyFile() { return files[draw(files.size())]; }

    /// Runs, can be reached, tells the truth.
    bool good(std::size_t server)
    {
        return grid.server(server).running() && troubles[server].none();
    }
    std::size_t goodServers();
    bool onlyGoodAndDead() const;

    /// Distinct unspoilt shares on good servers.
    std::set<ShareNumber> livingShares(const ScenarioFile& file);
    /// All but those of which every server keeps a spoilt copy: they cannot be replaced there.
    std::uint32_t mendableShares(const ScenarioFile& file) const;
    /// Shares begun and not complete, by server; 0 where it cannot be reached.
    std::vector<std::size_t> unfinished();

    SeededRandom random;
    SimGridShape shape;
    SimGrid grid;
    std::vector<Trouble> troubles; ///< by server
    std::vector<ScenarioFile> files;
};

} // namespace tarn::test
