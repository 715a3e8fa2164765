#include "core/pipeline/read/file_proof.h"

namespace tarn::pipeline {

namespace {

/// With the leaf itself, which a stored tree has too: so the leaf is known before its data.
std::vector<hashtree::NodeNumber> missingWithLeaf(const hashtree::PartialTree& tree,
                                                  SegmentNumber segment)
{
    if (tree.leaf(segment.value)) return {};
    std::vector<hashtree::NodeNumber> missing = tree.missingFor(segment.value);
    const hashtree::NodeNumber leaf = tree.shape().nodeOfLeaf(segment.value);
    // The sibling of the leaf is the last one.
    const bool siblingFollows = !missing.empty() && missing.back() > leaf;
    missing.insert(siblingFollows ? missing.end() - 1 : missing.end(), leaf);
    return missing;
}

Error notProven(const char* what, SegmentNumber segment)
{
    return Error(ErrorCode::NotFound,
                 std::string("no proven hash of ") + what + " " + std::to_string(segment.value));
}

} // namespace

ShareProof::ShareProof(const share::Segmentation& file, ShareNumber share, const Hash256& blockRoot)
    : m_file(file), m_share(share), m_blockRoot(blockRoot),
      m_blockTree(hashtree::TreeShape(file.segmentCount()), blockRoot)
{
}

std::vector<hashtree::NodeNumber> ShareProof::missingNodes(SegmentNumber segment) const
{
    return missingWithLeaf(m_blockTree, segment);
}

Result<void> ShareProof::addNodes(std::span<const hashtree::NumberedHash> nodes)
{
    Result<void> added = m_blockTree.add(nodes);
    if (!added) return std::move(added).error().within("block hashes");
    return added;
}

Result<ProvenBlockHash> ShareProof::blockHash(SegmentNumber segment) const
{
    const std::optional<Hash256> leaf = m_blockTree.leaf(segment.value);
    if (!leaf) return notProven("block", segment);
    ProvenBlockHash proven;
    proven.m_share = m_share;
    proven.m_segment = segment;
    proven.m_blockSize = static_cast<std::size_t>(m_file.blockSizeOf(segment));
    proven.m_hash = *leaf;
    return proven;
}

FileProof::FileProof(const share::Segmentation& file, share::UriExtension extension)
    : m_file(file), m_extension(std::move(extension)),
      m_shareTree(hashtree::TreeShape(file.total()), m_extension.shareRootHash),
      m_crypttextTree(hashtree::TreeShape(file.segmentCount()), m_extension.crypttextRootHash)
{
}

Result<FileProof> FileProof::make(const cap::ImmutableVerifyCap& cap, ByteView extensionBlock)
{
    if (share::uriExtensionHash(extensionBlock) != cap.uriExtensionHash)
        return Error(ErrorCode::Corrupt, "URI extension: not the one of the capability");
    // k and N that no file has are the capability's fault, not that of a share.
    TARN_TRY_VOID(share::Segmentation::forNewFile(cap.size, cap.needed, cap.total, cap.needed));
    TARN_TRY(share::UriExtension extension, share::parseUriExtension(extensionBlock));
    TARN_TRY(const share::Segmentation file,
             share::segmentationOf(extension, cap.size, cap.needed, cap.total));
    return FileProof(file, std::move(extension));
}

Result<void> FileProof::checkExtension() const
{
    return share::checkConsistent(m_extension, m_file);
}

Result<ShareProof> FileProof::proveShare(ShareNumber share,
                                         std::span<const hashtree::NumberedHash> chain)
{
    if (share.value >= m_file.total())
        return Error(ErrorCode::InvalidInput, "the file has no share of this number");
    const Result<void> added = m_shareTree.add(chain);
    if (!added) return added.error().within("share hashes");
    const std::optional<Hash256> root = m_shareTree.leaf(share.value);
    if (!root) return Error(ErrorCode::Corrupt, "share hashes: the share's own hash is missing");
    return ShareProof(m_file, share, *root);
}

std::vector<hashtree::NodeNumber> FileProof::missingNodes(SegmentNumber segment) const
{
    return missingWithLeaf(m_crypttextTree, segment);
}

Result<void> FileProof::addNodes(std::span<const hashtree::NumberedHash> nodes)
{
    Result<void> added = m_crypttextTree.add(nodes);
    if (!added) return std::move(added).error().within("crypttext hashes");
    return added;
}

Result<ProvenSegmentHash> FileProof::segmentHash(SegmentNumber segment) const
{
    const std::optional<Hash256> leaf = m_crypttextTree.leaf(segment.value);
    if (!leaf) return notProven("segment", segment);
    ProvenSegmentHash proven;
    proven.m_segment = segment;
    proven.m_hash = *leaf;
    return proven;
}

} // namespace tarn::pipeline
