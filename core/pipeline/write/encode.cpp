#include "core/pipeline/write/encode.h"

#include "core/base/check.h"

namespace tarn::pipeline {

namespace {
erasure::Encoder encoderOf(const share::Segmentation& file)
{
    Result<erasure::Encoder> encoder = erasure::Encoder::make(file.needed(), file.total());
    TARN_ASSERT(encoder); // a Segmentation has k and N checked
    return *std::move(encoder);
}
} // namespace

SegmentEncoder::SegmentEncoder(const EncodingPlan& plan) : m_encoder(encoderOf(plan.file)) {}

EncodedSegments SegmentEncoder::encode(CipherSegments cipher) const
{
    EncodedSegments out(std::move(cipher));
    out.zeroPadding();
    const unsigned needed = m_encoder.needed();
    std::vector<ByteView> pieces(needed);
    std::vector<MutableByteView> parity(m_encoder.total() - needed);
    for (std::size_t i = 0; i < out.count(); ++i) {
        for (unsigned j = 0; j < needed; ++j)
            pieces[j] = out.piece(i, j);
        for (unsigned j = 0; j < parity.size(); ++j)
            parity[j] = out.parityBlock(i, ShareNumber{needed + j});
        const Result<void> encoded = m_encoder.encodeParity(pieces, parity);
        TARN_ASSERT(encoded); // the run has the shape of the encoder
    }
    return out;
}

} // namespace tarn::pipeline
