#include "storage-server/lease_grants.h"

#include "storage-server/share_charge.h"
#include "storage-server/store_paths.h"

namespace tarn::storage {

namespace {

struct Planned
{
    std::vector<FileChange> changes;
    std::deque<WritePlan> owned;
    std::vector<ShareCharge> charges;
    std::uint64_t growth = 0;
    bool addsLease = false;
    std::size_t shares = 0;
};

/// \param charge  what the share costs those who hold a lease on it.
Result<WritePlan> planOne(const OpenShare& share, const LeaseGrant& grant, std::uint64_t& charge)
{
    if (share.kind == share::ContainerKind::Immutable) {
        TARN_TRY(const ImmutableLeases leases, loadImmutableLeases(share));
        charge = chargeOf(leases);
        return planImmutableLease(leases, grant);
    }
    TARN_TRY(MutableSlot slot, loadMutableSlot(share));
    charge = chargeOf(slot);
    WritePlan plan;
    plan.size = slot.fileSize;
    planMutableLease(slot, grant, plan);
    return plan;
}

Result<Planned> planAll(FileLayer& layer, const LeaseTargets& targets, const LeaseGrant& grant)
{
    Planned out;
    for (const ShareNumber number : targets.shares) {
        const std::string place = sharePath(targets.index, number);
        TARN_TRY(const OpenShare share, openShare(layer, place, OpenMode::Read));
        if (targets.onlyImmutable && share.kind == share::ContainerKind::Mutable)
            return Error(ErrorCode::Unsupported, "the storage index holds mutable shares");
        if (share.kind == share::ContainerKind::Unknown) continue;
        ++out.shares;
        ShareCharge& charge = out.charges.emplace_back();
        charge.share = number;
        TARN_TRY(WritePlan plan, planOne(share, grant, charge.charge));
        if (plan.writes.empty()) continue;
        out.growth += plan.size - share.fileSize;
        out.addsLease = out.addsLease || plan.addsLease;
        const WritePlan& kept = out.owned.emplace_back(std::move(plan));
        out.changes.push_back({FileChange::Kind::Edit, place, kept.writes, kept.size});
    }
    return out;
}

/// For renewals: four bytes each, of which any mixture of old and new does no harm.
Result<void> writeInPlace(FileLayer& layer, const FileChange& change, JobReport& report)
{
    TARN_TRY(const File file, File::open(layer, change.place, OpenMode::ReadWrite));
    std::vector<Bytes> old;
    for (const FileWrite& write : change.writes) {
        Bytes& bytes = old.emplace_back(write.bytes.size());
        TARN_TRY_VOID(file.readExactlyAt(write.offset, bytes));
    }
    Result<void> done = ok();
    for (const FileWrite& write : change.writes)
        if (done) done = file.writeAt(write.offset, write.bytes);
    if (done) {
        done = file.sync();
        report.syncFailed = !done;
    }
    if (done) return done;
    // Memory must not show what the disk may not have, or the next renewal finds nothing to do.
    for (std::size_t i = 0; i < old.size(); ++i)
        static_cast<void>(file.writeAt(change.writes[i].offset, old[i]));
    return done;
}

Result<void> applyAdditions(StoreParts& parts, const Planned& planned, const LeaseTargets& targets,
                            const std::string& journalId, JobReport& report)
{
    std::optional<Reservation> space;
    if (planned.growth > 0) {
        TARN_TRY(const std::uint64_t free, parts.layer.freeSpace());
        space = parts.space.reserve(planned.growth, free);
        if (!space) return Error(ErrorCode::NoSpace, "no space for another lease");
    }
    const unsigned prefix = prefixNumber(targets.index);
    parts.space.beginChange(prefix);
    const TransactionOutcome outcome =
        runTransaction(parts.layer, parts.directories, journalId, planned.changes);
    parts.space.endChange(prefix, outcome.result ? static_cast<std::int64_t>(planned.growth) : 0);
    report.syncFailed = outcome.syncFailed;
    report.undone = outcome.undone;
    return outcome.result;
}

Result<void> apply(StoreParts& parts, const Planned& planned, const LeaseTargets& targets,
                   const std::string& journalId, JobReport& report)
{
    if (planned.addsLease) return applyAdditions(parts, planned, targets, journalId, report);
    for (const FileChange& change : planned.changes)
        TARN_TRY_VOID(writeInPlace(parts.layer, change, report));
    return ok();
}

} // namespace

Result<std::size_t> grantLeasesBlocking(StoreParts& parts, const LeaseTargets& targets,
                                        const LeaseGrant& grant, const std::string& journalId,
                                        JobReport& report)
{
    TARN_TRY(const Planned planned, planAll(parts.layer, targets, grant));
    LedgerChange charged;
    if (parts.ledger != nullptr) {
        TARN_TRY(charged, parts.ledger->plan(grant.account, leaseKeyOf(grant.secrets.renew),
                                             targets.index, planned.charges));
        TARN_TRY_VOID(parts.ledger->begin(charged));
    }
    const Result<void> applied = apply(parts, planned, targets, journalId, report);
    if (!charged.empty()) endInLedger(*parts.ledger, charged, applied.has_value(), report);
    if (!applied) return applied.error();
    return planned.shares;
}

} // namespace tarn::storage
