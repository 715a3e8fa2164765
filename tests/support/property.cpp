#include "tests/support/property.h"

#include <cstdio>
#include <cstdlib>

namespace tarn::test {

namespace {
bool holdsFor(std::uint64_t seed, const std::function<bool(SeededRandom&)>& holds)
{
    SeededRandom random(seed);
    if (holds(random)) return true;
    std::fprintf(stderr, "property fails: run again with TARN_SEED=%llu\n",
                 static_cast<unsigned long long>(seed));
    return false;
}
} // namespace

bool forAll(unsigned count, const std::function<bool(SeededRandom&)>& holds)
{
    if (const char* fixed = std::getenv("TARN_SEED"))
        return holdsFor(std::strtoull(fixed, nullptr, 10), holds);
    for (unsigned i = 0; i < count; ++i)
        if (!holdsFor(20260101U + i, holds)) return false;
    return true;
}

} // namespace tarn::test
