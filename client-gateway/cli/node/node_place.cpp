#include "client-gateway/cli/node/node_place.h"

#include "client-gateway/cli/local_files.h"
#include "core/node/state_dir.h"

#include <algorithm>

namespace tarn::gateway::cli {

namespace {

constexpr std::string_view kNodeRole = "node";
constexpr std::size_t kLongestFolderName = 64;

bool isPlain(std::string_view name)
{
    const auto isFit = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.' || c == ' ';
    };
    const auto isEdge = [](char c) { return c == '.' || c == ' ' || c == '-'; };
    return !name.empty() && name.size() <= kLongestFolderName && !isEdge(name.front()) &&
           !isEdge(name.back()) && std::all_of(name.begin(), name.end(), isFit);
}

} // namespace

std::string nodesFolder(std::string_view dataHome, std::string_view home)
{
    if (dataHome.starts_with('/')) return std::string(dataHome) + "/tarn";
    if (home.starts_with('/')) return std::string(home) + "/.local/share/tarn";
    return {};
}

Result<std::string> placeForGrid(const std::string& folder, std::string_view gridName)
{
    if (folder.empty())
        return Error(ErrorCode::InvalidInput, "HOME is not set: name a directory with --state");
    if (!isPlain(gridName)) {
        return Error(ErrorCode::InvalidInput,
                     "this grid's name cannot be the name of a directory, too: name one with "
                     "--state");
    }
    return folder + "/" + std::string(gridName);
}

std::vector<std::string> nodesBelowBlocking(const std::string& folder)
{
    std::vector<std::string> out;
    if (folder.empty()) return out;
    const Result<std::vector<std::string>> names = namesInBlocking(folder);
    if (!names) return out;
    for (const std::string& name : *names) {
        std::string path = joinedPath(folder, name);
        if (node::StateDir::inspectBlocking(path, kNodeRole)) out.push_back(std::move(path));
    }
    return out;
}

void useOnlyNodeBlocking(GatewayChoice& choice, const std::string& folder)
{
    if (choice.stateNamed || choice.url) return;
    const std::vector<std::string> nodes = nodesBelowBlocking(folder);
    if (nodes.size() == 1) choice.stateDirectory = nodes.front();
}

} // namespace tarn::gateway::cli
