// Any bytes as a tahoe.cfg: keys and values are parts of the text, and print to a file that is read
// the same.
#include "core/base/check.h"
#include "storage-server/tahoe_config.h"

#include <cstdint>

namespace {

/// Where the name of a section has a dot, what is behind it may have one of these and would read
/// as something else in the place of a key.
constexpr std::string_view kMarks = "#;[=: \t\r\v\fABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A section of its own for each value.
std::string print(std::string_view key, const std::string& value)
{
    const std::size_t dot = key.find('.');
    return "[" + std::string(key.substr(0, dot)) + "]\n" + std::string(key.substr(dot + 1)) +
           " = " + value + "\n";
}

bool isPrintable(std::string_view key)
{
    const std::string_view name = key.substr(key.find('.') + 1);
    return name.find_first_of(kMarks) == std::string_view::npos;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto values = tarn::storage::parseIni(text);
    std::size_t sum = 0;
    std::string printed;
    auto expected = values;
    for (const auto& [key, value] : values) {
        TARN_ASSERT(key.find('\n') == std::string::npos);
        TARN_ASSERT(value.find('\n') == std::string::npos);
        sum += value.size();
        if (isPrintable(key))
            printed += print(key, value);
        else
            expected.erase(key);
    }
    TARN_ASSERT(tarn::storage::parseIni(printed) == expected);
    TARN_ASSERT(sum <= 2 * size);
    return 0;
}
