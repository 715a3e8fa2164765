// ini: tahoe.cfg and other INI files as Python's configparser reads them. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace tarn::node {

/// "section.key" to value.
using IniValues = std::map<std::string, std::string, std::less<>>;

/// Keys without case, '=' or ':', comment lines with '#' or ';', values over several lines joined
/// by a blank. Lines that are none of these are left out.
IniValues parseIni(std::string_view text);

} // namespace tarn::node
