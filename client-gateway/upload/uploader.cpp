#include "client-gateway/upload/uploader.h"

#include "core/cap/cap.h"
#include "core/codec/base32.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

/// A small upload weighs the requests that it has under way rather than its bytes.
constexpr std::uint64_t kLeastWeight = 256 * 1024;

/// Bytes of the buffers that encodeAndPush() needs: two runs, or all of a short file.
std::uint64_t weightOf(const pipeline::EncodingPlan& plan)
{
    const share::Segmentation& file = plan.file;
    const std::uint64_t segments =
        std::min(2 * std::uint64_t(pipeline::segmentsPerBatch(plan)), file.segmentCount());
    const std::uint64_t parity = file.blockSize() * (file.total() - file.needed());
    return std::max(kLeastWeight, segments * (file.segmentSize() + parity));
}

class SpoolSource final : public SegmentSource
{
public:
    explicit SpoolSource(Spool& spool) : m_spool(spool) {}
    asio::awaitable<Result<void>> read(std::uint64_t offset, MutableByteView into) override
    {
        return m_spool.read(offset, into);
    }

private:
    Spool& m_spool;
};

asio::awaitable<Result<UploadResult>> makeLiteral(Spool& body)
{
    cap::LiteralCap literal;
    literal.data.resize(static_cast<std::size_t>(body.size()));
    TARN_CO_TRY_VOID(co_await body.read(0, literal.data));
    UploadResult result;
    result.size = body.size();
    result.readCap = cap::printCap(literal);
    co_return result;
}

asio::awaitable<Result<UploadResult>> placeAndSend(UploaderParts parts, ReceivedBody body,
                                                   EncodingParameters encoding,
                                                   std::vector<ServerPtr> known,
                                                   UploadStatus& status)
{
    TARN_CO_TRY(const pipeline::EncodingPlan plan,
                pipeline::EncodingPlan::forNewFile(body.plaintext->size(), encoding.needed,
                                                   encoding.total, encoding.segmentSize));
    const StorageIndex index = crypto::immutableStorageIndex(body.key);
    status.storageIndex = codec::encodeBase32(index);
    const UploadTurns::Turn turn = co_await parts.turns.wait(index);
    const Gate::Permit permit = co_await parts.gate.enter(weightOf(plan));
    const crypto::LeaseSecrets leases = crypto::fileLeaseSecrets(parts.clientLeases, index);
    if (parts.firstHome != nullptr) {
        TARN_CO_TRY_VOID(co_await parts.firstHome->admit(plan.shareSize * encoding.total));
        encoding.happy = 1;
    }
    const PlacementPolicy& policy =
        parts.firstHome != nullptr ? parts.firstHome->placement() : parts.policy;
    StartedShares started(parts.engine, parts.clock, parts.queryDeadline, index, status.log);
    SelectorParts selectorParts{parts.clock, parts.random,        policy,    started,
                                leases,      parts.queryDeadline, status.log};
    SelectionRequest request;
    request.index = index;
    request.needed = encoding.needed;
    request.happy = encoding.happy;
    request.total = encoding.total;
    request.allocatedSize = plan.shareSize;
    request.likelyNew = true;
    ServerSelector selector(selectorParts, request);
    EncodeParts encodeParts{parts.cpu, parts.clock, selector, status, parts.writeDeadline};
    SpoolSource source(*body.plaintext);
    UploadResult result;
    pipeline::ImmutableEncoder encoder = pipeline::ImmutableEncoder::forPlaintext(plan, body.key);
    const Result<Hash256> extensionHash = co_await encodeAndPush(
        encodeParts, index, std::move(encoder), source, std::move(known), result.timings);
    status.happiness = selector.report();
    if (!extensionHash) co_return extensionHash.error();
    result.size = body.plaintext->size();
    const cap::ImmutableReadCap readCap = pipeline::readCapOf(plan, body.key, *extensionHash);
    result.readCap = cap::printCap(readCap);
    result.verifyCap = cap::printCap(cap::verifyCapOf(readCap));
    result.storageIndex = status.storageIndex;
    result.shareMap = selector.shareMap();
    result.preexistingShares = selector.preexistingShares();
    result.pushedShares = selector.pushedShares();
    result.happiness = selector.happiness();
    co_return result;
}

} // namespace

asio::awaitable<Result<UploadResult>> uploadFile(UploaderParts parts, UploadSource& source,
                                                 EncodingParameters encoding, KeyChoice choice,
                                                 std::vector<ServerPtr> known, UploadStatus& status)
{
    TARN_CO_TRY_VOID(encoding.check());
    const TimePoint begun = parts.clock.now();
    const ReceiveParts receiveParts{parts.spool, parts.cpu, parts.disk, parts.random, parts.clock};
    TARN_CO_TRY(ReceivedBody body, co_await receiveBody(receiveParts, source, encoding, choice,
                                                        parts.convergence, status));
    const Duration receive = parts.clock.now() - begun;
    if (pipeline::isLiteral(body.plaintext->size()))
        co_return co_await makeLiteral(*body.plaintext);
    TARN_CO_TRY(UploadResult result,
                co_await placeAndSend(parts, std::move(body), encoding, std::move(known), status));
    result.timings.receive = receive;
    result.timings.total = parts.clock.now() - begun;
    status.phase = UploadPhase::Done;
    co_return result;
}

} // namespace tarn::gateway
