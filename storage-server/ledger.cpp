#include "storage-server/ledger.h"

#include "core/base/log.h"
#include "storage-server/ledger_statements.h"

#include <algorithm>
#include <limits>

namespace tarn::storage {

namespace {

constexpr std::string_view kReopenedNote = "reopened";

std::int64_t numberOf(std::uint64_t value)
{
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return static_cast<std::int64_t>(std::min(value, kMost));
}

std::int64_t numberOf(ShareNumber share)
{
    return static_cast<std::int64_t>(share.value);
}

Result<std::vector<LedgerRow>> readRows(SqlStatement& query)
{
    std::vector<LedgerRow> out;
    for (;;) {
        TARN_TRY(const bool row, query.next());
        if (!row) return out;
        Result<LedgerRow> read = ledgerRowOf(query);
        if (!read) query.end();
        if (!read) return std::move(read).error();
        out.push_back(*std::move(read));
    }
}

/// What each account is charged for one share whose rows these are.
std::map<AccountId, std::uint64_t> chargesOf(const std::vector<LedgerRow>& rows)
{
    std::map<AccountId, std::uint64_t> out;
    for (const LedgerRow& row : rows)
        if (!row.fresh) out[row.account] = row.charge;
    return out;
}

/// What `hold` and `recharge` make of the rows of its share. \return whether there are others than
/// its own.
bool holdIn(std::vector<LedgerRow>& rows, const Holding& holding)
{
    const auto other = [&](const LedgerRow& row) { return row.lease != holding.lease; };
    rows.erase(std::stable_partition(rows.begin(), rows.end(), other), rows.end());
    for (LedgerRow& row : rows)
        row.charge = holding.charge;
    const bool others = !rows.empty();
    LedgerRow held;
    static_cast<Holding&>(held) = holding;
    rows.push_back(held);
    return others;
}

void addDeltas(ChargeDeltas& deltas, const std::map<AccountId, std::uint64_t>& charges, bool after)
{
    for (const auto& [account, bytes] : charges) {
        deltas[account].bytes += after ? numberOf(bytes) : -numberOf(bytes);
        deltas[account].shares += after ? 1 : -1;
    }
}

} // namespace

LeaseKey leaseKeyOf(const LeaseSecret& renew)
{
    return LeaseKey::prefixOf(share::storedForm(renew, share::LeaseForm::Hashed).view());
}

LeaseKey leaseKeyOf(const share::Lease& lease, share::LeaseForm form)
{
    if (form == share::LeaseForm::Hashed) return LeaseKey::prefixOf(lease.renew.view());
    return leaseKeyOf(LeaseSecret::prefixOf(lease.renew.view()));
}

// --- the file ---

Ledger::Ledger(std::string path) : m_path(std::move(path)) {}

Ledger::~Ledger() = default;

Result<std::unique_ptr<Ledger>> Ledger::openBlocking(const std::string& path)
{
    std::unique_ptr<Ledger> ledger(new Ledger(path));
    TARN_TRY_VOID(ledger->open());
    return ledger;
}

Result<void> Ledger::open()
{
    TARN_TRY(SqlDatabase database, SqlDatabase::openBlocking(m_path));
    TARN_TRY_VOID(makeLedgerTables(database));
    TARN_TRY_VOID(database.sync());
    TARN_TRY(m_statements, Statements::prepare(database));
    m_database = std::move(database);
    m_inTransaction = false;
    m_unsynced = false;
    return addUp();
}

Result<void> Ledger::reopen()
{
    const std::scoped_lock lock(m_mutex);
    if (m_state && m_inTransaction) static_cast<void>(commit());
    m_statements.reset();
    m_database.reset();
    m_state = open();
    if (m_state) static_cast<void>(tryWriting());
    return m_state;
}

/// A full disk shows when something is written, and not before.
Result<void> Ledger::tryWriting()
{
    TARN_TRY_VOID(startTransaction());
    Result<void> written =
        m_statements->writeNote.run({kReopenedNote, std::string_view("written")});
    if (!written) return broken(std::move(written).error());
    return commit();
}

Result<void> Ledger::state() const
{
    const std::scoped_lock lock(m_mutex);
    return usable();
}

Result<void> Ledger::addUp()
{
    ChargeDeltas charged;
    std::vector<LedgerRow> rows; // of one share
    const auto addShare = [&] {
        addDeltas(charged, chargesOf(rows), true);
        rows.clear();
    };
    for (;;) {
        TARN_TRY(const bool more, m_statements->all.next());
        if (!more) break;
        TARN_TRY(LedgerRow row, ledgerRowOf(m_statements->all));
        if (!rows.empty() && rows.front().share != row.share) addShare();
        rows.push_back(std::move(row));
    }
    addShare();
    m_usage.reset(charged);
    return ok();
}

Result<void> Ledger::usable() const
{
    if (m_state) return ok();
    return Error(ErrorCode::IoFailure, m_state.error().message()).within("accounts");
}

/// Nobody knows how much of a transaction that failed there is: nothing goes on with it.
Error Ledger::broken(Error why)
{
    if (!m_state) return why;
    TARN_LOG(Error, Storage, "the accounts cannot be kept", {"why", why.message()});
    static_cast<void>(m_database->script("ROLLBACK"));
    m_inTransaction = false;
    // On a full disk, too: what finish() left is lost, and only the shares tell what came of it.
    m_state = Error(ErrorCode::IoFailure, why.message());
    return m_state.error();
}

Result<void> Ledger::startTransaction()
{
    TARN_TRY_VOID(usable());
    if (m_inTransaction) return ok();
    Result<void> begun = m_statements->begin.run({});
    if (!begun) return broken(std::move(begun).error());
    m_inTransaction = true;
    return ok();
}

Result<void> Ledger::commit(LedgerSync sync)
{
    if (m_inTransaction) {
        Result<void> done = m_statements->commit.run({});
        if (!done) return broken(std::move(done).error());
        m_inTransaction = false;
        m_unsynced = true;
    }
    if (!m_unsynced || sync == LedgerSync::WithVolume) return ok();
    Result<void> synced = m_database->sync();
    if (!synced) return broken(std::move(synced).error());
    m_unsynced = false;
    return ok();
}

Result<void> Ledger::inTransaction(const std::function<Result<void>()>& work, LedgerSync sync)
{
    const std::scoped_lock lock(m_mutex);
    TARN_TRY_VOID(startTransaction());
    Result<void> done = work();
    if (!done) return broken(std::move(done).error());
    return commit(sync);
}

void Ledger::volumeSynced(const Result<void>& outcome)
{
    const std::scoped_lock lock(m_mutex);
    if (!outcome) static_cast<void>(broken(outcome.error()));
    if (outcome) m_unsynced = false;
}

bool Ledger::unsynced() const
{
    const std::scoped_lock lock(m_mutex);
    return m_unsynced;
}

// --- changes ---

Result<std::vector<LedgerRow>> Ledger::rowsOfShare(const ShareName& share)
{
    TARN_TRY_VOID(m_statements->ofShare.begin({share.index.view(), numberOf(share.share)}));
    return readRows(m_statements->ofShare);
}

Result<LedgerChange> Ledger::plan(AccountId account, const LeaseKey& lease,
                                  const StorageIndex& index, std::span<const ShareCharge> shares)
{
    const std::scoped_lock lock(m_mutex);
    TARN_TRY_VOID(usable());
    LedgerChange out;
    std::uint64_t growth = 0;
    for (const ShareCharge& wanted : shares) {
        const ShareName name{index, wanted.share};
        TARN_TRY(const std::vector<LedgerRow> rows, rowsOfShare(name));
        // An unfinished row is as good: the share is there, so what it was made for has happened.
        const auto same = [&](const LedgerRow& row) {
            return row.lease == lease && row.account == account && row.charge == wanted.charge;
        };
        if (std::any_of(rows.begin(), rows.end(), same)) continue;
        const auto charges = chargesOf(rows);
        const auto charged = charges.find(account);
        const std::uint64_t before = charged == charges.end() ? 0 : charged->second;
        if (wanted.charge > before) growth += wanted.charge - before;
        out.held.push_back({name, lease, account, wanted.charge});
    }
    std::optional<Pledge> pledge = m_usage.pledge(account, growth);
    if (!pledge) return Error(ErrorCode::NoSpace, "the account's quota is used up");
    out.pledge = std::move(*pledge);
    return out;
}

Result<void> Ledger::mark(const LedgerChange& change)
{
    for (const Holding& one : change.held) {
        TARN_TRY_VOID(m_statements->announce.run({one.share.index.view(), numberOf(one.share.share),
                                                  one.lease.view(), one.account.value,
                                                  numberOf(one.charge)}));
    }
    for (const ShareName& share : change.gone)
        TARN_TRY_VOID(m_statements->announceGone.run({share.index.view(), numberOf(share.share)}));
    for (const Holding& one : change.dropped) {
        TARN_TRY_VOID(m_statements->announceDrop.run(
            {one.share.index.view(), numberOf(one.share.share), one.lease.view()}));
    }
    return ok();
}

Result<void> Ledger::begin(std::span<LedgerChange* const> changes, LedgerSync sync)
{
    const auto marking = [&]() -> Result<void> {
        for (const LedgerChange* change : changes)
            TARN_TRY_VOID(mark(*change));
        return ok();
    };
    return inTransaction(marking, sync);
}

Result<void> Ledger::begin(LedgerChange& change)
{
    if (change.empty()) return ok();
    LedgerChange* const one = &change;
    return begin(std::span(&one, 1));
}

/// Makes the change and tells by how much charges move.
Result<void> Ledger::conclude(const LedgerChange& change, ChargeDeltas& deltas)
{
    Statements& sql = *m_statements;
    for (const Holding& one : change.held) {
        const ByteView index = one.share.index.view();
        const std::int64_t number = numberOf(one.share.share);
        TARN_TRY(std::vector<LedgerRow> rows, rowsOfShare(one.share));
        addDeltas(deltas, chargesOf(rows), false);
        const bool others = holdIn(rows, one);
        TARN_TRY_VOID(sql.hold.run(
            {index, number, one.lease.view(), one.account.value, numberOf(one.charge)}));
        if (others) {
            TARN_TRY_VOID(sql.recharge.run({index, number, numberOf(one.charge)}));
        }
        addDeltas(deltas, chargesOf(rows), true);
    }
    for (const ShareName& share : change.gone) {
        TARN_TRY(const std::vector<LedgerRow> before, rowsOfShare(share));
        TARN_TRY_VOID(sql.forgetShare.run({share.index.view(), numberOf(share.share)}));
        addDeltas(deltas, chargesOf(before), false);
    }
    for (const Holding& one : change.dropped) {
        TARN_TRY(const std::vector<LedgerRow> before, rowsOfShare(one.share));
        TARN_TRY_VOID(sql.forgetLease.run(
            {one.share.index.view(), numberOf(one.share.share), one.lease.view()}));
        TARN_TRY(const std::vector<LedgerRow> after, rowsOfShare(one.share));
        addDeltas(deltas, chargesOf(before), false);
        addDeltas(deltas, chargesOf(after), true);
    }
    return ok();
}

void Ledger::finish(LedgerChange& change)
{
    const std::scoped_lock lock(m_mutex);
    ChargeDeltas deltas;
    Result<void> done = startTransaction();
    if (done) done = conclude(change, deltas);
    if (!done) static_cast<void>(broken(done.error()));
    m_usage.settle(done ? deltas : ChargeDeltas(), change.pledge);
}

Result<void> Ledger::takeBack(const LedgerChange& change)
{
    const auto calm = [this](const ShareName& share) {
        return m_statements->calm.run({share.index.view(), numberOf(share.share)});
    };
    for (const Holding& one : change.held) {
        TARN_TRY_VOID(m_statements->forgetFresh.run(
            {one.share.index.view(), numberOf(one.share.share), one.lease.view()}));
        TARN_TRY_VOID(calm(one.share));
    }
    for (const ShareName& share : change.gone)
        TARN_TRY_VOID(calm(share));
    for (const Holding& one : change.dropped)
        TARN_TRY_VOID(calm(one.share));
    return ok();
}

void Ledger::cancel(LedgerChange& change)
{
    const std::scoped_lock lock(m_mutex);
    Result<void> done = startTransaction();
    if (done) done = takeBack(change);
    if (!done) static_cast<void>(broken(done.error()));
    change.pledge.release();
}

Result<void> Ledger::flush()
{
    const std::scoped_lock lock(m_mutex);
    TARN_TRY_VOID(usable());
    return commit();
}

// --- questions ---

Result<std::vector<LedgerRow>> Ledger::rowsOf(const StorageIndex& index)
{
    const std::scoped_lock lock(m_mutex);
    TARN_TRY_VOID(usable());
    TARN_TRY_VOID(m_statements->ofIndex.begin({index.view()}));
    return readRows(m_statements->ofIndex);
}

Result<std::vector<LedgerRow>> Ledger::rowsBetween(const StorageIndex& first,
                                                   const StorageIndex& last)
{
    const std::scoped_lock lock(m_mutex);
    TARN_TRY_VOID(usable());
    TARN_TRY_VOID(m_statements->between.begin({first.view(), last.view()}));
    return readRows(m_statements->between);
}

Result<std::vector<LedgerRow>> Ledger::pending(std::size_t most)
{
    const std::scoped_lock lock(m_mutex);
    TARN_TRY_VOID(usable());
    TARN_TRY_VOID(m_statements->unfinished.begin({numberOf(std::uint64_t(most))}));
    return readRows(m_statements->unfinished);
}

Result<std::vector<LedgerRow>>
Ledger::heldBy(AccountId account, const std::optional<ShareName>& after, std::size_t most)
{
    const std::scoped_lock lock(m_mutex);
    TARN_TRY_VOID(usable());
    const ShareName from = after.value_or(ShareName());
    const std::int64_t number = after ? numberOf(from.share) : -1;
    TARN_TRY_VOID(m_statements->ofAccount.begin(
        {account.value, from.index.view(), number, numberOf(std::uint64_t(most))}));
    return readRows(m_statements->ofAccount);
}

} // namespace tarn::storage
