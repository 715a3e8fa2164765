// version_reader: the plaintext of one version of a mutable file, from any k good shares of it.
// Source: spec of mutable files, section 8; allmydata.mutable.retrieve.
#pragma once

#include "client-gateway/mutable/map_update.h"
#include "core/pipeline/mutable/decode_segments.h"
#include "core/share/mutable_shape.h"

#include <memory>

namespace tarn::gateway {

/// Engine thread. Reads may overlap.
class VersionReader
{
public:
    /// \param version  of the map.  \return TooLarge, Corrupt: numbers of the header.
    static Result<std::shared_ptr<VersionReader>> make(MutableParts parts, MutableFile file,
                                                       const ServerMap& map, VersionId version);

    const share::MutableShape& shape() const { return m_shape; }
    const share::MutableHeader& header() const { return m_layout.header; }
    const share::MutableLayout& layout() const { return m_layout; }
    const VersionId& version() const { return m_version; }

    /// Plaintext of `range` into `sink`, verified, in order, a run of segments at a time.
    /// \pre the read key is known
    /// \return InvalidInput: the range leaves the file.  NotEnoughShares.  The sink's error.
    asio::awaitable<Result<void>> read(ByteRange range, DownloadSink& sink);
    /// The same into memory.
    asio::awaitable<Result<Bytes>> read(ByteRange range);

    /// The leaves of the block hash trees of all N shares, proven; views of this.
    /// \return NotEnoughShares: a share has no good copy.
    asio::awaitable<Result<std::vector<std::span<const Hash256>>>> allLeaves();

    /// Takes the copies that `map` has of this version besides the known ones.
    void addCopies(const ServerMap& map);
    DownloadStatus status() const;

    /// Checks every byte of every copy: blocks, whole trees, and the private key with the write
    /// key. \return those that are bad, with the reason; servers were told.
    asio::awaitable<std::vector<BadShare>> verifyAll();
    /// Copies that turned out bad or unreadable so far.
    std::vector<BadShare> badCopies() const;

private:
    struct Copy
    {
        ServerPtr server;
        ShareNumber share;
        Bytes front;
        ShareState state = ShareState::Found;
        std::string reason;
        bool opened = false;
        std::vector<Hash256> leaves; ///< proven, once opened; then they stay
        std::uint64_t bytesRead = 0;
        std::uint32_t requests = 0;
        bool usable() const { return state == ShareState::Found || state == ShareState::Used; }
    };
    using CopyPtr = std::shared_ptr<Copy>;

    VersionReader(MutableParts parts, MutableFile file, VersionId version,
                  share::MutableLayout layout, share::MutableShape shape)
        : m_parts(std::move(parts)), m_file(std::move(file)), m_version(std::move(version)),
          m_layout(std::move(layout)), m_shape(shape)
    {
    }

    Result<std::vector<CopyPtr>> choose() const;
    Error notEnough() const;
    void reject(Copy& copy, const Error& why);
    asio::awaitable<Result<Bytes>> fetch(CopyPtr copy, ByteRange range);
    asio::awaitable<Result<void>> openCopy(CopyPtr copy);
    asio::awaitable<Result<std::span<const Hash256>>> leavesOf(ShareNumber share);
    asio::awaitable<Result<Bytes>> stored(CopyPtr copy, pipeline::MutableSpan span);
    asio::awaitable<Result<Bytes>> run(pipeline::MutableSpan span);
    asio::awaitable<Result<void>> writeRun(Bytes plain, pipeline::MutableSpan span, ByteRange range,
                                           DownloadSink& sink);
    asio::awaitable<Result<void>> verifyCopy(CopyPtr copy);
    asio::awaitable<Result<void>> verifyTreeAndKey(CopyPtr copy);

    MutableParts m_parts;
    MutableFile m_file;
    VersionId m_version;
    share::MutableLayout m_layout;
    share::MutableShape m_shape;
    std::vector<CopyPtr> m_copies; ///< by share number
};

} // namespace tarn::gateway
