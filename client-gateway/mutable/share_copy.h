// share_copy: one copy of a share of a version: its block hashes, proven, and its blocks.
// Source: spec of mutable files, sections 5 and 8.
#pragma once

#include "client-gateway/mutable/map_update.h"
#include "core/pipeline/mutable/decode_segments.h"
#include "core/share/mutable_shape.h"

#include <memory>
#include <span>
#include <vector>

namespace tarn::gateway {

/// What all copies of a version have in common.
struct VersionFacts
{
    MutableParts parts;
    MutableFile file;
    VersionId id;
    share::MutableHeader header;
    share::MutableShape shape;
    TransferLogPtr log; ///< of the reader
};

/// Engine thread. Operations may overlap; whoever runs one keeps the copy alive.
class ShareCopy
{
public:
    ShareCopy(std::shared_ptr<const VersionFacts> version, ShareNumber share,
              const MappedShare& mapped);

    ShareNumber share() const { return m_share; }
    const ServerPtr& server() const { return m_server; }
    const share::MutableSections& sections() const { return m_sections; }

    bool usable() const;
    /// It keeps others waiting: asked last from now on.
    void markSlow() { m_state = ShareState::Slow; }
    bool slow() const { return m_state == ShareState::Slow; }
    /// Takes it out of use; its server is told when it is corrupt.
    void reject(const Error& why);

    /// Proves the block hashes; at once when that has been done.
    /// \return Corrupt: they do not lead to the signed root.  The errors of the server.
    asio::awaitable<Result<void>> open();
    /// Makes it open. \param leaves  that were proven elsewhere to be of this version and share.
    void openWith(std::vector<Hash256> leaves);
    /// Proven, once open; then they stay.
    std::span<const Hash256> leaves() const { return m_leaves; }

    /// Salts and blocks of a run, not yet verified. Opens.
    asio::awaitable<Result<Bytes>> stored(pipeline::MutableSpan span);
    /// Bytes of the share.
    asio::awaitable<Result<Bytes>> fetch(ByteRange range);

    ShareStatus status() const;
    const std::string& reason() const { return m_reason; }

private:
    std::shared_ptr<const VersionFacts> m_version;
    ServerPtr m_server;
    ShareNumber m_share;
    share::MutableSections m_sections;
    Bytes m_front;
    ShareState m_state = ShareState::Found;
    std::string m_reason;
    bool m_opened = false;
    std::vector<Hash256> m_leaves;
    std::uint64_t m_bytesRead = 0;
    std::uint32_t m_requests = 0;
};

using CopyPtr = std::shared_ptr<ShareCopy>;

} // namespace tarn::gateway
