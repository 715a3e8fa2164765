// fuzz_children_json: the children that a client of the web API names are refused as InvalidInput,
// or the same when a directory of them is printed and read again.
#include "client-gateway/web/json_texts.h"
#include "core/base/check.h"

#include <nlohmann/json.hpp>

#include <cstdint>

using namespace tarn;
using namespace tarn::gateway;
using namespace tarn::gateway::web;

namespace {

nlohmann::json jsonOf(const NewChild& child)
{
    nlohmann::json members = nlohmann::json::object();
    if (child.write) members["rw_uri"] = *child.write;
    if (child.read) members["ro_uri"] = *child.read;
    if (child.metadata) members["metadata"] = nlohmann::json::parse(*child.metadata);
    return nlohmann::json::array({"filenode", std::move(members)});
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Result<std::vector<NewChild>> children = childrenFromJson(text);
    if (!children) {
        TARN_ASSERT(children.error().code() == ErrorCode::InvalidInput);
        return 0;
    }
    nlohmann::json written = nlohmann::json::object();
    for (const NewChild& child : *children) {
        TARN_ASSERT(child.write || child.read);
        written[child.name] = jsonOf(child);
    }
    TARN_ASSERT(written.size() == children->size());
    const Result<std::vector<NewChild>> again = childrenFromJson(written.dump());
    TARN_ASSERT(again && again->size() == children->size());
    for (std::size_t i = 0; i < children->size(); ++i) {
        const NewChild& one = (*children)[i];
        const NewChild& other = (*again)[i];
        TARN_ASSERT(one.name == other.name && one.write == other.write && one.read == other.read &&
                    one.metadata == other.metadata);
    }
    return 0;
}
