// Any text as a location: refused, or printed and read back the same.
#include "core/base/check.h"
#include "core/wire/location.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using tarn::wire::Location;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const tarn::Result<Location> location = tarn::wire::parseLocation(text);
    if (!location) return 0;
    const tarn::Result<Location> again = tarn::wire::parseLocation(tarn::wire::textOf(*location));
    TARN_ASSERT(again && *again == *location);
    return 0;
}
