#include "storage-server/share_audit.h"

#include "core/crypto/hash_tags.h"
#include "core/crypto/rsa.h"
#include "core/hashtree/node_hash.h"
#include "core/hashtree/partial_tree.h"
#include "core/share/hash_sections.h"
#include "core/share/immutable_layout.h"
#include "core/share/mutable_shape.h"
#include "core/share/uri_extension.h"

#include <algorithm>

namespace tarn::storage {

namespace {

using share::ContainerKind;

constexpr std::size_t kPiece = 256 * 1024;   ///< read at once
constexpr std::uint64_t kNodesAtOnce = 1024; ///< inner nodes of a tree
constexpr std::uint64_t kLeavesAtOnce = 1024;
/// No share has more hashes in its chain than the tree of all shares has nodes.
constexpr std::uint64_t kMostChain = std::uint64_t{2} * 256 * share::kShareHashEntrySize;
constexpr std::uint64_t kMostKey = 4096;

Error damaged(const std::string& what)
{
    return Error(ErrorCode::Corrupt, what);
}

/// What the parsers refuse as too large or impossible is, in a file, damage or not ours.
template <class T>
Result<T> asDamage(Result<T> result)
{
    if (result) return result;
    const ErrorCode code = result.error().code();
    if (code == ErrorCode::TooLarge) return Error(ErrorCode::Unsupported, result.error().message());
    if (code == ErrorCode::InvalidInput) return Error(ErrorCode::Corrupt, result.error().message());
    return result;
}

std::uint64_t treeSize(const hashtree::TreeShape& shape)
{
    return shape.nodeCount() * Hash256::kSize;
}

/// The leases must be there; what is in them nobody can check.
Result<void> checkLeases(const OpenShare& share)
{
    if (share.kind == ContainerKind::Mutable) {
        TARN_TRY_VOID(loadMutableSlot(share));
        return ok();
    }
    TARN_TRY_VOID(loadImmutableLeases(share));
    return ok();
}

Result<share::Segmentation> fileOf(const share::UriExtension& extension)
{
    if (!extension.size || !extension.needed || !extension.total)
        return Error(ErrorCode::Unsupported, "an extension block without the file's numbers");
    TARN_TRY(
        const share::Segmentation file,
        share::segmentationOf(extension, *extension.size, *extension.needed, *extension.total));
    TARN_TRY_VOID(share::checkConsistent(extension, file));
    return file;
}

} // namespace

Result<ShareAudit> ShareAudit::openBlocking(FileLayer& layer, const std::string& path,
                                            ShareNumber number)
{
    storage_api::ShareKind kind = storage_api::ShareKind::Immutable;
    {
        TARN_TRY(const OpenShare share, openShare(layer, path, OpenMode::Read));
        if (share.kind == ContainerKind::Unknown)
            return Error(ErrorCode::Unsupported, "no container of shares");
        TARN_TRY_VOID(checkLeases(share));
        if (share.kind == ContainerKind::Mutable) kind = storage_api::ShareKind::Mutable;
    }
    TARN_TRY(ShareData data, openShareData(layer, path, kind));
    ShareAudit audit(std::move(data), number);
    const Result<void> head = kind == storage_api::ShareKind::Mutable ? audit.readMutableHead()
                                                                      : audit.readImmutableHead();
    TARN_TRY_VOID(asDamage(head));
    return audit;
}

Result<void> ShareAudit::read(std::uint64_t offset, MutableByteView into)
{
    if (offset > m_data.size || into.size() > m_data.size - offset)
        return damaged("the share ends early");
    m_read += into.size();
    return m_data.file.readExactlyAt(m_data.begin + offset, into);
}

Result<Bytes> ShareAudit::readSection(const ByteRange& place, std::uint64_t most)
{
    if (place.size() > most) return damaged("a section is too long");
    Bytes out(static_cast<std::size_t>(place.size()));
    TARN_TRY_VOID(read(place.begin, out));
    return out;
}

Result<Hash256> ShareAudit::rootOf(const ByteRange& tree)
{
    Hash256 root;
    Bytes bytes(Hash256::kSize);
    TARN_TRY_VOID(read(tree.begin, bytes));
    return Hash256::prefixOf(bytes);
}

// extension block -> share hash tree -> this share's block hash tree -> blocks
//                 -> crypttext hash tree
Result<void> ShareAudit::readImmutableHead()
{
    Bytes start(static_cast<std::size_t>(
        std::min<std::uint64_t>(share::kMaxImmutableHeaderSize, m_data.size)));
    TARN_TRY_VOID(read(0, start));
    TARN_TRY(const share::ImmutableLayout layout, share::parseImmutableLayout(start));
    TARN_TRY(const Bytes field, readSection(layout.uriExtensionLengthRange(), 8));
    TARN_TRY(const std::uint64_t length, share::parseUriExtensionLength(layout, field));
    const std::uint64_t begin = layout.uriExtensionLengthRange().end;
    TARN_TRY(const Bytes block, readSection({begin, begin + length}, share::kMaxUriExtensionSize));
    TARN_TRY(const share::UriExtension extension, share::parseUriExtension(block));
    TARN_TRY(const share::Segmentation file, fileOf(extension));

    const hashtree::TreeShape tree(file.segmentCount());
    if (layout.plaintextHashTree - layout.data < file.shareDataSize() ||
        layout.crypttextTreeRange().size() != treeSize(tree) ||
        layout.blockHashesRange().size() != treeSize(tree))
        return damaged("sections of another size than the file's");
    TARN_TRY(const Bytes chain, readSection(layout.shareHashesRange(), kMostChain));
    TARN_TRY(const std::vector<hashtree::NumberedHash> nodes, share::parseShareHashes(chain));
    hashtree::PartialTree shares(hashtree::TreeShape(file.total()), extension.shareRootHash);
    TARN_TRY_VOID(shares.add(nodes));
    if (m_number.value >= file.total()) return damaged("the file has no share of this number");
    TARN_TRY(const Hash256 blockRoot, rootOf(layout.blockHashesRange()));
    if (shares.leaf(m_number.value) != blockRoot)
        return damaged("the block hashes are not those of this share");
    TARN_TRY(const Hash256 crypttextRoot, rootOf(layout.crypttextTreeRange()));
    if (crypttextRoot != extension.crypttextRootHash)
        return damaged("the crypttext hashes are not those of the file");

    m_trees = {{layout.crypttextTreeRange(), tree, 0}, {layout.blockHashesRange(), tree, 0}};
    m_blocks = {layout.data, file.segmentCount(),
                [file](std::uint64_t number) { return file.blockSizeOf(SegmentNumber{number}); }};
    return ok();
}

// signature -> share hash tree -> this share's block hash tree -> blocks
Result<void> ShareAudit::readMutableHead()
{
    Bytes start(
        static_cast<std::size_t>(std::min<std::uint64_t>(share::kMaxMutableHeadSize, m_data.size)));
    if (start.empty()) return Error(ErrorCode::Unsupported, "an empty slot");
    TARN_TRY_VOID(read(0, start));
    TARN_TRY(const share::MutableLayout layout, share::parseMutableLayout(start));
    const share::MutableSections& sections = layout.sections;
    TARN_TRY(const Bytes der, readSection(sections.publicKey, kMostKey));
    TARN_TRY(const Bytes signature, readSection(sections.signature, kMostKey));
    TARN_TRY(const crypto::RsaPublicKey key, crypto::RsaPublicKey::fromDer(der));
    if (!key.verify(share::signedPrefixOf(layout.header), signature))
        return damaged("the signature is wrong");

    TARN_TRY(const share::MutableShape shape, share::MutableShape::of(layout.header));
    TARN_TRY_VOID(shape.checkSections(sections));
    if (sections.end > m_data.size) return damaged("the share ends early");
    if (m_number.value >= shape.total()) return damaged("the file has no share of this number");
    const hashtree::TreeShape all(shape.total());
    TARN_TRY(const Bytes chain, readSection(sections.shareHashChain, kMostChain));
    TARN_TRY(std::vector<hashtree::NumberedHash> nodes, share::parseShareHashes(chain));
    TARN_TRY(const Hash256 root, rootOf(sections.blockHashTree));
    nodes.push_back({all.nodeOfLeaf(m_number.value), root});
    hashtree::PartialTree shares(all, layout.header.rootHash);
    TARN_TRY_VOID(shares.add(nodes));

    m_trees = {{sections.blockHashTree, hashtree::TreeShape(shape.segmentCount()), 0}};
    m_blocks = {sections.shareData.begin, shape.segmentCount(),
                [shape](std::uint64_t number) { return shape.storedRange(number, 1).size(); }};
    return ok();
}

/// Inner nodes against their children: the root is right, so all of them are.
Result<void> ShareAudit::stepTree(Tree& tree)
{
    const std::uint64_t inner = tree.shape.paddedLeaves() - 1;
    const std::uint64_t count = std::min(kNodesAtOnce, inner - tree.next);
    constexpr std::size_t kHash = Hash256::kSize;
    Bytes nodes(static_cast<std::size_t>(count) * kHash);
    Bytes below(2 * nodes.size());
    TARN_TRY_VOID(read(tree.place.begin + tree.next * kHash, nodes));
    TARN_TRY_VOID(read(tree.place.begin + (2 * tree.next + 1) * kHash, below));
    std::vector<Hash256> children;
    children.reserve(2 * static_cast<std::size_t>(count));
    for (std::size_t at = 0; at < below.size(); at += kHash)
        children.push_back(Hash256::prefixOf(ByteView(below).subspan(at)));
    std::vector<Hash256> hashes(static_cast<std::size_t>(count));
    hashtree::hashPairs(children, hashes);
    for (std::size_t i = 0; i < hashes.size(); ++i)
        if (hashes[i] != Hash256::prefixOf(ByteView(nodes).subspan(i * kHash)))
            return damaged("a hash tree is broken");
    tree.next += count;
    return ok();
}

Result<void> ShareAudit::endBlock(const Hash256& hash)
{
    const Tree& tree = m_trees.back();
    if (m_leaves.empty() || m_block >= m_firstLeaf + m_leaves.size() / Hash256::kSize) {
        m_firstLeaf = m_block;
        const std::uint64_t count = std::min(kLeavesAtOnce, m_blocks.count - m_block);
        m_leaves.resize(static_cast<std::size_t>(count) * Hash256::kSize);
        TARN_TRY_VOID(
            read(tree.place.begin + tree.shape.nodeOfLeaf(m_firstLeaf) * Hash256::kSize, m_leaves));
    }
    const auto at = static_cast<std::size_t>(m_block - m_firstLeaf) * Hash256::kSize;
    if (hash != Hash256::prefixOf(ByteView(m_leaves).subspan(at)))
        return damaged("block " + std::to_string(m_block) + " is not what its hash says");
    ++m_block;
    m_inBlock = 0;
    m_hasher.reset();
    return ok();
}

Result<void> ShareAudit::stepBlocks()
{
    m_buffer.resize(kPiece);
    std::uint64_t want = 0; // whole blocks, or a part of one
    std::uint64_t size = m_blocks.sizeOf(m_block);
    for (std::uint64_t block = m_block; block < m_blocks.count && want < kPiece; ++block)
        want += m_blocks.sizeOf(block) - (block == m_block ? m_inBlock : 0);
    MutableByteView piece = MutableByteView(m_buffer).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(want, kPiece)));
    TARN_TRY_VOID(read(m_blocks.begin + m_at, piece));
    m_at += piece.size();
    ByteView left = piece;
    while (m_block < m_blocks.count && (!left.empty() || m_inBlock == size)) {
        if (!m_hasher) m_hasher.emplace(crypto::tags::kBlock);
        const auto take =
            static_cast<std::size_t>(std::min<std::uint64_t>(left.size(), size - m_inBlock));
        m_hasher->update(left.first(take));
        left = left.subspan(take);
        m_inBlock += take;
        if (m_inBlock < size) continue;
        TARN_TRY_VOID(endBlock(m_hasher->finish()));
        if (m_block < m_blocks.count) size = m_blocks.sizeOf(m_block);
    }
    return ok();
}

Result<bool> ShareAudit::stepBlocking(std::uint64_t bytes)
{
    const std::uint64_t end = m_read + bytes;
    while (m_read < end) {
        if (m_tree < m_trees.size()) {
            Tree& tree = m_trees[m_tree];
            if (tree.next + 1 < tree.shape.paddedLeaves()) {
                TARN_TRY_VOID(stepTree(tree));
            } else {
                ++m_tree;
            }
        } else if (m_block < m_blocks.count) {
            TARN_TRY_VOID(stepBlocks());
        } else {
            return true;
        }
    }
    return false;
}

} // namespace tarn::storage
