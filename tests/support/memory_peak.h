// memory_peak: by how much a piece of work made the process grow at most.
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string>

namespace tarn::test {

/// Linux only; elsewhere, and under a sanitizer's allocator, growth() says 0.
class MemoryPeak
{
public:
    MemoryPeak()
    {
        // Makes the peak the present size.
        if (std::FILE* file = std::fopen("/proc/self/clear_refs", "w")) {
            std::fputs("5", file);
            std::fclose(file);
        }
        m_begun = lineOf("VmRSS:");
    }
    /// Bytes.
    std::size_t growth() const
    {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        return 0;
#else
        const std::size_t peak = lineOf("VmHWM:");
        return peak > m_begun ? peak - m_begun : 0;
#endif
    }

private:
    static std::size_t lineOf(const char* key)
    {
        std::FILE* file = std::fopen("/proc/self/status", "r");
        if (file == nullptr) return 0;
        char line[256];
        unsigned long kilobytes = 0;
        while (std::fgets(line, sizeof line, file) != nullptr)
            if (std::strncmp(line, key, std::strlen(key)) == 0)
                kilobytes = std::stoul(line + std::strlen(key));
        std::fclose(file);
        return std::size_t{kilobytes} * 1024;
    }

    std::size_t m_begun = 0;
};

} // namespace tarn::test
