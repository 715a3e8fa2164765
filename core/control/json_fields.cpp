#include "core/control/json_fields.h"

#include <nlohmann/json.hpp>

namespace tarn::control {

using nlohmann::json;

template <class T>
json orNull(const std::optional<T>& value)
{
    return value ? json(*value) : json();
}

template <class T>
std::optional<T> optionalAt(const json& value, const char* key)
{
    const json& at = value.at(key);
    if (at.is_null()) return std::nullopt;
    return at.get<T>();
}

template <class T>
void getIf(const json& value, const char* key, T& into)
{
    if (value.contains(key)) value.at(key).get_to(into);
}

#define TARN_JSON_FIELDS_OF(T)                                                                     \
    template json orNull<T>(const std::optional<T>&);                                              \
    template std::optional<T> optionalAt<T>(const json&, const char*);                             \
    template void getIf<T>(const json&, const char*, T&)
TARN_JSON_FIELDS_OF(bool);
TARN_JSON_FIELDS_OF(std::int64_t);
TARN_JSON_FIELDS_OF(std::uint64_t);
TARN_JSON_FIELDS_OF(std::string);
#undef TARN_JSON_FIELDS_OF

std::uint64_t unsignedAt(const json& value, const char* key)
{
    return value.at(key).get_ref<const json::number_unsigned_t&>();
}

std::optional<std::uint64_t> unsignedOrNull(const json& value, const char* key)
{
    if (value.at(key).is_null()) return std::nullopt;
    return unsignedAt(value, key);
}

json listOf(const char* key, std::size_t count, const std::function<json(std::size_t)>& one)
{
    json list = json::array();
    for (std::size_t i = 0; i < count; ++i)
        list.push_back(one(i));
    return {{key, std::move(list)}};
}

void detail::forEachAt(const json& value, const char* key,
                       const std::function<void(const json&)>& take)
{
    for (const json& one : value.at(key))
        take(one);
}

Result<void> detail::caught(ErrorCode code, const char* what, const std::function<void()>& read)
{
    try {
        read();
        return ok();
    } catch (const json::exception& e) {
        return Error(code, std::string(what) + ": " + e.what());
    }
}

} // namespace tarn::control
