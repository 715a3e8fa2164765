// A block that parses prints to a canonical block that parses to the same values.
#include "core/base/check.h"
#include "core/share/uri_extension.h"

using namespace tarn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto parsed = share::parseUriExtension(std::as_bytes(std::span(data, size)));
    if (!parsed) {
        TARN_ASSERT(parsed.error().code() == ErrorCode::Corrupt);
        return 0;
    }
    const Bytes canonical = share::encodeUriExtension(*parsed);
    const auto again = share::parseUriExtension(canonical);
    TARN_ASSERT(again && *again == *parsed);
    const auto file = share::segmentationOf(*parsed, parsed->size.value_or(1000),
                                            parsed->needed.value_or(3), parsed->total.value_or(10));
    if (file) static_cast<void>(share::checkConsistent(*parsed, *file).has_value());
    return 0;
}
