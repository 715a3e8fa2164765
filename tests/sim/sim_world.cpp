#include "tests/sim/sim_world.h"

#include <cstdio>
#include <cstdlib>

namespace tarn::test {

SimTrace::SimTrace(const Clock& clock)
    : m_clock(clock), m_begun(clock.now()), m_print(std::getenv("TARN_SIM_TRACE") != nullptr)
{
}

/// FNV-1a.
void SimTrace::mix(std::uint64_t byte)
{
    m_hash ^= byte & 0xffU;
    m_hash *= 0x100000001b3ULL;
}

void SimTrace::note(std::string_view line)
{
    const auto time = static_cast<std::uint64_t>((m_clock.now() - m_begun).count());
    for (unsigned shift = 0; shift < 64; shift += 8)
        mix(time >> shift);
    for (const char c : line)
        mix(static_cast<unsigned char>(c));
    if (!m_print) return;
    std::fprintf(stderr, "%12.3f s  %.*s\n", static_cast<double>(time) / 1e9,
                 static_cast<int>(line.size()), line.data());
}

} // namespace tarn::test
