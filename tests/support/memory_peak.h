// memory_peak: by how much a piece of work made the process grow at most.
#pragma once

#include <cstddef>

namespace tarn::test {

/// Linux only; elsewhere, and under a sanitizer's allocator, growth() says 0. One at a time.
class MemoryPeak
{
public:
    MemoryPeak();
    /// Bytes.
    std::size_t growth() const;

private:
    std::size_t m_begun = 0;
};

} // namespace tarn::test
