#include "client-gateway/cli/line_splitter.h"

namespace tarn::gateway::cli {

namespace {

constexpr std::size_t kMaxLineBytes = 16U << 20U;

} // namespace

Result<void> LineSplitter::take(ByteView piece)
{
    std::string_view rest = asText(piece);
    for (;;) {
        const std::size_t end = rest.find('\n');
        m_begun += rest.substr(0, end);
        if (m_begun.size() > kMaxLineBytes)
            return Error(ErrorCode::PeerMisbehaved, "the gateway sent a line of more than 16 MiB");
        if (end == std::string_view::npos) return ok();
        rest.remove_prefix(end + 1);
        const std::string line = std::exchange(m_begun, {});
        TARN_TRY_VOID(m_onLine(line));
    }
}

Result<void> LineSplitter::finish()
{
    if (m_begun.empty()) return ok();
    const std::string line = std::exchange(m_begun, {});
    return m_onLine(line);
}

} // namespace tarn::gateway::cli
