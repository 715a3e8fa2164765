// bench_pipeline: CPU seconds per GB of plaintext of the write and the read pipeline, 3 of 10 and
// 1 MiB segments, whole and stage by stage, as JSON lines. One thread, memory to memory; what a
// transfer adds to it is transport.
//
//   bench_pipeline [--megabytes M]    plaintext per line (256)
#include "core/pipeline/read/decrypt.h"
#include "core/pipeline/read/file_proof.h"
#include "core/pipeline/write/convergence.h"
#include "core/pipeline/write/encrypt.h"
#include "core/pipeline/write/hash.h"
#include "core/pipeline/write/immutable_encoder.h"
#include "core/share/hash_sections.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

using namespace tarn;
using namespace tarn::pipeline;

namespace {

constexpr unsigned kNeeded = 3;
constexpr unsigned kTotal = 10;
constexpr std::uint64_t kSegment = std::uint64_t{1} << 20U;

double cpuSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Sums up the CPU time of a stage over many calls.
class Stage
{
public:
    template <class Work>
    auto run(Work work)
    {
        const double begin = cpuSeconds();
        auto result = work();
        m_seconds += cpuSeconds() - begin;
        return result;
    }
    void print(const char* name, std::uint64_t bytes) const
    {
        std::printf("{\"name\": \"%s\", \"cpu_s_per_gb\": %.3f}\n", name,
                    m_seconds * 1e9 / static_cast<double>(bytes));
        std::fflush(stdout);
    }

private:
    double m_seconds = 0;
};

EncodingPlan planFor(std::uint64_t bytes)
{
    return *EncodingPlan::forNewFile(bytes, kNeeded, kTotal, kSegment);
}

void benchKey(std::uint64_t bytes)
{
    const Bytes piece(static_cast<std::size_t>(kSegment), std::byte{1});
    ConvergentKeyMaker maker(asBytes("secret"), kNeeded, kTotal, kSegment);
    Stage stage;
    for (std::uint64_t done = 0; done < bytes; done += piece.size())
        stage.run([&] {
            maker.update(piece);
            return 0;
        });
    stage.print("write_convergent_key", bytes);
}

void benchWriteStages(const EncodingPlan& plan)
{
    const FileKey key;
    const SegmentEncoder encoder(plan);
    BatchBuffers buffers(plan, segmentsPerBatch(plan));
    Stage encrypt;
    Stage encode;
    Stage hash;
    crypto::TaggedStream file("");
    for (std::uint64_t next = 0; next < plan.file.segmentCount();) {
        PlainSegments plain(std::move(buffers), SegmentNumber{next});
        CipherSegments cipher = encrypt.run([&] { return encryptSegments(std::move(plain), key); });
        EncodedSegments run = encode.run([&] { return encoder.encode(std::move(cipher)); });
        hash.run([&] { return hashSegments(run, file); });
        next += run.count();
        buffers = std::move(run).release();
    }
    encrypt.print("write_encrypt", plan.file.size());
    encode.print("write_encode", plan.file.size());
    hash.print("write_hash_blocks_segments_and_file", plan.file.size());
}

void benchWrite(const EncodingPlan& plan)
{
    ImmutableEncoder encoder = ImmutableEncoder::forPlaintext(plan, FileKey());
    BatchBuffers buffers(plan, segmentsPerBatch(plan));
    Stage whole;
    while (!encoder.complete()) {
        PlainSegments plain(std::move(buffers), encoder.next());
        EncodedSegments run = whole.run([&] { return encoder.encode(std::move(plain)); });
        buffers = std::move(run).release();
    }
    const FinishedFile file = whole.run([&] { return std::move(encoder).finish(); });
    whole.run([&] { return file.trailer(ShareNumber{0}); });
    whole.print("write_all_but_key", plan.file.size());
}

/// A file of equal segments, whose shares need no memory: the blocks of one run of segments, and
/// what proves them.
struct ReadSample
{
    EncodingPlan plan;
    std::vector<std::vector<Bytes>> blocks; ///< by segment, then by share
    FileProof file;
    std::vector<ShareProof> shares;
};

/// Nodes of the whole tree that begins at `begin` of a share's trailer.
std::vector<hashtree::NumberedHash> treeIn(const EncodingPlan& plan, ByteView trailer,
                                           ByteRange section)
{
    const auto begin = static_cast<std::size_t>(section.begin - plan.trailerBegin());
    const auto size = static_cast<std::size_t>(section.size());
    return *share::parseTreeNodes(trailer.subspan(begin, size), 0);
}

ReadSample makeReadSample(std::uint64_t segments)
{
    const EncodingPlan plan = planFor(segments * kSegment);
    ImmutableEncoder encoder = ImmutableEncoder::forPlaintext(plan, FileKey());
    BatchBuffers buffers(plan, segments);
    PlainSegments plain(std::move(buffers), encoder.next());
    std::fill(plain.text().begin(), plain.text().end(), std::byte{5});
    const EncodedSegments run = encoder.encode(std::move(plain));
    const FinishedFile finished = std::move(encoder).finish();
    const cap::ImmutableReadCap cap = readCapOf(plan, FileKey(), finished.uriExtensionHash());

    ReadSample sample{
        plan, {}, *FileProof::make(cap::verifyCapOf(cap), finished.uriExtension()), {}};
    for (std::size_t i = 0; i < run.count(); ++i) {
        sample.blocks.emplace_back();
        for (unsigned share = 0; share < kTotal; ++share)
            sample.blocks[i].push_back(toBytes(run.block(i, ShareNumber{share})));
    }
    const share::ImmutableLayout& layout = plan.layout;
    for (unsigned share = 0; share < kTotal; ++share) {
        const Bytes trailer = finished.trailer(ShareNumber{share});
        const auto chainBegin = static_cast<std::size_t>(layout.shareHashes - plan.trailerBegin());
        const auto chainSize = static_cast<std::size_t>(layout.shareHashesRange().size());
        const auto chain =
            *share::parseShareHashes(ByteView(trailer).subspan(chainBegin, chainSize));
        sample.shares.push_back(*sample.file.proveShare(ShareNumber{share}, chain));
        static_cast<void>(sample.shares.back()
                              .addNodes(treeIn(plan, trailer, layout.blockHashesRange()))
                              .has_value());
        static_cast<void>(
            sample.file.addNodes(treeIn(plan, trailer, layout.crypttextTreeRange())).has_value());
    }
    return sample;
}

/// Reads the sample again and again from shares `first` .. `first` + k - 1.
void benchRead(const ReadSample& sample, unsigned first, std::uint64_t bytes, const char* name)
{
    const std::size_t segments = sample.blocks.size();
    std::vector<FetchedBlock> fetched;
    std::vector<ProvenSegmentHash> expected;
    for (std::size_t i = 0; i < segments; ++i) {
        for (unsigned share = first; share < first + kNeeded; ++share)
            fetched.push_back(
                {*sample.shares[share].blockHash(SegmentNumber{i}), sample.blocks[i][share]});
        expected.push_back(*sample.file.segmentHash(SegmentNumber{i}));
    }
    std::vector<SegmentBuffer> buffers;
    for (std::size_t i = 0; i < segments; ++i)
        buffers.emplace_back(sample.plan.file);

    Stage verifyStage;
    Stage decodeStage;
    Stage segmentStage;
    Stage decryptStage;
    std::uint64_t done = 0;
    for (; done < bytes; done += sample.plan.file.size()) {
        auto blocks = verifyStage.run([&] { return verifyBlocks(fetched); });
        std::vector<DecodedSegment> decoded;
        for (std::size_t i = 0; i < segments; ++i) {
            std::vector<VerifiedBlock> own;
            for (unsigned j = 0; j < kNeeded; ++j)
                own.push_back(*blocks[i * kNeeded + j]);
            decoded.push_back(
                decodeStage.run([&] { return *decodeSegment(own, std::move(buffers[i])); }));
        }
        auto verified =
            segmentStage.run([&] { return verifySegments(std::move(decoded), expected); });
        for (std::size_t i = 0; i < segments; ++i) {
            const ByteRange all{0, sample.plan.file.sizeOf(SegmentNumber{i})};
            PlainSegment plain = decryptStage.run(
                [&] { return decryptSegment(*std::move(verified[i]), FileKey(), all); });
            buffers[i] = std::move(plain).release();
        }
    }
    const std::string prefix(name);
    verifyStage.print((prefix + "_verify_blocks").c_str(), done);
    decodeStage.print((prefix + "_decode").c_str(), done);
    segmentStage.print((prefix + "_verify_segments").c_str(), done);
    decryptStage.print((prefix + "_decrypt").c_str(), done);
}

} // namespace

int main(int argc, char** argv)
{
    std::uint64_t megabytes = 256;
    if (argc == 3 && std::string(argv[1]) == "--megabytes")
        megabytes = std::max(1ULL, std::strtoull(argv[2], nullptr, 10));
    const std::uint64_t bytes = megabytes * 1'000'000;
    const EncodingPlan plan = planFor(bytes);
    benchKey(bytes);
    benchWriteStages(plan);
    benchWrite(plan);
    const ReadSample sample = makeReadSample(4);
    benchRead(sample, 0, bytes, "read_data_shares");
    benchRead(sample, kTotal - kNeeded, bytes, "read_parity_shares");
    return 0;
}
