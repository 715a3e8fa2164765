// property: "for all" checks over seeded random values; a failure prints the seed that found it.
#pragma once

#include "tests/support/seeded_random.h"

#include <functional>

namespace tarn::test {

/// Runs `holds` `count` times with consecutive seeds. TARN_SEED=N in the environment runs that
/// seed alone. \return true if it held every time.
bool forAll(unsigned count, const std::function<bool(SeededRandom&)>& holds);

} // namespace tarn::test
