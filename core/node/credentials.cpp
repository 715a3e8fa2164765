#include "core/node/credentials.h"

namespace tarn::node {

Result<net::Outgoing> readCredentialsBlocking(const StateDir& dir, net::Outgoing outgoing)
{
    if (outgoing.credentials.empty()) return outgoing;
    constexpr std::size_t kMostBytes = 1024;
    const std::string path = dir.pathOf(outgoing.credentials);
    const Result<Secret> text = readPrivateFileBlocking(path, kMostBytes);
    if (!text) return Error(ErrorCode::InvalidInput, path + ": " + text.error().message());
    const Result<void> used = net::useCredentials(outgoing, asText(text->view()));
    if (!used) return used.error().within(path);
    return outgoing;
}

} // namespace tarn::node
