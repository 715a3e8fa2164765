// Any bytes as a configuration file: refused with a place, or read; never a crash.
#include "core/base/check.h"
#include "core/base/config.h"

#include <array>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace tarn;
    constexpr std::array<std::string_view, 2> kChoices{"direct", "off"};
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    Result<ConfigReader> reader = ConfigReader::parse(text, "f");
    if (!reader) {
        TARN_ASSERT(reader.error().code() == ErrorCode::InvalidInput);
        return 0;
    }
    ConfigTable table = reader->table("storage");
    table.string("directory", "storage");
    table.boolean("readonly", false);
    table.byteSize("reserved_space", 0);
    table.duration("wait", Duration(0));
    table.strings("locations", {});
    table.optionalAddress("storage");
    const std::int64_t count = table.integer("count", 3, 1, 256);
    TARN_ASSERT(count >= 1 && count <= 256);
    TARN_ASSERT(table.choice("tcp", kChoices, 0) < kChoices.size());
    table.table("inner").string("deep", "");
    const Result<void> out = reader->finish();
    TARN_ASSERT(out || out.error().message().find("f:") == 0);
    return 0;
}
