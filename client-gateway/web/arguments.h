// arguments: the named arguments of a request, from its query string and from form fields.
// Source: spec 08 section 1 (the query string wins, booleans, surrounding whitespace of t=).
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::gateway::web {

class Arguments
{
public:
    /// "a=1&b=2", percent-encoded, "+" is a space; a name without "=" has the empty value.
    /// \return InvalidInput: bad escape, or more than 200 arguments.
    static Result<Arguments> parse(std::string_view encoded);

    /// Later additions of a name that is already there are kept but not found.
    void add(std::string name, std::string value);

    /// Of what was there by that name nothing is found any more.
    void replace(std::string_view name, std::string value);

    /// The first value of that name, or null.
    const std::string* find(std::string_view name) const;
    /// The same with surrounding whitespace removed; empty when absent.
    std::string_view trimmed(std::string_view name) const;
    /// \return InvalidInput naming the argument: neither true t 1 on nor false f 0 off.
    Result<bool> boolean(std::string_view name, bool otherwise) const;

    /// Absent: nothing. \return InvalidInput naming the argument: no decimal number, or empty.
    Result<std::optional<std::uint64_t>> number(std::string_view name) const;

    auto begin() const { return m_arguments.begin(); }
    auto end() const { return m_arguments.end(); }

private:
    std::vector<std::pair<std::string, std::string>> m_arguments;
};

/// What format= and mutable= ask for.
enum class FileFormat { Chk, Sdmf, Mdmf };

/// \return InvalidInput: a format= that is none of CHK, SDMF, MDMF (case does not matter).
Result<FileFormat> formatOf(const Arguments& arguments);

/// ASCII only; what HTTP means by case-insensitive.
bool equalIgnoringCase(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);

} // namespace tarn::gateway::web
