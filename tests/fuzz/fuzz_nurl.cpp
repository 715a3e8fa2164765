// Any text as a NURL: refused, or printed back the same.
#include "core/base/check.h"
#include "core/wire/nurl.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const tarn::Result<tarn::wire::Nurl> nurl = tarn::wire::parseNurl(text);
    if (nurl) TARN_ASSERT(tarn::wire::textOf(*nurl) == text);
    return 0;
}
