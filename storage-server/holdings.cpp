#include "storage-server/holdings.h"

#include "storage-server/share_files.h"
#include "storage-server/store_paths.h"
#include "storage-server/usage_count.h"

#include <algorithm>

namespace tarn::storage {

namespace {

std::string_view textOf(share::ContainerKind kind)
{
    switch (kind) {
    case share::ContainerKind::Immutable:
        return "immutable";
    case share::ContainerKind::Mutable:
        return "mutable";
    case share::ContainerKind::Unknown:
        break;
    }
    return "unknown";
}

/// \param rows  in order of shares.
std::set<AccountId> accountsOf(const std::vector<LedgerRow>& rows, const ShareName& share)
{
    std::set<AccountId> out;
    const auto isBefore = [](const LedgerRow& row, const ShareName& name) {
        return row.share < name;
    };
    auto row = std::lower_bound(rows.begin(), rows.end(), share, isBefore);
    for (; row != rows.end() && row->share == share; ++row)
        if (!row->fresh) out.insert(row->account);
    return out;
}

} // namespace

Result<std::vector<ShareHolding>> listHoldings(FileLayer& layer, Ledger* ledger, unsigned prefix)
{
    std::vector<ShareHolding> out;
    TARN_TRY(std::vector<StorageIndex> buckets, listPrefix(layer, prefix));
    std::sort(buckets.begin(), buckets.end());
    // All at once: whoever changes the ledger keeps others waiting for the disk.
    std::vector<LedgerRow> rows;
    if (ledger != nullptr && !buckets.empty()) {
        TARN_TRY(rows, ledger->rowsBetween(buckets.front(), buckets.back()));
    }
    for (const StorageIndex& index : buckets) {
        TARN_TRY(const std::set<ShareNumber> shares, listBucket(layer, index));
        for (const ShareNumber share : shares) {
            const Result<OpenShare> file =
                openShare(layer, sharePath(index, share), OpenMode::Read);
            if (!file && file.error().code() == ErrorCode::NotFound) continue;
            ShareHolding& one = out.emplace_back();
            one.index = index;
            one.share = share;
            one.kind = textOf(file ? file->kind : share::ContainerKind::Unknown);
            one.fileSize = file ? file->fileSize : 0;
            one.accounts = accountsOf(rows, ShareName{index, share});
        }
    }
    return out;
}

} // namespace tarn::storage
