// Any text as a date of HTTP: refused, or printed back the same.
#include "core/base/check.h"
#include "core/net/http_date.h"
#include "core/net/http_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const tarn::Result<tarn::WallTime> time = tarn::net::parseHttpDate(text);
    if (time) TARN_ASSERT(tarn::net::httpDate(*time) == text);
    return 0;
}
