// config_writer: prints effective settings as TOML that ConfigReader reads again (--check-config).
#pragma once

#include "core/base/quantity.h"

#include <string>
#include <string_view>
#include <vector>

namespace tarn {

class ConfigWriter
{
public:
    /// Begins "[name]". Without it values belong to the root.
    void table(std::string_view name);
    void string(std::string_view key, std::string_view value);
    void boolean(std::string_view key, bool value);
    void integer(std::string_view key, std::int64_t value);
    void byteSize(std::string_view key, std::uint64_t bytes);
    void duration(std::string_view key, Duration value);
    void strings(std::string_view key, const std::vector<std::string>& values);
    void address(std::string_view key, const HostPort& value);

    const std::string& text() const { return m_text; }

private:
    void line(std::string_view key, const std::string& value);

    std::string m_text;
};

} // namespace tarn
