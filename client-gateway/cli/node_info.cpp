#include "client-gateway/cli/node_info.h"

#include <nlohmann/json.hpp>

namespace tarn::gateway::cli {

namespace {

using nlohmann::json;

std::string textAt(const json& object, const char* key)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<double> numberAt(const json& object, const char* key)
{
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number()) return std::nullopt;
    return found->get<double>();
}

NodeInfo::Kind kindOf(const std::string& type)
{
    if (type == "filenode") return NodeInfo::Kind::File;
    if (type == "dirnode") return NodeInfo::Kind::Directory;
    return NodeInfo::Kind::Unknown;
}

NodeInfo nodeOf(const json& pair)
{
    const json& about = pair.at(1);
    NodeInfo node;
    node.kind = kindOf(pair.at(0).get<std::string>());
    node.writeCap = textAt(about, "rw_uri");
    node.readCap = textAt(about, "ro_uri");
    node.isMutable = about.value("mutable", json()) == json(true);
    const auto size = about.find("size");
    if (size != about.end() && size->is_number_unsigned()) node.size = size->get<std::uint64_t>();
    const json metadata = about.value("metadata", json::object());
    const json tahoe = metadata.value("tahoe", json::object());
    node.linkCreated = numberAt(tahoe, "linkcrtime");
    if (!node.linkCreated) node.linkCreated = numberAt(metadata, "ctime");
    node.contentChanged = numberAt(metadata, "mtime");
    return node;
}

} // namespace

Result<Description> readDescription(std::string_view text)
{
    try {
        const json pair = json::parse(text);
        Description description;
        description.self = nodeOf(pair);
        if (description.self.kind == NodeInfo::Kind::Directory) {
            for (const auto& [name, child] : pair.at(1).at("children").items())
                description.children.emplace(name, nodeOf(child));
        }
        return description;
    } catch (const json::exception&) {
        return Error(ErrorCode::PeerMisbehaved,
                     "the gateway's answer is no description of an object; is it a gateway at "
                     "all (see -u)?");
    }
}

} // namespace tarn::gateway::cli
