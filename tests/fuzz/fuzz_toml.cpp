// Any bytes as a configuration file: refused with a place, or values that survive being printed
// and read again.
#include "core/base/check.h"
#include "core/base/config.h"
#include "core/base/config_writer.h"

#include <array>

using namespace tarn;

namespace {

constexpr std::array<std::string_view, 2> kChoices{"direct", "off"};

struct Settings
{
    std::string directory;
    bool readonly = false;
    std::uint64_t space = 0;
    Duration wait{};
    std::vector<std::string> locations;
    std::optional<HostPort> listen;
    std::int64_t count = 3;
    std::size_t tcp = 0;
    std::string deep;

    friend bool operator==(const Settings&, const Settings&) = default;
};

Result<Settings> read(std::string_view text)
{
    TARN_TRY(ConfigReader reader, ConfigReader::parse(text, "f"));
    ConfigTable table = reader.table("storage");
    Settings out;
    out.directory = table.string("directory", "storage");
    out.readonly = table.boolean("readonly", false);
    out.space = table.byteSize("reserved_space", 0);
    out.wait = table.duration("wait", Duration(0));
    out.locations = table.strings("locations", {});
    out.listen = table.optionalAddress("listen");
    out.count = table.integer("count", 3, 1, 256);
    out.tcp = table.choice("tcp", kChoices, 0);
    out.deep = table.table("inner").string("deep", "");
    TARN_TRY_VOID(reader.finish());
    return out;
}

std::string print(const Settings& settings)
{
    ConfigWriter out;
    out.table("storage");
    out.string("directory", settings.directory);
    out.boolean("readonly", settings.readonly);
    out.byteSize("reserved_space", settings.space);
    out.duration("wait", settings.wait);
    out.strings("locations", settings.locations);
    if (settings.listen) out.address("listen", *settings.listen);
    out.integer("count", settings.count);
    out.string("tcp", kChoices.at(settings.tcp));
    out.table("storage.inner");
    out.string("deep", settings.deep);
    return out.text();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Result<Settings> settings = read(text);
    if (!settings) {
        TARN_ASSERT(settings.error().code() == ErrorCode::InvalidInput);
        TARN_ASSERT(settings.error().message().starts_with("f:"));
        return 0;
    }
    TARN_ASSERT(settings->count >= 1 && settings->count <= 256);
    const Result<Settings> again = read(print(*settings));
    TARN_ASSERT(again && *again == *settings);
    return 0;
}
