// share_audit: a share file held against what it says of itself: container, leases, lengths, its
// own hash trees, and the signature of a mutable one. So whatever the disk changed in them is
// found; that a share belongs to some file only a capability proves. Blocking, in slices.
#pragma once

#include "core/crypto/tagged_hash.h"
#include "core/hashtree/tree_shape.h"
#include "storage-server/share_files.h"

#include <functional>
#include <vector>

namespace tarn::storage {

class ShareAudit
{
public:
    /// Looks at everything but trees and blocks.
    /// \return NotFound: no such file.  Corrupt: damaged.  Unsupported: nothing that this program
    ///         knows how to check.  IoFailure: the disk does not give it.
    static Result<ShareAudit> openBlocking(FileLayer& layer, const std::string& path,
                                           ShareNumber number);
    /// Goes on by about so many bytes, in flat memory.
    /// \return true: nothing is left, all is well.  Errors as above.
    Result<bool> stepBlocking(std::uint64_t bytes);
    /// So far.
    std::uint64_t bytesRead() const { return m_read; }

private:
    struct Tree
    {
        ByteRange place; ///< in the data, node after node
        hashtree::TreeShape shape;
        hashtree::NodeNumber next = 0; ///< the first inner node not yet held against its children
    };
    /// Blocks, one behind the other, each the leaf of the last tree.
    struct Blocks
    {
        std::uint64_t begin = 0; ///< in the data
        std::uint64_t count = 0;
        std::function<std::uint64_t(std::uint64_t block)> sizeOf;
    };

    explicit ShareAudit(ShareData data, ShareNumber number)
        : m_data(std::move(data)), m_number(number)
    {
    }
    Result<void> readImmutableHead();
    Result<void> readMutableHead();
    Result<void> read(std::uint64_t offset, MutableByteView into);
    Result<Bytes> readSection(const ByteRange& place, std::uint64_t most);
    Result<Hash256> rootOf(const ByteRange& tree);
    Result<void> stepTree(Tree& tree);
    Result<void> stepBlocks();
    Result<void> endBlock(const Hash256& hash);

    ShareData m_data;
    ShareNumber m_number;
    std::vector<Tree> m_trees;
    Blocks m_blocks;
    std::size_t m_tree = 0;      ///< the one that is looked at
    std::uint64_t m_block = 0;   ///< the one that is looked at
    std::uint64_t m_inBlock = 0; ///< bytes of it that were hashed
    std::uint64_t m_at = 0;      ///< of the next byte, from m_blocks.begin
    std::optional<crypto::TaggedHasher> m_hasher;
    Bytes m_leaves; ///< those from m_firstLeaf on
    std::uint64_t m_firstLeaf = 0;
    Bytes m_buffer;
    std::uint64_t m_read = 0;
};

} // namespace tarn::storage
