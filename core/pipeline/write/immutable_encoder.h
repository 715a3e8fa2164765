// immutable_encoder: the write pipeline of one immutable file: segments in, blocks, hashes and in
// the end the capability out. Pure, not for two threads at once; keeps hashes, no data.
//   ImmutableEncoder encoder = ImmutableEncoder::forPlaintext(plan, key);
//   for each run: PlainSegments in(buffers, encoder.next()); fill in.text();
//                 EncodedSegments out = encoder.encode(in); send out.block(i, share) ...
//   FinishedFile file = encoder.finish(); send file.trailer(share) ...
#pragma once

#include "core/crypto/multi_hash.h"
#include "core/pipeline/write/encode.h"
#include "core/pipeline/write/encoding_plan.h"
#include "core/pipeline/write/segment_batch.h"

#include <optional>
#include <vector>

namespace tarn::pipeline {

/// Hashes of a whole encoded file; makes the ends of its shares.
class FinishedFile
{
public:
    /// As capabilities hold it.
    const Hash256& uriExtensionHash() const { return m_uriExtensionHash; }
    ByteView uriExtension() const { return m_uriExtension; }

    /// What follows the blocks in `share` (< N): hash trees, share hash chain, extension block;
    /// plan.trailerSize() bytes from offset plan.trailerBegin() on.
    Bytes trailer(ShareNumber share) const;

private:
    friend class ImmutableEncoder;
    FinishedFile(EncodingPlan plan, hashtree::HashTree crypttextTree,
                 std::vector<std::vector<Hash256>> blockLeaves, const Hash256& crypttextHash);

    EncodingPlan m_plan;
    hashtree::HashTree m_crypttextTree;
    std::vector<std::vector<Hash256>> m_blockLeaves; ///< by share, then by segment
    hashtree::HashTree m_shareTree;
    Bytes m_uriExtension;
    Hash256 m_uriExtensionHash;
};

class ImmutableEncoder
{
public:
    static ImmutableEncoder forPlaintext(const EncodingPlan& plan, const FileKey& key);
    /// For repair: runs are filled with ciphertext.
    static ImmutableEncoder forCiphertext(const EncodingPlan& plan);

    const EncodingPlan& plan() const { return m_plan; }
    /// The segment with which the next run must begin; segmentCount() when all are done.
    SegmentNumber next() const { return m_next; }
    bool complete() const { return m_next.value == m_plan.file.segmentCount(); }

    /// \pre the run is of this file and begins with next().
    EncodedSegments encode(PlainSegments run);

    /// Once, when complete().
    FinishedFile finish() &&;

private:
    ImmutableEncoder(const EncodingPlan& plan, std::optional<FileKey> key);
    void keepHashes(const EncodedSegments& run);

    EncodingPlan m_plan;
    std::optional<FileKey> m_key;
    SegmentEncoder m_encoder;
    crypto::TaggedStream m_crypttextHasher;
    std::vector<Hash256> m_crypttextLeaves;
    std::vector<std::vector<Hash256>> m_blockLeaves;
    SegmentNumber m_next;
};

} // namespace tarn::pipeline
