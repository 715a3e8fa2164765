#include "tests/support/memory_peak.h"

#include <fstream>
#include <string>

namespace tarn::test {

namespace {

/// Of /proc/self/status, in bytes; there they are "VmRSS:      1234 kB".
std::size_t memoryCalled(const std::string& name)
{
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word) {
        std::size_t kilobytes = 0;
        if (word == name && status >> kilobytes) return kilobytes * 1024;
    }
    return 0;
}

} // namespace

MemoryPeak::MemoryPeak()
{
    // Makes the peak the present size.
    std::ofstream("/proc/self/clear_refs") << 5;
    m_begun = memoryCalled("VmRSS:");
}

std::size_t MemoryPeak::growth() const
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 0;
#else
    const std::size_t peak = memoryCalled("VmHWM:");
    return peak > m_begun ? peak - m_begun : 0;
#endif
}

} // namespace tarn::test
