// copy_streams: the bytes of one file from a source to a place. On the engine of a
// BlockingGateway; local files are read and written between its turns.
#pragma once

#include "client-gateway/cli/byte_files.h"
#include "client-gateway/cli/copy/copy_tree.h"
#include "client-gateway/cli/gateway_client.h"
#include "client-gateway/cli/progress.h"
#include "core/crypto/sha256.h"

namespace tarn::gateway::cli {

/// PUTs a local file. \return the body of the answer.
asio::awaitable<Result<std::string>> uploadTo(GatewayClient& client, const CopySource& source,
                                              std::string target, ProgressBar& progress);
/// PUTs a file of the grid, read through `from`. \return the body of the answer.
asio::awaitable<Result<std::string>> relayTo(GatewayClient& client, GatewayClient& from,
                                             const CopySource& source, std::string target,
                                             ProgressBar& progress);
/// By which two files of the same contents are known.
struct ContentMark
{
    std::uint64_t size = 0; ///< bytes
    Hash256 digest;         ///< SHA-256
    friend bool operator==(const ContentMark&, const ContentMark&) = default;
};
/// Of a local file, which is read for it.
Result<ContentMark> contentMarkBlocking(const std::string& path);
/// Whether what `readCap` names holds the same as the source; both are read, as far as sizes do not
/// tell.
asio::awaitable<Result<bool>> holdsSame(GatewayClient& client, std::string readCap,
                                        const CopySource& source);
/// Writes a file of the grid to a local one, with its time where known.
/// \param present  what the local file holds already: then the same is not written again.
/// \return whether it was written.
asio::awaitable<Result<bool>> downloadTo(GatewayClient& client, const CopySource& source,
                                         const std::string& path, ProgressBar& progress,
                                         Durability durability,
                                         const std::optional<ContentMark>& present);
/// Between local files, with the time.
Result<void> copyLocally(const CopySource& source, const std::string& path, ProgressBar& progress);
/// A short text as a local file.
Result<void> writeTextTo(const std::string& path, std::string_view text);

/// One request without much of a body. \return the body of the answer; else the refusal.
asio::awaitable<Result<std::string>> requestText(GatewayClient& client, std::string method,
                                                 std::string target, std::string body);
/// POST t=check says that all shares are there.
asio::awaitable<Result<bool>> isHealthy(GatewayClient& client, std::string cap);

struct NewLink
{
    std::string name;
    bool isDirectory = false;
    LinkCaps caps;
    std::optional<double> modified; ///< seconds since 1970; absent: the link's metadata stay
    bool isThere = false;           ///< a directory whose link only gets another time
};
/// The body of t=set_children and t=mkdir-with-children.
/// \param linked  when the links are made, in seconds since 1970: t=mkdir-with-children does not
///                note it by itself.
std::string childrenJson(const std::vector<NewLink>& links, std::optional<double> linked);

} // namespace tarn::gateway::cli
