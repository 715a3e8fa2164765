#include "client-gateway/dirs/link_metadata.h"

#include <nlohmann/json.hpp>

namespace tarn::gateway {

namespace {

using Json = nlohmann::ordered_json;

/// Follows the structure without building it.
class StructureCheck final : public nlohmann::json_sax<Json>
{
public:
    bool isObject() const { return m_isObject; }
    bool tooDeep() const { return m_tooDeep; }

    bool null() override { return value(); }
    bool boolean(bool /*value*/) override { return value(); }
    bool number_integer(number_integer_t /*value*/) override { return value(); }
    bool number_unsigned(number_unsigned_t /*value*/) override { return value(); }
    bool number_float(number_float_t /*value*/, const string_t& /*text*/) override
    {
        return value();
    }
    bool string(string_t& /*value*/) override { return value(); }
    bool binary(binary_t& /*value*/) override { return false; }
    bool start_object(std::size_t /*members*/) override
    {
        if (m_depth == 0) m_isObject = true;
        return deeper();
    }
    bool key(string_t& /*name*/) override { return true; }
    bool end_object() override { return higher(); }
    bool start_array(std::size_t /*items*/) override { return deeper(); }
    bool end_array() override { return higher(); }
    bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                     const nlohmann::detail::exception& /*error*/) override
    {
        return false;
    }

private:
    bool value() const { return m_isObject; }
    bool deeper()
    {
        m_tooDeep = ++m_depth > kMaxMetadataDepth;
        return m_isObject && !m_tooDeep;
    }
    bool higher()
    {
        --m_depth;
        return true;
    }

    std::size_t m_depth = 0;
    bool m_isObject = false;
    bool m_tooDeep = false;
};

Result<Json> parse(std::string_view text)
{
    TARN_TRY_VOID(checkMetadata(text));
    return Json::parse(text, nullptr, false);
}

void appendText(std::string& to, const Json& value)
{
    to += value.dump(-1, ' ', true);
}

void appendSpelled(std::string& to, const Json& value) // NOLINT(misc-no-recursion): depth checked
{
    const char* separator = "";
    if (value.is_object()) {
        to += '{';
        for (const auto& [key, member] : value.items()) {
            to += separator;
            appendText(to, Json(key));
            to += ": ";
            appendSpelled(to, member);
            separator = ", ";
        }
        to += '}';
    } else if (value.is_array()) {
        to += '[';
        for (const Json& item : value) {
            to += separator;
            appendSpelled(to, item);
            separator = ", ";
        }
        to += ']';
    } else {
        appendText(to, value);
    }
}

MetadataText spelled(const Json& object)
{
    MetadataText text;
    appendSpelled(text, object);
    return text;
}

/// As Python sees it.
bool isTrue(const Json& value)
{
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_number()) return value.get<double>() != 0;
    if (value.is_string()) return !value.get_ref<const std::string&>().empty();
    return !value.is_null() && !value.empty();
}

/// The reserved member, with the times of this edge.
Json systemMember(const Json& metadata, const Json& oldCreation, double now)
{
    Json system = Json::object();
    if (metadata.contains("tahoe") && metadata["tahoe"].is_object()) system = metadata["tahoe"];
    if (!system.contains("linkcrtime"))
        system["linkcrtime"] = oldCreation.is_null() ? Json(now) : oldCreation;
    system["linkmotime"] = now;
    return system;
}

} // namespace

Result<void> checkMetadata(std::string_view json)
{
    if (json == "{}") return ok();
    StructureCheck check;
    if (Json::sax_parse(json, &check)) return ok();
    if (check.tooDeep())
        return Error(ErrorCode::InvalidInput, "the metadata is nested deeper than " +
                                                  std::to_string(kMaxMetadataDepth) + " levels");
    return Error(ErrorCode::InvalidInput, "the metadata is not a JSON object");
}

Result<MetadataText> spelledMetadata(std::string_view json)
{
    TARN_TRY(const Json object, parse(json));
    return spelled(object);
}

Result<UpdatedMetadata> updatedMetadata(std::optional<std::string_view> old,
                                        std::optional<std::string_view> given, double now)
{
    TARN_TRY(Json metadata, parse(old.value_or("{}")));
    const Json oldCreation = metadata.contains("ctime") ? metadata["ctime"] : Json();
    if (given) {
        TARN_TRY(Json replacement, parse(*given));
        replacement.erase("tahoe");
        if (metadata.contains("tahoe")) replacement["tahoe"] = metadata["tahoe"];
        metadata = std::move(replacement);
    }
    metadata["tahoe"] = systemMember(metadata, oldCreation, now);
    const bool noWrite = metadata.contains("no-write") && isTrue(metadata["no-write"]);
    return UpdatedMetadata{spelled(metadata), noWrite};
}

} // namespace tarn::gateway
