#include "storage-server/buffer_cache.h"

namespace tarn::storage {

BufferCache::Lent BufferCache::lend()
{
    if (m_free.empty()) return Lent(*this, Bytes(m_bufferBytes));
    Bytes buffer = std::move(m_free.back());
    m_free.pop_back();
    return Lent(*this, std::move(buffer));
}

void BufferCache::giveBack(Bytes buffer)
{
    if (m_free.size() < m_keep) m_free.push_back(std::move(buffer));
}

} // namespace tarn::storage
