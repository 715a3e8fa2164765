// scenario_faults: what goes wrong, and right again, in a random scenario. Each draws from the
// scenario's seed and keeps its troubles true.
#pragma once

#include "tests/sim/scenario_state.h"

namespace tarn::test {

/// One change at one server; in large grids at several.
void changeSomething(ScenarioState& state);
/// The server runs, tells the truth and can be reached; what it holds stays as it is.
void relieve(ScenarioState& state, std::size_t server);
void relieveAll(ScenarioState& state);

} // namespace tarn::test
