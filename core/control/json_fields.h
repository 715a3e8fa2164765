// json_fields: members of JSON objects as values and back, for the sources beside it. What reads
// throws json::exception; reading() catches that.
#pragma once

#include "core/base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tarn::control {

// T: bool, std::int64_t, std::uint64_t or std::string.

template <class T>
nlohmann::json orNull(const std::optional<T>& value);
/// None: null. The member has to be there.
template <class T>
std::optional<T> optionalAt(const nlohmann::json& value, const char* key);
/// Leaves `into` as it is where there is no such member.
template <class T>
void getIf(const nlohmann::json& value, const char* key, T& into);

/// No sign and no point.
std::uint64_t unsignedAt(const nlohmann::json& value, const char* key);
std::optional<std::uint64_t> unsignedOrNull(const nlohmann::json& value, const char* key);

/// An object whose only member is a list of `count` values, one(0) first.
nlohmann::json listOf(const char* key, std::size_t count,
                      const std::function<nlohmann::json(std::size_t)>& one);

namespace detail {
void forEachAt(const nlohmann::json& value, const char* key,
               const std::function<void(const nlohmann::json&)>& take);
Result<void> caught(ErrorCode code, const char* what, const std::function<void()>& read);
} // namespace detail

template <class T>
std::vector<T> allAt(const nlohmann::json& value, const char* key, T (*read)(const nlohmann::json&))
{
    std::vector<T> out;
    detail::forEachAt(value, key, [&](const nlohmann::json& one) { out.push_back(read(one)); });
    return out;
}

/// \return what `read` returns; an error with `code` and `what` where it throws.
template <class Read>
auto reading(ErrorCode code, const char* what, const Read& read) -> Result<decltype(read())>
{
    std::optional<decltype(read())> out;
    TARN_TRY_VOID(detail::caught(code, what, [&] { out.emplace(read()); }));
    return *std::move(out);
}

} // namespace tarn::control
