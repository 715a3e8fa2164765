#include "core/pipeline/write/convergence.h"

#include "core/share/segmentation.h"

#include <algorithm>

namespace tarn::pipeline {

ConvergentKeyMaker::ConvergentKeyMaker(ByteView secret, std::uint32_t needed, std::uint32_t total,
                                       std::uint64_t maxSegmentSize)
    : m_secret(secret), m_needed(needed), m_total(total), m_maxSegmentSize(maxSegmentSize)
{
}

void ConvergentKeyMaker::update(ByteView plaintext)
{
    m_size += plaintext.size();
    if (m_hasher) {
        m_hasher->update(plaintext);
        return;
    }
    append(m_held, plaintext);
    if (m_size >= m_maxSegmentSize) start(m_maxSegmentSize);
}

FileKey ConvergentKeyMaker::finish()
{
    if (!m_hasher) start(m_size);
    return m_hasher->finish();
}

void ConvergentKeyMaker::start(std::uint64_t largestSegment)
{
    const crypto::ConvergenceTerms terms{m_needed, m_total,
                                         share::roundUp(largestSegment, m_needed)};
    m_hasher.emplace(m_secret.view(), terms);
    m_hasher->update(m_held);
    m_held = Bytes();
}

} // namespace tarn::pipeline
