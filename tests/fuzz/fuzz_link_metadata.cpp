// fuzz_link_metadata: what a directory says about a link is refused as InvalidInput, or spelled in
// one way only; an update of it is metadata again, and keeps what is not the caller's. Behind a
// zero byte: what the caller gives.
#include "client-gateway/dirs/link_metadata.h"
#include "client-gateway/web/indented_json.h"
#include "core/base/check.h"

#include <nlohmann/json.hpp>

#include <cstdint>

using namespace tarn;
using namespace tarn::gateway;
using nlohmann::json;

namespace {

void checkUpdate(std::optional<std::string_view> old, std::optional<std::string_view> given)
{
    const Result<UpdatedMetadata> updated = updatedMetadata(old, given, 1.5);
    if (!updated) {
        TARN_ASSERT(updated.error().code() == ErrorCode::InvalidInput);
        return;
    }
    TARN_ASSERT(checkMetadata(updated->text));
    const Result<MetadataText> spelled = spelledMetadata(updated->text);
    TARN_ASSERT(spelled && *spelled == updated->text);
    const json value = json::parse(updated->text, nullptr, false);
    TARN_ASSERT(value.is_object() && value.at("tahoe").at("linkmotime") == 1.5);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const std::string_view text = all.substr(0, all.find('\0'));
    const std::string_view given = all.substr(std::min(text.size() + 1, all.size()));
    checkUpdate(text, given);
    checkUpdate(std::nullopt, given);
    checkUpdate(text, std::nullopt);
    const Result<MetadataText> spelled = spelledMetadata(text);
    TARN_ASSERT(spelled.has_value() == checkMetadata(text).has_value());
    if (!spelled) {
        TARN_ASSERT(spelled.error().code() == ErrorCode::InvalidInput);
        return 0;
    }
    const Result<MetadataText> again = spelledMetadata(*spelled);
    TARN_ASSERT(again && *again == *spelled);
    // As the web API shows it.
    web::IndentedJson out;
    out.value(*spelled);
    const json shown = json::parse(std::move(out).take(), nullptr, false);
    TARN_ASSERT(shown.is_object());
    return 0;
}
