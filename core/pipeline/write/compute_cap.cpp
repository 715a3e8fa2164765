#include "core/pipeline/write/compute_cap.h"

#include "core/erasure/encoder.h"
#include "core/pipeline/write/convergence.h"
#include "core/pipeline/write/immutable_encoder.h"

#include <algorithm>

namespace tarn::pipeline {

namespace {

constexpr std::size_t kReadSize = std::size_t{256} << 10U;

/// Fills `into` or says that the source got shorter.
Result<void> fill(RewindableSource& source, MutableByteView into)
{
    while (!into.empty()) {
        TARN_TRY(const std::size_t got, source.readBlocking(into));
        if (got == 0) return Error(ErrorCode::Conflict, "the file became shorter meanwhile");
        into = into.subspan(got);
    }
    return ok();
}

Result<void> expectEnd(RewindableSource& source)
{
    std::byte one{};
    TARN_TRY(const std::size_t got, source.readBlocking(MutableByteView(&one, 1)));
    if (got != 0) return Error(ErrorCode::Conflict, "the file became longer meanwhile");
    return ok();
}

/// The first pass: the key, and the length.
Result<FileKey> hashAll(RewindableSource& source, ConvergentKeyMaker& maker)
{
    TARN_TRY_VOID(source.rewind());
    Bytes buffer(kReadSize);
    while (true) {
        TARN_TRY(const std::size_t got, source.readBlocking(buffer));
        if (got == 0) return maker.finish();
        maker.update(ByteView(buffer).first(got));
    }
}

/// The second pass: the hash that the capability holds.
Result<Hash256> encodeAll(RewindableSource& source, const EncodingPlan& plan, const FileKey& key)
{
    TARN_TRY_VOID(source.rewind());
    ImmutableEncoder encoder = ImmutableEncoder::forPlaintext(plan, key);
    BatchBuffers buffers(plan, segmentsPerBatch(plan));
    while (!encoder.complete()) {
        PlainSegments run(std::move(buffers), encoder.next());
        TARN_TRY_VOID(fill(source, run.text()));
        buffers = encoder.encode(std::move(run)).release();
    }
    TARN_TRY_VOID(expectEnd(source));
    return std::move(encoder).finish().uriExtensionHash();
}

Result<cap::Cap> literalCap(RewindableSource& source, std::uint64_t size)
{
    TARN_TRY_VOID(source.rewind());
    cap::LiteralCap literal{Bytes(static_cast<std::size_t>(size))};
    TARN_TRY_VOID(fill(source, literal.data));
    TARN_TRY_VOID(expectEnd(source));
    return cap::Cap(std::move(literal));
}

} // namespace

Result<void> MemorySource::rewind()
{
    m_at = 0;
    return ok();
}

Result<std::size_t> MemorySource::readBlocking(MutableByteView into)
{
    const std::size_t count = std::min(into.size(), m_bytes.size() - m_at);
    std::copy_n(m_bytes.begin() + static_cast<std::ptrdiff_t>(m_at), count, into.begin());
    m_at += count;
    return count;
}

Result<cap::Cap> computeReadCapBlocking(RewindableSource& source, const CapParameters& parameters)
{
    TARN_TRY_VOID(erasure::checkCode(parameters.needed, parameters.total));
    if (parameters.maxSegmentSize < 1)
        return Error(ErrorCode::InvalidInput, "segment size is 0, must be at least 1");
    ConvergentKeyMaker maker(parameters.convergence, parameters.needed, parameters.total,
                             parameters.maxSegmentSize);
    TARN_TRY(const FileKey key, hashAll(source, maker));
    if (isLiteral(maker.size())) return literalCap(source, maker.size());
    TARN_TRY(const EncodingPlan plan,
             EncodingPlan::forNewFile(maker.size(), parameters.needed, parameters.total,
                                      parameters.maxSegmentSize));
    TARN_TRY(const Hash256 hash, encodeAll(source, plan, key));
    return cap::Cap(readCapOf(plan, key, hash));
}

} // namespace tarn::pipeline
