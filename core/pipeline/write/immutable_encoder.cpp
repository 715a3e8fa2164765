#include "core/pipeline/write/immutable_encoder.h"

#include "core/base/check.h"
#include "core/crypto/hash_tags.h"
#include "core/pipeline/write/encrypt.h"
#include "core/pipeline/write/hash.h"
#include "core/share/hash_sections.h"
#include "core/share/uri_extension.h"

namespace tarn::pipeline {

namespace {

hashtree::HashTree shareTreeOf(const std::vector<std::vector<Hash256>>& blockLeaves)
{
    std::vector<Hash256> roots;
    roots.reserve(blockLeaves.size());
    for (const std::vector<Hash256>& leaves : blockLeaves)
        roots.push_back(hashtree::rootOf(leaves));
    return hashtree::HashTree::build(roots);
}

/// The nodes that prove a share's block tree, with its root itself.
std::vector<hashtree::NumberedHash> shareHashChain(const hashtree::HashTree& shareTree,
                                                   ShareNumber share)
{
    std::vector<hashtree::NumberedHash> chain = shareTree.chainFor(share.value);
    const hashtree::NodeNumber own = shareTree.shape().nodeOfLeaf(share.value);
    chain.push_back({own, shareTree.node(own)});
    return chain;
}

} // namespace

FinishedFile::FinishedFile(EncodingPlan plan, hashtree::HashTree crypttextTree,
                           std::vector<std::vector<Hash256>> blockLeaves,
                           const Hash256& crypttextHash)
    : m_plan(plan), m_crypttextTree(std::move(crypttextTree)),
      m_blockLeaves(std::move(blockLeaves)), m_shareTree(shareTreeOf(m_blockLeaves))
{
    const share::FileHashes hashes{crypttextHash, m_crypttextTree.root(), m_shareTree.root()};
    m_uriExtension = share::encodeUriExtension(share::makeUriExtension(m_plan.file, hashes));
    m_uriExtensionHash = share::uriExtensionHash(m_uriExtension);
    TARN_ASSERT(m_uriExtension.size() == m_plan.uriExtensionSize);
}

Bytes FinishedFile::trailer(ShareNumber share) const
{
    const std::vector<Hash256>& leaves = m_blockLeaves.at(share.value);
    const share::ImmutableLayout& layout = m_plan.layout;
    Bytes out;
    out.reserve(static_cast<std::size_t>(m_plan.trailerSize()));
    append(out, zeroBytes(
                    static_cast<std::size_t>(layout.crypttextHashTree - layout.plaintextHashTree)));
    share::appendTree(out, m_crypttextTree);
    share::appendTree(out, hashtree::HashTree::build(leaves));
    append(out, share::encodeShareHashes(shareHashChain(m_shareTree, share)));
    append(out, share::encodeUriExtensionLength(layout, m_uriExtension.size()));
    append(out, m_uriExtension);
    TARN_ASSERT(out.size() == m_plan.trailerSize());
    return out;
}

ImmutableEncoder::ImmutableEncoder(const EncodingPlan& plan, std::optional<FileKey> key)
    : m_plan(plan), m_key(std::move(key)), m_encoder(plan),
      m_crypttextHasher(crypto::tags::kCiphertext), m_blockLeaves(plan.file.total())
{
}

ImmutableEncoder ImmutableEncoder::forPlaintext(const EncodingPlan& plan, const FileKey& key)
{
    return ImmutableEncoder(plan, key);
}

ImmutableEncoder ImmutableEncoder::forCiphertext(const EncodingPlan& plan)
{
    return ImmutableEncoder(plan, std::nullopt);
}

EncodedSegments ImmutableEncoder::encode(PlainSegments run)
{
    TARN_ASSERT(run.file() == m_plan.file && run.first() == m_next);
    CipherSegments cipher =
        m_key ? encryptSegments(std::move(run), *m_key) : takeCiphertext(std::move(run));
    EncodedSegments encoded = m_encoder.encode(std::move(cipher));
    keepHashes(encoded);
    m_next.value += encoded.count();
    return encoded;
}

void ImmutableEncoder::keepHashes(const EncodedSegments& run)
{
    const RunHashes hashes = hashSegments(run, m_crypttextHasher);
    m_crypttextLeaves.insert(m_crypttextLeaves.end(), hashes.crypttext.begin(),
                             hashes.crypttext.end());
    const std::size_t total = m_plan.file.total();
    for (std::size_t i = 0; i < hashes.blocks.size(); ++i)
        m_blockLeaves[i % total].push_back(hashes.blocks[i]);
}

FinishedFile ImmutableEncoder::finish() &&
{
    TARN_ASSERT(complete());
    return FinishedFile(m_plan, hashtree::HashTree::build(m_crypttextLeaves),
                        std::move(m_blockLeaves), m_crypttextHasher.finish());
}

} // namespace tarn::pipeline
