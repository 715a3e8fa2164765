#include "client-gateway/dirs/memory_transfers.h"

#include <algorithm>

namespace tarn::gateway {

asio::awaitable<Result<std::size_t>> MemorySource::read(MutableByteView into)
{
    const std::size_t count = std::min(into.size(), m_rest.size());
    if (count > 0) std::memcpy(into.data(), m_rest.data(), count);
    m_rest = m_rest.subspan(count);
    co_return count;
}

asio::awaitable<Result<void>> MemorySink::write(ByteView piece)
{
    append(m_bytes, piece);
    co_return ok();
}

} // namespace tarn::gateway
