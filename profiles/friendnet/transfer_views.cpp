#include "profiles/friendnet/transfer_views.h"

#include <algorithm>

namespace tarn::profiles {

namespace {

using gateway::TransferKind;
using gateway::web::Transfer;

/// A folder is read and written in no time.
constexpr std::uint64_t kTakesAWhile = 1'000'000;

const char* nameOf(TransferKind kind)
{
    switch (kind) {
    case TransferKind::Upload:
        return "upload";
    case TransferKind::Download:
        return "download";
    case TransferKind::Publish:
        return "publish";
    case TransferKind::MapUpdate:
    case TransferKind::Retrieve:
        break;
    }
    return "retrieve";
}

control::TransferView viewOf(const Transfer& transfer)
{
    control::TransferView out;
    out.id = pageNameOf(transfer);
    out.kind = nameOf(transfer.kind);
    out.index = transfer.storageIndex;
    out.bytes = transfer.moved;
    out.of = transfer.size;
    out.started = unixSeconds(transfer.started);
    if (!transfer.took) return out;
    out.ended = unixSeconds(transfer.started + *transfer.took);
    out.state = "failed";
    if (transfer.status == "Finished") out.state = "done";
    if (transfer.status == "Cancelled") out.state = "cancelled";
    if (out.state == "failed") out.reason = transfer.status;
    return out;
}

void add(const std::vector<std::shared_ptr<const Transfer>>& from,
         std::vector<control::TransferView>& into)
{
    for (const std::shared_ptr<const Transfer>& transfer : from)
        if (transfer->kind != TransferKind::MapUpdate) into.push_back(viewOf(*transfer));
}

} // namespace

std::vector<control::TransferView> transferViews(const gateway::web::History& history)
{
    std::vector<control::TransferView> out;
    add(history.active(), out);
    add(history.recent(), out);
    return out;
}

bool isBusy(const gateway::web::History& history)
{
    const auto all = history.active();
    return std::any_of(all.begin(), all.end(), [](const auto& transfer) {
        if (transfer->kind == TransferKind::MapUpdate) return false;
        const bool file =
            transfer->kind == TransferKind::Upload || transfer->kind == TransferKind::Download;
        return file || transfer->size.value_or(0) >= kTakesAWhile;
    });
}

} // namespace tarn::profiles
