#include "storage-server/lease_care.h"

#include "storage-server/share_charge.h"
#include "storage-server/store_paths.h"

#include <algorithm>

namespace tarn::storage {

namespace {

struct CarePlan
{
    LeaseFindings found;
    LedgerChange ledger;
    std::vector<FileChange> changes;
    std::deque<WritePlan> owned;
};

/// Takes the leases in `ended` out: those that stay move up, the file becomes shorter.
WritePlan withoutLeases(const ImmutableLeases& container, const std::set<LeaseKey>& ended)
{
    const share::LeaseForm form = container.header.form;
    const std::uint64_t begin =
        container.fileSize - container.leases.size() * share::kImmutableLeaseSize;
    share::ImmutableContainerHeader header = container.header;
    header.leaseCount = 0;
    Bytes kept;
    for (const share::Lease& lease : container.leases) {
        if (ended.contains(leaseKeyOf(lease, form))) continue;
        ++header.leaseCount;
        append(kept, share::encodeImmutableLease(lease));
    }
    WritePlan plan;
    const std::uint64_t size = begin + kept.size();
    plan.add(begin, std::move(kept));
    plan.add(0, share::encodeImmutableHeader(header));
    plan.size = size;
    return plan;
}

/// The same: their places become free, the file stays as long.
WritePlan withoutLeases(const MutableSlot& slot, const std::set<LeaseKey>& ended)
{
    WritePlan plan;
    const Bytes blank = share::encodeMutableLease(std::nullopt);
    const auto blankAt = [&](const std::optional<share::Lease>& lease, std::uint64_t offset) {
        if (lease && ended.contains(leaseKeyOf(*lease, slot.header.form))) plan.add(offset, blank);
    };
    for (std::size_t i = 0; i < slot.header.slots.size(); ++i)
        blankAt(slot.header.slots[i], share::kMutableSlotsOffset + i * share::kMutableLeaseSize);
    const std::uint64_t extras = slot.header.extraLeases + sizeof(std::uint32_t);
    for (std::size_t i = 0; i < slot.extras.size(); ++i)
        blankAt(slot.extras[i], extras + i * share::kMutableLeaseSize);
    plan.size = slot.fileSize;
    return plan;
}

/// One bucket against the rules and the ledger.
class Planner
{
public:
    Planner(StoreParts& parts, const StorageIndex& index, const LeaseRules& rules)
        : m_parts(parts), m_index(index), m_rules(rules)
    {
    }

