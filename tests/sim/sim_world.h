// sim_world: what all nodes of a simulated grid stand on: one engine, virtual time, one seed, a
// simulated network; and the trace by which two runs are compared.
#pragma once

#include "core/base/executor.h"
#include "tests/support/engine.h"
#include "tests/support/seeded_random.h"
#include "tests/support/sim_network.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace tarn::test {

/// A hash over everything that was noted, each with its virtual time.
class SimTrace
{
public:
    /// Prints each line as well when TARN_SIM_TRACE is set.
    explicit SimTrace(const Clock& clock);
    void note(std::string_view line);
    std::uint64_t hash() const { return m_hash; }

private:
    void mix(std::uint64_t byte);

    const Clock& m_clock;
    TimePoint m_begun;
    bool m_print;
    std::uint64_t m_hash = 0xcbf29ce484222325ULL;
};

struct SimWorld
{
    explicit SimWorld(std::uint64_t seed)
        : random(seed), network(engine.executor(), engine.clock(), seed), trace(engine.clock())
    {
    }
    FakeClock& clock() { return engine.clock(); }

    Engine engine;
    SeededRandom random;
    SimNetwork network;
    std::unique_ptr<WorkPool> pool = makeInlinePool();
    SimTrace trace;
};

} // namespace tarn::test
