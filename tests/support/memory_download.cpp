#include "tests/support/memory_download.h"

#include <algorithm>

namespace tarn::test {

namespace {

constexpr std::uint64_t kPieceBytes = 50'000;

} // namespace

asio::awaitable<Result<void>> MemoryDownload::read(ByteRange range, gateway::DownloadSink& sink)
{
    if (range.begin > range.end || range.end > m_data.size())
        co_return Error(ErrorCode::InvalidInput, "the range leaves the file");
    for (std::uint64_t at = range.begin; at < range.end; at += kPieceBytes) {
        const std::uint64_t count = std::min(kPieceBytes, range.end - at);
        TARN_CO_TRY_VOID(co_await sink.write(ByteView(m_data).subspan(at, count)));
    }
    co_return ok();
}

} // namespace tarn::test