    Result<CarePlan> plan()
    {
        if (m_parts.ledger != nullptr) {
            TARN_TRY(m_rows, m_parts.ledger->rowsOf(m_index));
        }
        TARN_TRY(const std::set<ShareNumber> shares, listBucket(m_parts.layer, m_index));
        for (const ShareNumber share : shares)
            TARN_TRY_VOID(look(share));
        if (m_rules.keepsAbsent && !m_parts.layer.info(bucketDirectory(m_index)))
            return std::move(m_plan);
        for (const LedgerRow& row : m_rows)
            if (!row.pending && !shares.contains(row.share.share)) forget(row);
        return std::move(m_plan);
    }

private:
    bool underWay(ShareNumber share) const
    {
        return std::any_of(m_rows.begin(), m_rows.end(), [&](const LedgerRow& row) {
            return row.pending && row.share.share == share;
        });
    }
    const LedgerRow* rowOf(ShareNumber share, const LeaseKey& lease) const
    {
        const auto same = [&](const LedgerRow& row) {
            return row.share.share == share && row.lease == lease;
        };
        const auto found = std::find_if(m_rows.begin(), m_rows.end(), same);
        return found == m_rows.end() ? nullptr : &*found;
    }
    void forget(const LedgerRow& row)
    {
        ++m_plan.found.drift;
        m_plan.ledger.dropped.push_back(row);
    }
    Result<void> look(ShareNumber number)
    {
        if (underWay(number) || (m_rules.only && !m_rules.only->contains(number))) return ok();
        const std::string place = sharePath(m_index, number);
        Result<OpenShare> share = openShare(m_parts.layer, place, OpenMode::Read);
        if (!share && share.error().code() == ErrorCode::NotFound) return ok();
        if (!share) return share.error();
        ++m_plan.found.shares;
        const Result<ShareFacts> facts = factsOf(*share);
        if (!facts) {
            ++m_plan.found.brokenShares;
            return facts.error().code() == ErrorCode::IoFailure ? Result<void>(facts.error())
                                                                : ok();
        }
        const std::set<LeaseKey> ended = judge(number, *facts);
        reconcile(number, *facts, ended);
        return end(number, *share, *facts, ended);
    }
    std::set<LeaseKey> judge(ShareNumber number, const ShareFacts& facts) const
    {
        std::set<LeaseKey> ended;
        for (const ShareLease& lease : facts.leases) {
            const LedgerRow* const row = rowOf(number, lease.key);
            const AccountId owner = row == nullptr ? kAnonymous : row->account;
            if (m_rules.letGo.contains(owner) ||
                hasExpired(m_rules.policy, facts.kind, lease.expiration, m_rules.now))
                ended.insert(lease.key);
        }
        return ended;
    }
    /// Rows that are missing or say another charge; rows of leases that there are not.
    void reconcile(ShareNumber number, const ShareFacts& facts, const std::set<LeaseKey>& ended)
    {
        if (m_parts.ledger == nullptr) return;
        for (const ShareLease& lease : facts.leases) {
            const LedgerRow* const row = rowOf(number, lease.key);
            if (ended.contains(lease.key) || (row != nullptr && row->charge == facts.charge))
                continue;
            ++m_plan.found.drift;
            const AccountId owner = row == nullptr ? kAnonymous : row->account;
            m_plan.ledger.held.push_back({{m_index, number}, lease.key, owner, facts.charge});
        }
        for (const LedgerRow& row : m_rows) {
            if (row.share.share != number) continue;
            const auto same = [&](const ShareLease& lease) { return lease.key == row.lease; };
            if (std::none_of(facts.leases.begin(), facts.leases.end(), same)) forget(row);
        }
    }
    Result<void> end(ShareNumber number, const OpenShare& share, const ShareFacts& facts,
                     const std::set<LeaseKey>& ended)
    {
        if (ended.empty()) return ok();
        m_plan.found.endedLeases += ended.size();
        const std::string place = sharePath(m_index, number);
        if (ended.size() == facts.leases.size()) {
            ++m_plan.found.removedShares;
            m_plan.found.freedBytes += facts.fileSize;
            m_plan.changes.push_back({FileChange::Kind::Remove, place, {}, 0});
            m_plan.ledger.gone.push_back({m_index, number});
            return ok();
        }
        TARN_TRY(WritePlan writes, writesFor(share, ended));
        m_plan.found.freedBytes += facts.fileSize - writes.size;
        const WritePlan& kept = m_plan.owned.emplace_back(std::move(writes));
        m_plan.changes.push_back({FileChange::Kind::Edit, place, kept.writes, kept.size});
        for (const LeaseKey& lease : ended)
            m_plan.ledger.dropped.push_back({{m_index, number}, lease, AccountId(), 0});
        return ok();
    }
    static Result<WritePlan> writesFor(const OpenShare& share, const std::set<LeaseKey>& ended)
    {
        if (share.kind == share::ContainerKind::Mutable) {
            TARN_TRY(const MutableSlot slot, loadMutableSlot(share));
            return withoutLeases(slot, ended);
        }
        TARN_TRY(const ImmutableLeases leases, loadImmutableLeases(share));
        return withoutLeases(leases, ended);
    }

    StoreParts& m_parts;
    const StorageIndex& m_index;
    const LeaseRules& m_rules;
    std::vector<LedgerRow> m_rows;
    CarePlan m_plan;
};

} // namespace

LeaseFindings& LeaseFindings::operator+=(const LeaseFindings& other)
{
    shares += other.shares;
    brokenShares += other.brokenShares;
    endedLeases += other.endedLeases;
    removedShares += other.removedShares;
    freedBytes += other.freedBytes;
    drift += other.drift;
    return *this;
}

Result<LeaseFindings> inspectLeases(StoreParts& parts, const StorageIndex& index,
                                    const LeaseRules& rules)
{
    TARN_TRY(const CarePlan plan, Planner(parts, index, rules).plan());
    return plan.found;
}

Result<LeaseFindings> careForLeases(StoreParts& parts, const StorageIndex& index,
                                    const LeaseRules& rules, const std::string& journalId,
                                    JobReport& report)
{
    TARN_TRY_VOID(checkRoot(parts.layer, report));
    TARN_TRY(CarePlan plan, Planner(parts, index, rules).plan());
    if (parts.ledger != nullptr) TARN_TRY_VOID(parts.ledger->begin(plan.ledger));
    Result<void> done = ok();
    if (!plan.changes.empty()) {
        const unsigned prefix = prefixNumber(index);
        parts.space.beginChange(prefix);
        const TransactionOutcome outcome =
            runTransaction(parts.layer, parts.directories, journalId, plan.changes);
        const auto freed = static_cast<std::int64_t>(plan.found.freedBytes);
        parts.space.endChange(prefix, outcome.result ? -freed : 0);
        report.syncFailed = outcome.syncFailed;
        report.undone = outcome.undone;
        done = outcome.result;
    }
    if (parts.ledger != nullptr && !plan.ledger.empty())
        endInLedger(*parts.ledger, plan.ledger, done.has_value(), report);
    if (!done) return std::move(done).error();
    if (plan.found.removedShares > 0) parts.directories.removeIfEmpty(bucketDirectory(index));
    return plan.found;
}

} // namespace tarn::storage
