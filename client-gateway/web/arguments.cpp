#include "client-gateway/web/arguments.h"

#include "core/net/http_message.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tarn::gateway::web {

namespace {

constexpr std::size_t kMaxArguments = 200;

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

template <std::size_t N>
bool isOneOf(std::string_view value, const std::array<std::string_view, N>& words)
{
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return equalIgnoringCase(value, word); });
}

constexpr std::array<std::string_view, 4> kTrue{"true", "t", "1", "on"};
constexpr std::array<std::string_view, 4> kFalse{"false", "f", "0", "off"};

} // namespace

bool equalIgnoringCase(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text)
{
    constexpr std::string_view kSpace = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Result<Arguments> Arguments::parse(std::string_view encoded)
{
    Arguments out;
    while (!encoded.empty()) {
        const std::size_t end = std::min(encoded.find('&'), encoded.size());
        const std::string_view pair = encoded.substr(0, end);
        encoded.remove_prefix(std::min(end + 1, encoded.size()));
        if (pair.empty()) continue;
        if (out.m_arguments.size() == kMaxArguments)
            return Error(ErrorCode::InvalidInput, "more than 200 arguments");
        const std::size_t equals = std::min(pair.find('='), pair.size());
        TARN_TRY(std::string name, net::percentDecode(pair.substr(0, equals), true));
        const std::string_view rest = pair.substr(std::min(equals + 1, pair.size()));
        TARN_TRY(std::string value, net::percentDecode(rest, true));
        out.add(std::move(name), std::move(value));
    }
    return out;
}

void Arguments::add(std::string name, std::string value)
{
    m_arguments.emplace_back(std::move(name), std::move(value));
}

void Arguments::replace(std::string_view name, std::string value)
{
    std::erase_if(m_arguments, [name](const auto& argument) { return argument.first == name; });
    add(std::string(name), std::move(value));
}

const std::string* Arguments::find(std::string_view name) const
{
    const auto it = std::find_if(m_arguments.begin(), m_arguments.end(),
                                 [&](const auto& argument) { return argument.first == name; });
    return it == m_arguments.end() ? nullptr : &it->second;
}

std::string_view Arguments::trimmed(std::string_view name) const
{
    const std::string* value = find(name);
    return value ? trim(*value) : std::string_view{};
}

Result<bool> Arguments::boolean(std::string_view name, bool otherwise) const
{
    const std::string* value = find(name);
    if (!value) return otherwise;
    if (isOneOf(*value, kTrue)) return true;
    if (isOneOf(*value, kFalse)) return false;
    return Error(ErrorCode::InvalidInput,
                 "argument " + std::string(name) + "= must be true, t, 1, on, false, f, 0 or off");
}

Result<std::optional<std::uint64_t>> Arguments::number(std::string_view name) const
{
    if (!find(name)) return std::optional<std::uint64_t>();
    const std::string_view text = trimmed(name);
    std::uint64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem == std::errc() && end == text.data() + text.size())
        return std::optional<std::uint64_t>(value);
    return Error(ErrorCode::InvalidInput,
                 "argument " + std::string(name) + "= must be a number, 0 or more");
}

Result<FileFormat> formatOf(const Arguments& arguments)
{
    const std::string_view format = arguments.trimmed("format");
    if (format.empty()) {
        TARN_TRY(const bool isMutable, arguments.boolean("mutable", false));
        return isMutable ? FileFormat::Sdmf : FileFormat::Chk;
    }
    if (equalIgnoringCase(format, "CHK")) return FileFormat::Chk;
    if (equalIgnoringCase(format, "SDMF")) return FileFormat::Sdmf;
    if (equalIgnoringCase(format, "MDMF")) return FileFormat::Mdmf;
    return Error(ErrorCode::InvalidInput, "unknown format=, it must be CHK, SDMF or MDMF");
}

} // namespace tarn::gateway::web
