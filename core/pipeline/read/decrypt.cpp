#include "core/pipeline/read/decrypt.h"

#include "core/base/check.h"
#include "core/crypto/aes_ctr.h"

namespace tarn::pipeline {

PlainSegment::PlainSegment(VerifiedSegment segment, ByteRange part)
    : m_segment(std::move(segment)), m_part(part)
{
    TARN_ASSERT(part.begin <= part.end && part.end <= m_segment.ciphertext().size());
}

ByteView PlainSegment::plaintext() const
{
    return m_segment.ciphertext().subspan(static_cast<std::size_t>(m_part.begin),
                                          static_cast<std::size_t>(m_part.size()));
}

MutableByteView PlainSegment::text()
{
    return m_segment.m_decoded.mutableText().subspan(static_cast<std::size_t>(m_part.begin),
                                                     static_cast<std::size_t>(m_part.size()));
}

PlainSegment decryptSegment(VerifiedSegment segment, const FileKey& key, ByteRange part)
{
    const std::uint64_t offset = segment.file().rangeOf(segment.number()).begin + part.begin;
    PlainSegment plain(std::move(segment), part);
    crypto::AesCtr stream(key, offset);
    stream.apply(plain.text());
    return plain;
}

} // namespace tarn::pipeline
