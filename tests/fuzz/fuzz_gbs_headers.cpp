// Any text as every header and path of a GBS request: what is read prints back to the same.
#include "core/base/check.h"
#include "core/wire/content_range.h"
#include "core/wire/gbs_headers.h"
#include "core/wire/http_routes.h"

#include <array>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace tarn;
    using namespace tarn::wire;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::array<std::string_view, 1> values{text};
    const std::array<SecretKind, 1> upload{SecretKind::Upload};
    if (const Result<RequestSecrets> secrets = parseSecrets(values, upload))
        TARN_ASSERT(!secrets->upload.empty());
    if (const Result<ByteRange> range = parseRange(text))
        TARN_ASSERT(*parseRange(rangeHeader(*range)) == *range);
    if (const Result<ByteRange> range = parseContentRange(text))
        TARN_ASSERT(*parseContentRange(contentRangeHeader(*range, std::nullopt)) == *range);
    if (acceptsCbor(text)) TARN_ASSERT(text.find("application/cbor") != std::string_view::npos);
    isCborContent(text);
    for (const std::string_view method : {"GET", "PUT", "POST", "PATCH"}) {
        const auto found = findRoute(method, text);
        if (const Route* route = std::get_if<Route>(&found))
            TARN_ASSERT(std::get<Route>(findRoute(method, pathOf(*route))) == *route);
    }
    return 0;
}
