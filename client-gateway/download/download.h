// download: one immutable file opened for reading. Ranges come as verified plaintext, in order,
// as soon as they are there.
#pragma once

#include "client-gateway/transfer_log.h"
#include "core/base/byte_range.h"
#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/base/result.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tarn::gateway {

/// Takes the plaintext; pushed, one piece at a time, so that a slow reader slows the servers.
class DownloadSink
{
public:
    virtual ~DownloadSink() = default;
    /// The view lives until the returned operation ends. An error ends the read with that error.
    virtual asio::awaitable<Result<void>> write(ByteView piece) = 0;
};

enum class ShareState {
    Found,       ///< a server says that it has it; not read yet
    Used,        ///< read from, all good so far
    Slow,        ///< answers late; others were asked in its place
    Failed,      ///< its server went away or broke the protocol
    Missing,     ///< its server no longer has it
    Corrupt,     ///< a hash or the layout is wrong; its server was told
    Incompatible ///< an unknown layout version
};

std::string_view nameOf(ShareState state);

/// What happened to one copy of a share during this download.
struct ShareStatus
{
    ShareNumber share;
    std::string serverId;
    ShareState state = ShareState::Found;
    std::string reason; ///< empty while all is well
    std::uint64_t bytesRead = 0;
    std::uint32_t requests = 0;
};

struct DownloadStatus
{
    std::string storageIndex;        ///< base32; empty for LIT
    std::vector<ShareStatus> shares; ///< by share number, then server id
    std::uint32_t serversAsked = 0;
    std::uint32_t serversAnswered = 0;
    std::vector<std::string> problems; ///< "server v0-abc: refused": servers that gave no answer
    std::shared_ptr<const TransferLog> log; ///< of all reads; it goes on; null: none was kept
};

/// Kept open it remembers servers, trees and speeds: later reads need fewer requests. Reads of
/// one Download may overlap. Cancelling a read stops its requests at once.
class Download
{
public:
    virtual ~Download() = default;

    /// Plaintext bytes of the file, from the capability.
    virtual std::uint64_t size() const = 0;

    /// Plaintext of `range` (end <= size(), begin <= end) into `sink`, verified, in order.
    /// \return InvalidInput: the range leaves the file.  NoShares, NotEnoughShares: the message
    ///         names what was found where.  Whatever the sink returned.
    virtual asio::awaitable<Result<void>> read(ByteRange range, DownloadSink& sink) = 0;

    virtual DownloadStatus status() const = 0;
};

} // namespace tarn::gateway
