// two_gateways: two gateways that change the same files at the same time, on a simulated grid of
// which at most kTroubled servers are lost, late or lying at a time. With 3-of-10 on ten servers
// that leaves every acknowledged version recoverable; and a version that only troubled servers
// took is not.
#pragma once

#include "tests/sim/sim_faults.h"
#include "tests/sim/sim_grid.h"

#include <set>
#include <string>
#include <vector>

namespace tarn::test {

struct EditReport
{
    std::string failure; ///< empty when every invariant held
    unsigned operations = 0;
    unsigned succeeded = 0;
    unsigned troubles = 0;
};

class TwoGateways
{
public:
    static constexpr std::size_t kServers = 10;
    static constexpr std::size_t kTroubled = 2;

    explicit TwoGateways(std::uint64_t seed);

    gateway::MutableService& files(std::size_t number)
    {
        return grid.gateway(number).grid().mutableFiles();
    }
    /// A file with a key that is ready. \pre nothing is wrong
    cap::MutableWriteCap create(cap::MutableFormat format, Bytes plain);

    /// Other servers are troubled from now on, or none.
    void changeTroubles();
    void relieveAll();

    /// Runs all to their ends, side by side; a server that is to crash does so meanwhile.
    /// \return the results.  Sets report.failure when one does not end.
    std::vector<Result<void>> together(std::vector<asio::awaitable<Result<void>>> work);

    void fail(const std::string& what)
    {
        if (report.failure.empty()) report.failure = what;
    }
    bool failed() const { return !report.failure.empty(); }
    std::size_t draw(std::size_t below)
    {
        return static_cast<std::size_t>(random.between(0, below - 1));
    }

    SeededRandom random;
    SimGrid grid;
    EditReport report;

private:
    void trouble(std::size_t server);

    std::set<std::size_t> m_troubled;
    std::set<std::size_t> m_crashSoon;
};

/// Both add words to the same file. Content is sealed by a hash: a torn version shows.
EditReport runAppends(std::uint64_t seed);
/// Both replace parts of an MDMF file. A part mixed of two shows.
EditReport runPatches(std::uint64_t seed);
/// Both link, rename and unlink children of the same directory.
EditReport runDirectory(std::uint64_t seed);

} // namespace tarn::test
