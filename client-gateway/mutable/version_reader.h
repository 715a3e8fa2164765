// version_reader: the plaintext of one version of a mutable file, from any k good shares of it.
// Source: spec of mutable files, section 8; allmydata.mutable.retrieve.
#pragma once

#include "client-gateway/mutable/share_copy.h"

#include <memory>

namespace tarn::gateway {

/// Engine thread. Reads may overlap.
class VersionReader
{
public:
    /// \param version  of the map.  \return TooLarge, Corrupt: numbers of the header.
    static Result<std::shared_ptr<VersionReader>> make(MutableParts parts, MutableFile file,
                                                       const ServerMap& map, VersionId version);

    const share::MutableShape& shape() const { return m_facts->shape; }
    const share::MutableHeader& header() const { return m_facts->header; }
    const VersionId& version() const { return m_facts->id; }

    /// Plaintext of `range` into `sink`, verified, in order, a run of segments at a time.
    /// \pre the read key is known
    /// \return InvalidInput: the range leaves the file.  NotEnoughShares.  The sink's error.
    asio::awaitable<Result<void>> read(ByteRange range, DownloadSink& sink);

    /// The leaves of the block hash trees of all N shares, proven; views of this.
    /// \return NotEnoughShares: a share has no good copy.
    asio::awaitable<Result<std::vector<std::span<const Hash256>>>> allLeaves();

    /// Block hashes need not be fetched any more. What the copies have of them is not looked at.
    void trust(const BlockHashes& hashes);

    /// Takes the copies that `map` has of this version besides the known ones.
    void addCopies(const ServerMap& map);
    DownloadStatus status() const;
    const TransferLogPtr& log() const { return m_facts->log; }

    /// Checks every byte of every copy: blocks, whole trees, and the private key with the write
    /// key. \return those that are bad, with the reason; servers were told.
    asio::awaitable<std::vector<BadShare>> verifyAll();

private:
    explicit VersionReader(std::shared_ptr<const VersionFacts> facts) : m_facts(std::move(facts)) {}

    std::vector<BadShare> badCopies() const;
    Error notEnough() const;
    asio::awaitable<Result<std::span<const Hash256>>> leavesOf(ShareNumber share);
    asio::awaitable<Result<Bytes>> run(pipeline::MutableSpan span);
    asio::awaitable<Result<void>> writeRun(Bytes plain, pipeline::MutableSpan span, ByteRange range,
                                           DownloadSink& sink);

    std::shared_ptr<const VersionFacts> m_facts;
    std::vector<CopyPtr> m_copies; ///< by share number
    Duration m_usual{};            ///< how long a run took last
};

} // namespace tarn::gateway
