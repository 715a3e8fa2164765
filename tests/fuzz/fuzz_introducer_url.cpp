// Any text as an introducer's URL: refused, or printed back the same.
#include "core/base/check.h"
#include "core/wire/introducer_url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const tarn::Result<tarn::wire::IntroducerUrl> url = tarn::wire::parseIntroducerUrl(text);
    if (url) TARN_ASSERT(tarn::wire::textOf(*url) == text);
    return 0;
}
