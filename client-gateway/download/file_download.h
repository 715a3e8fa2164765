// file_download: Download for CHK and LIT capabilities; and the ciphertext of a file for repair.
#pragma once

#include "client-gateway/async/gate.h"
#include "client-gateway/download/block_fetcher.h"
#include "client-gateway/download/download.h"
#include "client-gateway/download/run_decoder.h"
#include "core/base/executor.h"
#include "core/cap/file_cap.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <vector>

namespace tarn::gateway {

struct DownloadParts
{
    asio::any_io_executor engine;
    Clock& clock;
    WorkPool& cpu;
    FetchSettings settings;
    /// Of all downloads: how many bytes of segments may be on their way to clients.
    Gate& gate;
};

/// Runs of verified segments of one file. Engine thread; owned by shared_ptr.
class SegmentReader
{
public:
    /// \param servers  all, in any order.  \return InvalidInput: impossible numbers.
    static Result<std::shared_ptr<SegmentReader>>
    make(DownloadParts parts, const cap::ImmutableVerifyCap& cap, std::vector<ServerPtr> servers);

    /// Finds and opens shares: afterwards file() holds. Errors as Download::read().
    asio::awaitable<Result<void>> open();
    /// \pre open() has succeeded
    const share::Segmentation& file() const { return m_file->proof->file(); }
    const pipeline::FileProof& proof() const { return *m_file->proof; }

    /// Ciphertext of a run of segments, verified against the capability.
    asio::awaitable<Result<std::vector<pipeline::VerifiedSegment>>>
    ciphertext(pipeline::SegmentSpan segments);
    /// The same decrypted, as far as it lies in `wanted`.
    asio::awaitable<Result<std::vector<pipeline::PlainSegment>>>
    plaintext(pipeline::SegmentSpan segments, FileKey key, ByteRange wanted);

    /// Memory to be used again.
    void giveBack(pipeline::SegmentBuffer buffer);

    DownloadStatus status() const;

private:
    SegmentReader(DownloadParts parts, std::shared_ptr<FileKnowledge> file,
                  std::vector<ServerPtr> ordered);

    asio::awaitable<Result<DecodedRun>> decode(pipeline::SegmentSpan segments,
                                               const std::vector<FetchedBlocks>& shares);
    void rejectBad(const std::vector<BadBlock>& bad, BlockSet& set);

    DownloadParts m_parts;
    std::shared_ptr<FileKnowledge> m_file;
    BlockFetcher m_fetcher;
    std::vector<pipeline::SegmentBuffer> m_buffers; ///< free
};

/// \param servers  all, in any order.
/// \return InvalidInput: the capability's numbers are impossible.
Result<std::shared_ptr<Download>>
openDownload(DownloadParts parts, const cap::ImmutableReadCap& cap, std::vector<ServerPtr> servers);
std::shared_ptr<Download> openLiteral(const cap::LiteralCap& cap);

} // namespace tarn::gateway
