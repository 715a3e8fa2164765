#include "core/share/hash_sections.h"

#include <algorithm>

namespace tarn::share {

Bytes encodeShareHashes(std::span<const hashtree::NumberedHash> chain)
{
    std::vector<hashtree::NumberedHash> sorted(chain.begin(), chain.end());
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.node < b.node; });
    Bytes out;
    out.reserve(sorted.size() * kShareHashEntrySize);
    for (const hashtree::NumberedHash& entry : sorted) {
        appendBig(out, static_cast<std::uint16_t>(entry.node));
        append(out, entry.hash);
    }
    return out;
}

Result<std::vector<hashtree::NumberedHash>> parseShareHashes(ByteView section)
{
    if (section.size() % kShareHashEntrySize != 0)
        return Error(ErrorCode::Corrupt, "share hashes are no multiple of 34 bytes");
    std::vector<hashtree::NumberedHash> chain;
    chain.reserve(section.size() / kShareHashEntrySize);
    for (std::size_t at = 0; at < section.size(); at += kShareHashEntrySize) {
        const auto node = loadBig<std::uint16_t>(section, at);
        chain.push_back({node, Hash256::prefixOf(section.subspan(at + 2))});
    }
    return chain;
}

void appendTree(Bytes& to, const hashtree::HashTree& tree)
{
    to.reserve(to.size() + tree.nodes().size() * Hash256::kSize);
    for (const Hash256& hash : tree.nodes())
        append(to, hash);
}

Result<std::vector<hashtree::NumberedHash>> parseTreeNodes(ByteView bytes,
                                                           hashtree::NodeNumber first)
{
    if (bytes.size() % Hash256::kSize != 0)
        return Error(ErrorCode::Corrupt, "tree nodes are no multiple of 32 bytes");
    std::vector<hashtree::NumberedHash> nodes;
    nodes.reserve(bytes.size() / Hash256::kSize);
    for (std::size_t at = 0; at < bytes.size(); at += Hash256::kSize)
        nodes.push_back({first + nodes.size(), Hash256::prefixOf(bytes.subspan(at))});
    return nodes;
}

} // namespace tarn::share
