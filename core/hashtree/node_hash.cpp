#include "core/hashtree/node_hash.h"

#include "core/base/check.h"
#include "core/crypto/hash_tags.h"
#include "core/crypto/multi_hash.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace tarn::hashtree {

namespace {

/// Nodes hashed by one call: enough for every lane, little enough for the stack.
constexpr std::size_t kBatch = 64;

/// "32:" left "," "32:" right ",": the value of an inner node's tagged hash.
constexpr std::size_t kPairSize = 2 * (3 + Hash256::kSize + 1);
using PairBytes = std::array<std::byte, kPairSize>;

void putNetstring(MutableByteView at, const Hash256& hash)
{
    const ByteView prefix = asBytes("32:");
    std::copy(prefix.begin(), prefix.end(), at.begin());
    std::copy(hash.view().begin(), hash.view().end(), at.begin() + 3);
    at[3 + Hash256::kSize] = std::byte{','};
}

} // namespace

void hashPairs(std::span<const Hash256> children, std::span<Hash256> out)
{
    TARN_ASSERT(children.size() == 2 * out.size());
    std::array<PairBytes, kBatch> values;
    std::array<ByteView, kBatch> views;
    for (std::size_t done = 0; done < out.size(); done += kBatch) {
        const std::size_t count = std::min(kBatch, out.size() - done);
        for (std::size_t i = 0; i < count; ++i) {
            const MutableByteView value(values[i]);
            putNetstring(value.first(kPairSize / 2), children[2 * (done + i)]);
            putNetstring(value.last(kPairSize / 2), children[2 * (done + i) + 1]);
            views[i] = value;
        }
        crypto::taggedHashMany(crypto::tags::kMerkleInnerNode, std::span(views).first(count),
                               out.subspan(done, count));
    }
}

void hashEmptyLeaves(std::uint64_t first, std::span<Hash256> out)
{
    std::vector<std::string> texts(std::min(kBatch, out.size()));
    std::array<ByteView, kBatch> views;
    for (std::size_t done = 0; done < out.size(); done += kBatch) {
        const std::size_t count = std::min(kBatch, out.size() - done);
        for (std::size_t i = 0; i < count; ++i) {
            texts[i] = std::to_string(first + done + i);
            views[i] = asBytes(texts[i]);
        }
        crypto::taggedHashMany(crypto::tags::kMerkleEmptyLeaf, std::span(views).first(count),
                               out.subspan(done, count));
    }
}

} // namespace tarn::hashtree
