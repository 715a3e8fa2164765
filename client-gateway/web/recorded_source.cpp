#include "client-gateway/web/recorded_source.h"

namespace tarn::gateway::web {

asio::awaitable<Result<std::size_t>> RecordedSource::read(MutableByteView into)
{
    Result<std::size_t> count = co_await m_inner.read(into);
    if (count) m_recording.moved(*count);
    co_return count;
}

} // namespace tarn::gateway::web
