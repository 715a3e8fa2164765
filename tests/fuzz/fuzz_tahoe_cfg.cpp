// Any bytes as a tahoe.cfg: keys and values are parts of the text.
#include "core/base/check.h"
#include "storage-server/tahoe_config.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::size_t sum = 0;
    for (const auto& [key, value] : tarn::storage::parseIni(text)) {
        TARN_ASSERT(key.find('\n') == std::string::npos);
        TARN_ASSERT(value.find('\n') == std::string::npos);
        sum += value.size();
    }
    TARN_ASSERT(sum <= 2 * size);
    return 0;
}
