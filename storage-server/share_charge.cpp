#include "storage-server/share_charge.h"

#include "storage-server/store_paths.h"

#include <algorithm>

namespace tarn::storage {

namespace {

constexpr std::size_t kAtOnce = 256;

void addLeases(ShareFacts& facts, std::span<const std::optional<share::Lease>> leases,
               share::LeaseForm form)
{
    for (const std::optional<share::Lease>& lease : leases)
        if (lease) facts.leases.push_back({leaseKeyOf(*lease, form), lease->expiration});
}

/// \return nothing: there is no such share any more.
Result<std::optional<ShareFacts>> factsOf(FileLayer& layer, const ShareName& name)
{
    const Result<OpenShare> share =
        openShare(layer, sharePath(name.index, name.share), OpenMode::Read);
    if (!share && share.error().code() == ErrorCode::NotFound) return std::optional<ShareFacts>();
    if (!share) return share.error();
    TARN_TRY(ShareFacts facts, factsOf(*share));
    return std::optional<ShareFacts>(std::move(facts));
}

Result<LedgerChange> outcomeOf(FileLayer& layer, const LedgerRow& row)
{
    LedgerChange out;
    Result<std::optional<ShareFacts>> facts = factsOf(layer, row.share);
    if (!facts && facts.error().code() == ErrorCode::IoFailure) return std::move(facts).error();
    const bool there = facts && facts->has_value();
    const auto holds = [&](const ShareLease& lease) { return lease.key == row.lease; };
    const bool held = there && std::any_of((*facts)->leases.begin(), (*facts)->leases.end(), holds);
    if (held) {
        out.held.push_back({row.share, row.lease, row.account, (*facts)->charge});
    } else {
        out.dropped.push_back(row);
    }
    return out;
}

} // namespace

std::uint64_t chargeOf(const ImmutableLeases& container)
{
    const std::uint64_t leases = container.leases.size() * share::kImmutableLeaseSize;
    return container.fileSize - leases + share::kImmutableLeaseSize;
}

std::uint64_t chargeOf(const MutableSlot& container)
{
    return container.header.extraLeases + sizeof(std::uint32_t);
}

Result<ShareFacts> factsOf(const OpenShare& share)
{
    ShareFacts out;
    out.kind = share.kind;
    out.fileSize = share.fileSize;
    if (share.kind == share::ContainerKind::Mutable) {
        TARN_TRY(const MutableSlot slot, loadMutableSlot(share));
        out.charge = chargeOf(slot);
        addLeases(out, slot.header.slots, slot.header.form);
        addLeases(out, slot.extras, slot.header.form);
        return out;
    }
    TARN_TRY(const ImmutableLeases leases, loadImmutableLeases(share));
    out.charge = chargeOf(leases);
    for (const share::Lease& lease : leases.leases)
        out.leases.push_back({leaseKeyOf(lease, leases.header.form), lease.expiration});
    return out;
}

Result<void> settlePending(FileLayer& layer, Ledger& ledger)
{
    for (;;) {
        TARN_TRY(const std::vector<LedgerRow> rows, ledger.pending(kAtOnce));
        if (rows.empty()) return ok();
        for (const LedgerRow& row : rows) {
            TARN_TRY(LedgerChange outcome, outcomeOf(layer, row));
            ledger.finish(outcome);
        }
        TARN_TRY_VOID(ledger.flush());
    }
}

} // namespace tarn::storage
