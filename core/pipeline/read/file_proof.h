// file_proof: what is proven about a file, from its capability down to the hash of each block.
//   capability -> extension block -> share hash tree -> block hash tree of each share
//                                 -> crypttext hash tree
// Filled with hashes as they arrive from servers; never believes one that does not lead to the
// capability. Pure; one thread at a time. The proven hashes it gives out are values: the stages
// of verify.h use them on any thread.
#pragma once

#include "core/base/result.h"
#include "core/cap/file_cap.h"
#include "core/hashtree/partial_tree.h"
#include "core/share/segmentation.h"
#include "core/share/uri_extension.h"

#include <cstddef>
#include <span>
#include <vector>

namespace tarn::pipeline {

/// The hash that the block of a share for a segment must have.
class ProvenBlockHash
{
public:
    ShareNumber share() const { return m_share; }
    SegmentNumber segment() const { return m_segment; }
    std::size_t blockSize() const { return m_blockSize; } ///< bytes
    const Hash256& hash() const { return m_hash; }

private:
    friend class ShareProof;
    ProvenBlockHash() = default;
    ShareNumber m_share;
    SegmentNumber m_segment;
    std::size_t m_blockSize = 0;
    Hash256 m_hash;
};

/// The hash that the ciphertext of a segment must have.
class ProvenSegmentHash
{
public:
    SegmentNumber segment() const { return m_segment; }
    const Hash256& hash() const { return m_hash; }

private:
    friend class FileProof;
    ProvenSegmentHash() = default;
    SegmentNumber m_segment;
    Hash256 m_hash;
};

/// One share: its block hash tree, whose root is proven. Made by FileProof::proveShare().
class ShareProof
{
public:
    ShareNumber share() const { return m_share; }
    /// Root of the share's block hash tree.
    const Hash256& blockRoot() const { return m_blockRoot; }

    /// Nodes of the block hash tree still to be read to prove this block, the leaf included;
    /// ascending; empty when blockHash() has it.
    std::vector<hashtree::NodeNumber> missingNodes(SegmentNumber segment) const;
    /// All or none.  \return Corrupt: they do not lead to the root.
    Result<void> addNodes(std::span<const hashtree::NumberedHash> nodes);
    /// \return NotFound: nodes are missing.
    Result<ProvenBlockHash> blockHash(SegmentNumber segment) const;

private:
    friend class FileProof;
    ShareProof(const share::Segmentation& file, ShareNumber share, const Hash256& blockRoot);

    share::Segmentation m_file;
    ShareNumber m_share;
    Hash256 m_blockRoot;
    hashtree::PartialTree m_blockTree;
};

class FileProof
{
public:
    /// \param extensionBlock  as read from any share.
    /// \return Corrupt: not the block that the capability names, or malformed.
    ///         InvalidInput: size, k and N of the capability are impossible.
    static Result<FileProof> make(const cap::ImmutableVerifyCap& cap, ByteView extensionBlock);

    const share::Segmentation& file() const { return m_file; }
    const share::UriExtension& extension() const { return m_extension; }

    /// What a verifier checks besides: every field of the block agrees with the file. Corrupt.
    Result<void> checkExtension() const;

    /// \param chain  the share_hashes section of the share; more than needed is checked too.
    /// \return Corrupt: it does not prove the root of this share.  InvalidInput: no such share.
    Result<ShareProof> proveShare(ShareNumber share, std::span<const hashtree::NumberedHash> chain);

    /// As ShareProof, for the crypttext hash tree; any share has it.
    std::vector<hashtree::NodeNumber> missingNodes(SegmentNumber segment) const;
    Result<void> addNodes(std::span<const hashtree::NumberedHash> nodes);
    Result<ProvenSegmentHash> segmentHash(SegmentNumber segment) const;

private:
    FileProof(const share::Segmentation& file, share::UriExtension extension);

    share::Segmentation m_file;
    share::UriExtension m_extension;
    hashtree::PartialTree m_shareTree;
    hashtree::PartialTree m_crypttextTree;
};

} // namespace tarn::pipeline
