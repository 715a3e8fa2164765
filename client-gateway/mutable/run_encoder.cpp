#include "client-gateway/mutable/run_encoder.h"

#include <algorithm>

namespace tarn::gateway {

RunEncoder::RunEncoder(const pipeline::MutableTerms& terms, pipeline::MutableSpan span)
    : m_terms(terms), m_span(span),
      m_leaves(terms.shape.total(), std::vector<Hash256>(static_cast<std::size_t>(span.count)))
{
}

std::uint64_t RunEncoder::segmentsIn(std::uint64_t bytes) const
{
    const share::MutableShape& shape = m_terms.shape;
    if (m_span.count == 0) return 1;
    const std::uint64_t ofSegment = shape.storedRange(m_span.first, 1).size() * shape.total();
    return std::max<std::uint64_t>(1, bytes / std::max<std::uint64_t>(1, ofSegment));
}

std::vector<crypto::Salt> RunEncoder::saltsFor(pipeline::MutableSpan run, Random& random) const
{
    std::vector<crypto::Salt> salts(static_cast<std::size_t>(run.count), m_terms.salt);
    if (m_terms.shape.format() == cap::MutableFormat::Mdmf)
        for (crypto::Salt& salt : salts)
            random.fill(salt.mutableView());
    return salts;
}

Result<void> RunEncoder::encode(pipeline::MutableSpan run, std::span<const crypto::Salt> salts,
                                MutableByteView plain, Bytes& blocks)
{
    const share::MutableShape& shape = m_terms.shape;
    const ByteRange whole = shape.storedRange(run.first, run.count);
    const auto perShare = static_cast<std::size_t>(whole.size());
    blocks.resize(perShare * shape.total());
    std::vector<Hash256> hashes(shape.total());
    for (std::uint64_t i = 0; i < run.count; ++i) {
        const std::uint64_t segment = run.first + i;
        const ByteRange range = shape.storedRange(segment, 1);
        std::vector<MutableByteView> out;
        for (unsigned share = 0; share < shape.total(); ++share)
            out.push_back(MutableByteView(blocks).subspan(
                share * perShare + static_cast<std::size_t>(range.begin - whole.begin),
                static_cast<std::size_t>(range.size())));
        const auto size = static_cast<std::size_t>(shape.sizeOf(segment));
        TARN_TRY_VOID(pipeline::encodeMutableSegment(
            m_terms, plain.first(size), salts[static_cast<std::size_t>(i)], out, hashes));
        plain = plain.subspan(size);
        setLeaves(segment, hashes);
    }
    return ok();
}

void RunEncoder::setLeaves(std::uint64_t segment, std::span<const Hash256> leaves)
{
    for (std::size_t share = 0; share < leaves.size(); ++share)
        m_leaves[share][static_cast<std::size_t>(segment - m_span.first)] = leaves[share];
}

} // namespace tarn::gateway
