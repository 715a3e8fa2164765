// share_reader: reads one share on one server, with as few requests as its size allows, and
// checks its hashes down to the leaves against what the capability proves.
#pragma once

#include "client-gateway/async/signal.h"
#include "client-gateway/download/download.h"
#include "client-gateway/download/share_finder.h"
#include "core/base/clock.h"
#include "core/pipeline/read/file_proof.h"
#include "core/pipeline/read/plan.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <vector>

namespace tarn::gateway {

/// What all readers of one file share; it only grows.
struct FileKnowledge
{
    /// \return InvalidInput: numbers that no file can have.
    static Result<std::shared_ptr<FileKnowledge>> of(const cap::ImmutableVerifyCap& cap);

    cap::ImmutableVerifyCap cap;
    pipeline::EncodingPlan guess;             ///< what most files of this size look like
    std::optional<pipeline::FileProof> proof; ///< once any share has been opened
    TransferLogPtr log;                       ///< may be null

    std::uint32_t needed() const { return guess.file.needed(); }
    std::uint32_t total() const { return guess.file.total(); }
};

/// Consecutive blocks of one share as the server gave them, and the hashes that they must have.
struct FetchedBlocks
{
    ShareNumber share;
    Bytes data; ///< block after block
    std::vector<pipeline::ProvenBlockHash> hashes;
    ByteRange range; ///< of `data` in the share
};

/// Engine thread. Owned by shared_ptr: a coroutine of it keeps it alive.
/// Errors of all reads: Corrupt, "corruption in share[START-END): reason".  NotFound: the server
/// no longer has it.  Unsupported: an unknown layout.  Timeout, PeerUnreachable, PeerMisbehaved.
class ShareReader : public std::enable_shared_from_this<ShareReader>
{
public:
    /// \param readDeadline  for one range of at most a few megabytes.
    ShareReader(const asio::any_io_executor& engine, Clock& clock, Duration readDeadline,
                std::shared_ptr<FileKnowledge> file, FoundShare where);

    const FoundShare& where() const { return m_where; }
    bool isOpen() const { return m_proof.has_value(); }

    /// Header, extension block and hash chain: from now on file->proof and layout() are there.
    asio::awaitable<Result<void>> open();
    /// \pre isOpen()
    const share::ImmutableLayout& layout() const { return *m_layout; }

    /// The blocks and the proof of what they should be.  \pre isOpen()
    asio::awaitable<Result<FetchedBlocks>> blocks(pipeline::SegmentSpan segments);
    /// Proves the hashes of those segments of the file from this share's copy of the tree.
    /// \pre isOpen()
    asio::awaitable<Result<void>> proveSegments(pipeline::SegmentSpan segments);

    /// Checks both hash trees of the share, every stored node.  \pre isOpen()
    asio::awaitable<Result<void>> proveWholeTrees();
    /// Bytes of the share, exactly.
    asio::awaitable<Result<Bytes>> bytes(ByteRange range);

    ShareStatus status;

private:
    struct Cached
    {
        std::uint64_t begin = 0;
        Bytes data;
    };
    class Opening;

    asio::awaitable<Result<void>> openNow();
    asio::awaitable<Result<void>> prefetch();
    asio::awaitable<Result<void>> cache(ByteRange range);
    asio::awaitable<Result<void>> readHeader();
    asio::awaitable<Result<void>> readProof();
    asio::awaitable<Result<std::size_t>> fetch(ByteRange range, MutableByteView into);
    asio::awaitable<Result<std::vector<hashtree::NumberedHash>>>
    treeNodes(ByteRange section, std::vector<hashtree::NodeNumber> nodes);
    asio::awaitable<Result<void>> cachePages(ByteRange section,
                                             std::vector<pipeline::NodeRun> runs);
    const Cached* cachedFor(ByteRange range) const;

    Signal m_opened;
    Clock& m_clock;
    Duration m_readDeadline;
    std::shared_ptr<FileKnowledge> m_file;
    FoundShare m_where;
    bool m_opening = false;
    std::optional<share::ImmutableLayout> m_layout;
    std::optional<pipeline::ShareProof> m_proof;
    std::vector<Cached> m_cached;
};

/// Error for a part of a share that is not what it should be, in the words of Tahoe-LAFS's
/// corruption reports.
Error corruptIn(ByteRange range, std::string_view reason);

} // namespace tarn::gateway
