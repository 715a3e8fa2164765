// random_scenario: a life of a simulated grid drawn from one seed: its shape, files, operations,
// faults over time; and the invariants that must hold whatever happens:
//   - no wrong byte ever comes out;
//   - while any k distinct shares of an acknowledged file live on honest, reachable servers, it
//     can be read; after repair there, it is whole again;
//   - what was acknowledged is where the answer says, on the servers that are honest;
//   - an upload that failed or was cancelled leaves no unfinished share after the timeouts;
//   - every operation ends within a bounded time.
#pragma once

#include "core/base/clock.h"

#include <cstdint>
#include <string>

namespace tarn::test {

struct ScenarioReport
{
    std::string failure;         ///< empty when every invariant held
    std::uint64_t traceHash = 0; ///< equal for equal seeds
    unsigned operations = 0;
    unsigned succeeded = 0;
    unsigned faults = 0;
    Duration longest{}; ///< operation, in virtual time
};

ScenarioReport runScenario(std::uint64_t seed);

} // namespace tarn::test
