// mutable_service: what directories and the web API ask of mutable files; MutableFiles answers on
// a grid, tests stand in with a map.
// Source: spec of mutable files, sections 6 to 10; allmydata.interfaces.IMutableFileNode.
#pragma once

#include "client-gateway/check/check_result.h"
#include "client-gateway/download/download.h"
#include "client-gateway/upload/upload.h"
#include "core/cap/file_cap.h"
#include "core/crypto/rsa.h"

#include <functional>
#include <memory>
#include <optional>
#include <variant>

namespace tarn::gateway {

using MutableReadable = std::variant<cap::MutableWriteCap, cap::MutableReadCap>;
using MutableCap = std::variant<cap::MutableWriteCap, cap::MutableReadCap, cap::MutableVerifyCap>;

/// One version, whole.
struct MutableContents
{
    Bytes data;
    std::uint64_t sequence = 0;
};

struct MutableCreation
{
    cap::MutableFormat format = cap::MutableFormat::Sdmf;
    std::optional<crypto::RsaKey> key; ///< absent: one from the pool of keys made ahead
};

/// Engine thread. Operations may run side by side; writes to one file through one service take
/// turns. Each is cancelled by cancelling its coroutine: a write then left the old version, the
/// new one, or shares of both of which the next write makes one.
///
/// Common errors. NoShares, NotEnoughShares: no version can be recovered. Conflict: somebody else
/// wrote meanwhile (Tahoe-LAFS: UncoordinatedWriteError); the file holds theirs, ours or both in
/// part. Unhappy: too few servers took shares (NotEnoughServersError). TooLarge: over the limit.
class MutableService
{
public:
    virtual ~MutableService() = default;

    /// A new file with the whole of `source`, sequence number 1, on servers of its own choice.
    virtual asio::awaitable<Result<cap::MutableWriteCap>> create(UploadSource& source,
                                                                 MutableCreation how) = 0;

    /// The newest recoverable version, opened: size() and ranges are of that version, also when
    /// somebody writes meanwhile (a read then may fail, but never mixes versions).
    virtual asio::awaitable<Result<std::shared_ptr<Download>>> open(MutableReadable cap) = 0;

    /// The newest recoverable version in memory. \return TooLarge: it has more than `limit` bytes.
    virtual asio::awaitable<Result<MutableContents>> read(MutableReadable cap,
                                                          std::uint64_t limit) = 0;

    /// Replaces the contents, whatever they were. Not repeated after Conflict.
    virtual asio::awaitable<Result<void>> overwrite(cap::MutableWriteCap cap,
                                                    UploadSource& source) = 0;

    /// Replaces bytes from `offset` on (at most the size: then it appends); MDMF sends only the
    /// segments touched. \return InvalidInput: `offset` lies behind the end.
    virtual asio::awaitable<Result<void>> update(cap::MutableWriteCap cap, std::uint64_t offset,
                                                 UploadSource& source) = 0;

    /// \param old    the newest contents.
    /// \param again  an earlier answer of this edit may already be what `old` holds.
    /// \return the new contents, nothing where `old` may stay, or an error that ends the edit.
    using Edit = std::function<Result<std::optional<Bytes>>(ByteView old, bool again)>;

    /// Reads, edits, writes; after Conflict again with growing pauses, four times at
    /// most. \return the contents that the file now has.
    virtual asio::awaitable<Result<MutableContents>> modify(cap::MutableWriteCap cap,
                                                            std::uint64_t limit, Edit edit) = 0;

    virtual asio::awaitable<Result<CheckResult>> check(MutableCap cap, CheckOptions options) = 0;
    /// Repairs where needed; without a write capability that is "not attempted".
    virtual asio::awaitable<Result<RepairResult>> checkAndRepair(MutableCap cap,
                                                                 CheckOptions options) = 0;
};

} // namespace tarn::gateway
