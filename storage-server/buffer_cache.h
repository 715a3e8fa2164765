// buffer_cache: the buffers through which share data passes, kept for the next request. Engine
// thread.
#pragma once

#include "core/base/bytes.h"

#include <vector>

namespace tarn::storage {

class BufferCache
{
public:
    /// One buffer, given back on destruction. Must not outlive its cache.
    class Lent
    {
    public:
        Lent(BufferCache& cache, Bytes buffer) : m_cache(&cache), m_buffer(std::move(buffer)) {}
        ~Lent()
        {
            if (m_cache != nullptr) m_cache->giveBack(std::move(m_buffer));
        }
        Lent(const Lent&) = delete;
        Lent& operator=(const Lent&) = delete;
        Lent(Lent&& other) noexcept
            : m_cache(std::exchange(other.m_cache, nullptr)), m_buffer(std::move(other.m_buffer))
        {
        }
        Lent& operator=(Lent&&) = delete;
        MutableByteView view() { return m_buffer; }

    private:
        BufferCache* m_cache;
        Bytes m_buffer;
    };

    /// \param bufferBytes  size of every buffer.  \param keep  how many wait for their next use.
    BufferCache(std::size_t bufferBytes, std::size_t keep)
        : m_bufferBytes(bufferBytes), m_keep(keep)
    {
    }

    /// Its bytes are whatever they were.
    Lent lend();
    std::size_t bufferBytes() const { return m_bufferBytes; }

private:
    void giveBack(Bytes buffer);

    std::size_t m_bufferBytes;
    std::size_t m_keep;
    std::vector<Bytes> m_free;
};

} // namespace tarn::storage
