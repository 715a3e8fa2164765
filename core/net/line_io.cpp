#include "core/net/line_io.h"

#include <algorithm>
#include <array>

namespace tarn::net {

namespace {

bool isControl(char c)
{
    const auto code = static_cast<unsigned char>(c);
    return code < 0x20 ? c != '\t' : code == 0x7f;
}

} // namespace

asio::awaitable<Result<std::string>> receiveLine(SocketIo& io, std::size_t limit)
{
    std::string line;
    for (;;) {
        std::array<std::byte, 1> next{};
        TARN_CO_TRY_VOID(co_await io.receiveExactly(next));
        const char c = std::to_integer<char>(next[0]);
        if (c == '\n') break;
        if (line.size() >= limit)
            co_return Error(ErrorCode::PeerMisbehaved, io.peer() + ": a line without end");
        line += c;
    }
    if (line.ends_with('\r')) line.pop_back();
    if (std::any_of(line.begin(), line.end(), isControl))
        co_return Error(ErrorCode::PeerMisbehaved, io.peer() + ": control characters in a line");
    co_return line;
}

} // namespace tarn::net
