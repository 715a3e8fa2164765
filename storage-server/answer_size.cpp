#include "storage-server/answer_size.h"

#include "core/wire/storage_messages.h"
#include "storage-server/share_transfer.h"

#include <algorithm>
#include <limits>

namespace tarn::storage {

namespace {

using storage_api::ReadVector;

std::uint64_t saturatedSum(std::uint64_t a, std::uint64_t b)
{
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    return a > most - b ? most : a + b;
}

std::uint64_t sizeOf(std::span<const ReadVector> reads)
{
    std::uint64_t sum = 0;
    for (const ReadVector& read : reads)
        sum = saturatedSum(sum, read.size);
    return sum;
}

/// What the reads give of a share of `length` bytes.
std::uint64_t sizeWithin(std::span<const ReadVector> reads, std::uint64_t length)
{
    std::uint64_t sum = 0;
    for (const ReadVector& read : reads)
        if (read.offset < length)
            sum = saturatedSum(sum, std::min(read.size, length - read.offset));
    return sum;
}

std::uint64_t farthest(std::span<const ReadVector> reads)
{
    std::uint64_t end = 1;
    for (const ReadVector& read : reads)
        end = std::max(end, saturatedSum(read.offset, read.size));
    return end;
}

} // namespace

asio::awaitable<Result<void>> checkAnswerSize(storage_api::ShareStore& store, StorageIndex index,
                                              std::span<const ReadVector> reads)
{
    constexpr std::uint64_t kLimit = wire::kMaxAnswerBytes;
    const std::uint64_t perShare = sizeOf(reads);
    if (perShare <= kLimit / wire::kMaxSharesPerRequest) co_return ok();
    TARN_CO_TRY(const std::set<ShareNumber> shares,
                co_await store.listShares(storage_api::ShareKind::Mutable, index));
    if (shares.empty() || perShare <= kLimit / shares.size()) co_return ok();
    ByteRange range;
    range.end = farthest(reads);
    std::uint64_t sum = 0;
    for (const ShareNumber share : shares) {
        const ShareSource source{storage_api::ShareKind::Mutable, index, share};
        TARN_CO_TRY(const std::uint64_t length, co_await findEnd(store, source, range));
        sum = saturatedSum(sum, sizeWithin(reads, length));
    }
    if (sum <= kLimit) co_return ok();
    co_return Error(ErrorCode::Unsupported, "the reads come to more than an answer may have");
}

} // namespace tarn::storage
