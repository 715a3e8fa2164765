#include "core/pipeline/mutable/encode_segments.h"

#include "core/crypto/aes_ctr.h"
#include "core/crypto/hash_tags.h"
#include "core/crypto/multi_hash.h"
#include "core/hashtree/hash_tree.h"
#include "core/share/hash_sections.h"

#include <algorithm>

namespace tarn::pipeline {

namespace {

/// The k data pieces of a segment: whole ones are its own bytes, the last may need padding.
class Pieces
{
public:
    Pieces(ByteView segment, std::size_t pieceSize, unsigned count)
    {
        m_views.reserve(count);
        for (unsigned i = 0; i < count; ++i) {
            const std::size_t at = std::min(segment.size(), i * pieceSize);
            const std::size_t have = std::min(pieceSize, segment.size() - at);
            if (have == pieceSize) {
                m_views.push_back(segment.subspan(at, have));
                continue;
            }
            m_padded.push_back(zeroBytes(pieceSize));
            std::copy_n(segment.data() + at, have, m_padded.back().data());
            m_views.push_back(m_padded.back());
        }
    }
    std::span<const ByteView> views() const { return m_views; }

private:
    std::vector<Bytes> m_padded;
    std::vector<ByteView> m_views;
};

} // namespace

Result<void> encodeMutableSegment(const MutableTerms& terms, MutableByteView plain,
                                  const crypto::Salt& salt, std::span<const MutableByteView> out,
                                  std::span<Hash256> leaves)
{
    const share::MutableShape& shape = terms.shape;
    const auto saltSize = static_cast<std::size_t>(shape.saltSize());
    const std::size_t blockSize = (plain.size() + shape.needed() - 1) / shape.needed();
    crypto::AesCtr(crypto::dataKeyOf(salt, terms.readKey)).apply(plain);

    std::vector<ShareNumber> wanted;
    std::vector<MutableByteView> blocks;
    std::vector<ByteView> stored;
    for (unsigned i = 0; i < shape.total(); ++i) {
        if (out[i].size() != saltSize + blockSize)
            return Error(ErrorCode::Internal, "mutable block of an unexpected size");
        std::copy_n(salt.view().begin(), saltSize, out[i].begin());
        wanted.push_back(ShareNumber{i});
        blocks.push_back(out[i].subspan(saltSize));
        stored.emplace_back(out[i]);
    }
    const Pieces pieces(plain, blockSize, shape.needed());
    TARN_TRY_VOID(terms.code.encode(pieces.views(), wanted, blocks));
    crypto::taggedHashMany(crypto::tags::kBlock, stored, leaves);
    return ok();
}

hashtree::TreeShape blockHashTreeOf(const share::MutableShape& shape)
{
    return hashtree::TreeShape(shape.segmentCount());
}

Result<share::MutableSections> layOutVersion(const share::MutableShape& shape,
                                             const crypto::RsaKey& key)
{
    const hashtree::TreeShape shares(shape.total());
    share::MutableSectionSizes sizes;
    sizes.publicKey = key.publicDer().size();
    sizes.signature = crypto::kRsaSignatureSize;
    sizes.shareHashChain = shares.neededFor(0).size() * share::kShareHashEntrySize;
    sizes.blockHashTree = blockHashTreeOf(shape).nodeCount() * Hash256::kSize;
    sizes.shareData = shape.shareDataSize();
    sizes.encryptedPrivateKey = key.der().size();
    return share::layOutMutable(shape.format(), sizes);
}

Bytes cryptPrivateKey(ByteView der, const crypto::WriteKey& writeKey)
{
    Bytes out(der.size());
    crypto::AesCtr(FileKey::prefixOf(writeKey.view())).apply(der, out);
    return out;
}

Result<SealedVersion> sealMutableVersion(const MutableTerms& terms, std::uint64_t sequence,
                                         std::span<const Hash256> roots, const crypto::RsaKey& key,
                                         const crypto::WriteKey& writeKey)
{
    const share::MutableShape& shape = terms.shape;
    SealedVersion version;
    const hashtree::HashTree shareTree = hashtree::HashTree::build(roots);
    for (unsigned i = 0; i < shape.total(); ++i)
        version.chains.push_back(share::encodeShareHashes(shareTree.chainFor(i)));

    share::MutableHeader& header = version.layout.header;
    header.format = shape.format();
    header.sequence = sequence;
    header.rootHash = shareTree.root();
    header.salt = shape.format() == cap::MutableFormat::Sdmf ? terms.salt : crypto::Salt();
    header.needed = static_cast<std::uint8_t>(shape.needed());
    header.total = static_cast<std::uint8_t>(shape.total());
    header.segmentSize = shape.segmentSize();
    header.dataLength = shape.size();

    version.publicKey = toBytes(key.publicDer());
    version.encryptedPrivateKey = cryptPrivateKey(key.der(), writeKey);
    TARN_TRY(version.signature, key.sign(share::signedPrefixOf(header)));
    TARN_TRY(version.layout.sections, layOutVersion(shape, key));
    version.head = share::encodeMutableHead(version.layout);
    return version;
}

} // namespace tarn::pipeline
