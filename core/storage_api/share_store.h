// share_store: the seam between everything that wants shares kept and everything that keeps them.
// One method per operation of the GBS protocol (spec 07), same meaning on disk, over HTTP and in
// memory; tests/support/share_store_suite.h holds every implementation to it.
#pragma once

#include "core/base/byte_range.h"
#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/base/result.h"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace tarn::storage_api {

/// What a server says of itself (GET /storage/v1/version).
struct ServerVersion
{
    std::uint64_t maximumImmutableShareSize = 0; ///< bytes
    std::uint64_t maximumMutableShareSize = 0;   ///< bytes
    std::uint64_t availableSpace = 0;            ///< bytes
    std::string applicationVersion;
};

struct LeaseSecrets
{
    LeaseSecret renew;
    LeaseSecret cancel;
};

struct AllocateAnswer
{
    std::set<ShareNumber> alreadyHave; ///< all complete shares of the storage index
    std::set<ShareNumber> allocated;   ///< uploads started by this call
};

using tarn::ByteRange;

/// What is still missing of a share; empty = the share is complete and durable.
struct WriteAnswer
{
    std::vector<ByteRange> required; ///< ascending, disjoint
};

enum class ShareKind { Immutable, Mutable };

struct TestVector
{
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    ByteView specimen;
};

struct WriteVector
{
    std::uint64_t offset = 0;
    ByteView data;
};

struct ShareWrite
{
    std::vector<TestVector> tests;
    std::vector<WriteVector> writes;
    std::optional<std::uint64_t> newLength; ///< bytes; 0 deletes the share
};

struct ReadVector
{
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

/// Test all, read all, then write all or nothing (spec 06 section 7). The views must outlive the
/// awaited call.
struct ReadTestWrite
{
    std::map<ShareNumber, ShareWrite> shares;
    std::vector<ReadVector> reads;
};

struct ReadTestWriteAnswer
{
    bool success = false;                               ///< every test passed, writes are durable
    std::map<ShareNumber, std::vector<Bytes>> readData; ///< of the shares as they were before
};

/// Where one string of a write lies.
struct WriteSpot
{
    std::uint64_t offset = 0;
    std::uint64_t size = 0; ///< bytes, not 0
};

/// A read-test-write of one share whose data are not there yet.
struct StreamedShare
{
    ShareNumber share;
    std::vector<TestVector> tests; ///< their specimens must outlive the call only
    std::vector<ReadVector> reads;
    std::vector<WriteSpot> spots; ///< in the order in which the data will come
};

/// One on its way. Whoever lets it go before finish() leaves the share as it was. Engine thread,
/// one call at a time; not after its store.
class ShareStream
{
public:
    virtual ~ShareStream() = default;
    /// The next bytes of the data, all spots one after the other.
    /// \return InvalidInput: more than the spots hold.  The errors of readTestWrite(), at once or
    ///         later; it is of no more use then.
    virtual asio::awaitable<Result<void>> write(ByteView data) = 0;
    /// After the last byte; as readTestWrite(): all tests, all reads, then all writes or nothing.
    /// \return InvalidInput: bytes are missing.
    virtual asio::awaitable<Result<ReadTestWriteAnswer>> finish() = 0;
};

/// Every method: engine thread; all waits have a deadline of the implementation; may be cancelled.
/// Errors that any method may return besides its own: Timeout, PeerUnreachable, PeerMisbehaved
/// (remote stores), IoFailure (local ones), Cancelled.
class ShareStore
{
public:
    virtual ~ShareStore() = default;

    virtual asio::awaitable<Result<ServerVersion>> version() = 0;

    /// Complete shares of `index`; an unknown index has none (no error).
    virtual asio::awaitable<Result<std::set<ShareNumber>>> listShares(ShareKind kind,
                                                                      StorageIndex index) = 0;

    /// Starts uploads of the named shares, each `allocatedSize` bytes; adds or renews leases on
    /// the complete ones. Shares that find no space, or are being uploaded already, are in
    /// neither set of the answer (no error).
    virtual asio::awaitable<Result<AllocateAnswer>>
    allocate(StorageIndex index, std::set<ShareNumber> shares, std::uint64_t allocatedSize,
             LeaseSecrets leases, ByteView uploadSecret) = 0;

    /// \return NotFound: no upload in progress.  Unauthorized: another upload secret.
    ///         Conflict: other bytes were received for this range.  InvalidInput: past the
    ///         allocated size.
    /// When `required` comes back empty the share is complete and durable.
    virtual asio::awaitable<Result<WriteAnswer>> writeShare(StorageIndex index, ShareNumber share,
                                                            ByteView uploadSecret,
                                                            std::uint64_t offset,
                                                            ByteView data) = 0;

    /// \return NotFound: no such upload.  Unauthorized: another secret.
    ///         Unsupported: the share is complete already.
    virtual asio::awaitable<Result<void>> abortShare(StorageIndex index, ShareNumber share,
                                                     ByteView uploadSecret) = 0;

    /// Up to `range.size()` bytes into `into` (which must hold them); a range past the end reads
    /// short or nothing.
    /// \return the number of bytes read.  NotFound: no such share.
    virtual asio::awaitable<Result<std::size_t>> readShare(ShareKind kind, StorageIndex index,
                                                           ShareNumber share, ByteRange range,
                                                           MutableByteView into) = 0;

    /// readShare(), where that takes neither waiting nor the disk. \return nothing: ask
    /// readShare(), which also says what is wrong.
    virtual std::optional<std::size_t> readShareAtOnce(ShareKind /*kind*/, StorageIndex /*index*/,
                                                       ShareNumber /*share*/, ByteRange /*range*/,
                                                       MutableByteView /*into*/)
    {
        return std::nullopt;
    }

    /// \param reason  1 to 32765 bytes of text.  \return NotFound: no such share.
    virtual asio::awaitable<Result<void>> adviseCorrupt(ShareKind kind, StorageIndex index,
                                                        ShareNumber share, std::string reason) = 0;

    /// Adds or renews the lease on every share of `index`, both kinds.
    /// \return NotFound: no shares at all.  NoSpace: no room for another lease.
    virtual asio::awaitable<Result<void>> addLease(StorageIndex index, LeaseSecrets leases) = 0;

    /// \return Unauthorized: a share has another write enabler.
    virtual asio::awaitable<Result<ReadTestWriteAnswer>>
    readTestWrite(StorageIndex index, LeaseSecrets leases, ByteView writeEnabler,
                  const ReadTestWrite& request) = 0;

    /// readTestWrite() of one share while its data are being made; nothing is known of the answer
    /// before the end.
    /// \return Unsupported: this store wants them all at once.
    virtual asio::awaitable<Result<std::unique_ptr<ShareStream>>>
    streamShare(StorageIndex /*index*/, LeaseSecrets /*leases*/, ByteView /*writeEnabler*/,
                StreamedShare /*request*/)
    {
        co_return Error(ErrorCode::Unsupported, "shares are written at once here");
    }
};

} // namespace tarn::storage_api
