#include "core/pipeline/mutable/stripe_encoder.h"

#include "core/crypto/aes_ctr.h"
#include "core/crypto/hash_tags.h"

#include <algorithm>

namespace tarn::pipeline {

StripeEncoder::StripeEncoder(const MutableTerms& terms)
    : m_terms(terms), m_blockSize(terms.shape.blockSizeOf(0)),
      m_key(crypto::dataKeyOf(terms.salt, terms.readKey))
{
    for (unsigned share = 0; share < terms.shape.total(); ++share)
        m_hashes.emplace_back(crypto::tags::kBlock);
}

ByteRange StripeEncoder::plainOf(unsigned piece, ByteRange stripe) const
{
    const std::uint64_t size = m_terms.shape.size();
    const std::uint64_t first = piece * m_blockSize;
    return ByteRange{std::min(size, first + stripe.begin), std::min(size, first + stripe.end)};
}

Result<void> StripeEncoder::encode(ByteRange stripe, std::span<const MutableByteView> plain,
                                   Bytes& blocks)
{
    if (stripe.empty() || stripe.begin != m_done || stripe.end > m_blockSize ||
        plain.size() != m_terms.shape.needed())
        return Error(ErrorCode::InvalidInput, "a stripe out of its place");
    const auto length = static_cast<std::size_t>(stripe.size());
    std::vector<ByteView> pieces;
    for (unsigned i = 0; i < plain.size(); ++i) {
        if (plain[i].size() != length)
            return Error(ErrorCode::InvalidInput, "a piece of a stripe of another length");
        const ByteRange range = plainOf(i, stripe);
        const auto have = static_cast<std::size_t>(range.size());
        if (have > 0) crypto::AesCtr(m_key, range.begin).apply(plain[i].first(have));
        const MutableByteView padding = plain[i].subspan(have);
        std::fill(padding.begin(), padding.end(), std::byte{0});
        pieces.emplace_back(plain[i]);
    }
    const unsigned total = m_terms.shape.total();
    blocks.resize(length * total);
    std::vector<ShareNumber> wanted;
    std::vector<MutableByteView> out;
    for (unsigned share = 0; share < total; ++share) {
        wanted.push_back(ShareNumber{share});
        out.push_back(MutableByteView(blocks).subspan(share * length, length));
    }
    TARN_TRY_VOID(m_terms.code.encode(pieces, wanted, out));
    for (unsigned share = 0; share < total; ++share)
        m_hashes[share].update(out[share]);
    m_done = stripe.end;
    return ok();
}

std::vector<Hash256> StripeEncoder::leaves()
{
    std::vector<Hash256> out;
    for (crypto::TaggedHasher& hash : m_hashes)
        out.push_back(hash.finish());
    return out;
}

} // namespace tarn::pipeline
