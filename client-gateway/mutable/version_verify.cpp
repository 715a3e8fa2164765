#include "client-gateway/mutable/version_verify.h"

#include "core/pipeline/mutable/encode_segments.h"
#include "core/share/hash_sections.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

/// Plaintext bytes of the blocks that are read at a time.
constexpr std::uint64_t kRunBytes = std::uint64_t{1} << 20U;

asio::awaitable<Result<void>> verifyTree(CopyPtr copy)
{
    TARN_CO_TRY(const Bytes tree, co_await copy->fetch(copy->sections().blockHashTree));
    Bytes expected;
    share::appendTree(expected, hashtree::HashTree::build(copy->leaves()));
    if (tree != expected)
        co_return Error(ErrorCode::Corrupt, "the block hash tree does not fit together");
    co_return ok();
}

asio::awaitable<Result<void>> verifyKey(const crypto::WriteKey& writeKey, CopyPtr copy)
{
    const ByteRange range = copy->sections().encryptedPrivateKey;
    TARN_CO_TRY(const Bytes encrypted, co_await copy->fetch(range));
    Bytes der = pipeline::cryptPrivateKey(encrypted, writeKey);
    const bool right = crypto::writeKeyOf(der) == writeKey;
    wipe(der);
    if (!right) co_return Error(ErrorCode::Corrupt, "private key is not the file's");
    co_return ok();
}

} // namespace

asio::awaitable<Result<void>> verifyCopy(std::shared_ptr<const VersionFacts> version, CopyPtr copy)
{
    TARN_CO_TRY_VOID(co_await copy->open());
    TARN_CO_TRY_VOID(co_await verifyTree(copy));
    if (version->file.writeKey) {
        TARN_CO_TRY_VOID(co_await verifyKey(*version->file.writeKey, copy));
    }
    const share::MutableShape& shape = version->shape;
    if (shape.segmentCount() == 0) co_return ok();
    const std::uint64_t atOnce = std::max<std::uint64_t>(1, kRunBytes / shape.segmentSize());
    for (std::uint64_t first = 0; first < shape.segmentCount(); first += atOnce) {
        pipeline::MutableSpan span;
        span.first = first;
        span.count = std::min(atOnce, shape.segmentCount() - first);
        TARN_CO_TRY(const Bytes blocks, co_await copy->stored(span));
        const pipeline::MutableRun run{copy->share(), blocks, copy->leaves()};
        auto job = [&] { return pipeline::verifyMutableRun(shape, span, run); };
        TARN_CO_TRY_VOID(co_await runOn(version->parts.cpu, job));
    }
    co_return ok();
}

} // namespace tarn::gateway
