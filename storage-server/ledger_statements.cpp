#include "storage-server/ledger_statements.h"

namespace tarn::storage {

namespace {

constexpr std::int64_t kVersion = 1;

/// What `pending` says of a row: a fresh one counts for nobody yet, a changing one as it was.
constexpr std::int64_t kFresh = 1;

constexpr const char* kTables =
    "BEGIN;"
    "CREATE TABLE account("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, key BLOB UNIQUE,"
    " swissnum TEXT UNIQUE, may_read INTEGER NOT NULL, may_write INTEGER NOT NULL,"
    " keep_shares INTEGER NOT NULL, quota INTEGER, created INTEGER NOT NULL, let_go INTEGER,"
    " revoked INTEGER NOT NULL DEFAULT 0);"
    "INSERT INTO account VALUES(1, 'anonymous', NULL, NULL, 1, 1, 1, NULL, 0, NULL, 0);"
    "CREATE TABLE lease("
    " storage_index BLOB NOT NULL, share INTEGER NOT NULL, renewal BLOB NOT NULL,"
    " account INTEGER NOT NULL, charge INTEGER NOT NULL, pending INTEGER NOT NULL,"
    " PRIMARY KEY(storage_index, share, renewal)) WITHOUT ROWID;"
    "CREATE INDEX unfinished ON lease(storage_index, share) WHERE pending <> 0;"
    "CREATE TABLE note(name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;"
    "PRAGMA user_version = 1;"
    "COMMIT;";

#define LEASE_COLUMNS "SELECT storage_index, share, renewal, account, charge, pending FROM lease "
#define THIS_SHARE "WHERE storage_index = ?1 AND share = ?2 "
#define NOW_CHANGING "pending = CASE pending WHEN 0 THEN 2 ELSE pending END "

} // namespace

Result<void> makeLedgerTables(SqlDatabase& database)
{
    TARN_TRY(SqlStatement version, database.prepare("PRAGMA user_version"));
    TARN_TRY(const bool row, version.next());
    const std::int64_t found = row ? version.number(0) : 0;
    version.end();
    if (found == kVersion) return ok();
    if (found == 0) return database.script(kTables);
    return Error(ErrorCode::Unsupported, "the database of accounts is of version " +
                                             std::to_string(found) + ", this program knows " +
                                             std::to_string(kVersion));
}

Result<std::unique_ptr<Ledger::Statements>> Ledger::Statements::prepare(const SqlDatabase& database)
{
    using S = Statements;
    struct Text
    {
        SqlStatement S::*statement;
        std::string_view text;
    };
    static constexpr Text kTexts[] = {
        {&S::begin, "BEGIN IMMEDIATE"},
        {&S::commit, "COMMIT"},
        {&S::all, LEASE_COLUMNS "ORDER BY storage_index, share, renewal"},
        {&S::ofShare, LEASE_COLUMNS THIS_SHARE},
        {&S::ofIndex, LEASE_COLUMNS "WHERE storage_index = ?1"},
        {&S::between, LEASE_COLUMNS "WHERE storage_index BETWEEN ?1 AND ?2 "
                                    "ORDER BY storage_index, share"},
        {&S::unfinished, LEASE_COLUMNS "WHERE pending <> 0 LIMIT ?1"},
        {&S::ofAccount, LEASE_COLUMNS "WHERE account = ?1 AND (storage_index, share) > (?2, ?3) "
                                      "ORDER BY storage_index, share LIMIT ?4"},
        {&S::announce, "INSERT INTO lease VALUES(?1, ?2, ?3, ?4, ?5, 1) "
                       "ON CONFLICT DO UPDATE SET " NOW_CHANGING},
        {&S::announceGone, "UPDATE lease SET " NOW_CHANGING THIS_SHARE},
        {&S::announceDrop, "UPDATE lease SET " NOW_CHANGING THIS_SHARE "AND renewal = ?3"},
        {&S::hold, "INSERT INTO lease VALUES(?1, ?2, ?3, ?4, ?5, 0) ON CONFLICT DO UPDATE SET "
                   "account = ?4, charge = ?5, pending = 0"},
        {&S::recharge, "UPDATE lease SET charge = ?3 " THIS_SHARE "AND charge <> ?3"},
        {&S::forgetShare, "DELETE FROM lease " THIS_SHARE},
        {&S::forgetLease, "DELETE FROM lease " THIS_SHARE "AND renewal = ?3"},
        {&S::forgetFresh, "DELETE FROM lease " THIS_SHARE "AND renewal = ?3 AND pending = 1"},
        {&S::calm, "UPDATE lease SET pending = 0 " THIS_SHARE "AND pending = 2"},
        {&S::readNote, "SELECT text FROM note WHERE name = ?1"},
        {&S::writeNote, "INSERT OR REPLACE INTO note VALUES(?1, ?2)"},
        {&S::accounts, "SELECT id, name, key, swissnum, may_read, may_write, keep_shares, quota, "
                       "created, let_go, revoked FROM account ORDER BY id"},
        {&S::addAccount, "INSERT INTO account(name, key, swissnum, may_read, may_write, "
                         "keep_shares, quota, created, let_go, revoked) "
                         "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"},
        {&S::changeAccount, "UPDATE account SET name = ?1, key = ?2, swissnum = ?3, may_read = ?4, "
                            "may_write = ?5, keep_shares = ?6, quota = ?7, created = ?8, "
                            "let_go = ?9, revoked = ?10 WHERE id = ?11"},
        {&S::eraseAccount, "DELETE FROM account WHERE id = ?1"},
    };
    auto out = std::make_unique<Statements>();
    for (const Text& text : kTexts) {
        TARN_TRY((*out).*text.statement, database.prepare(text.text));
    }
    return out;
}

Result<LedgerRow> ledgerRowOf(const SqlStatement& query)
{
    LedgerRow row;
    const Result<StorageIndex> index = StorageIndex::from(query.bytes(0));
    const Result<LeaseKey> lease = LeaseKey::from(query.bytes(2));
    if (!index || !lease) return Error(ErrorCode::Corrupt, "a row of the database of accounts");
    row.share.index = *index;
    row.share.share = ShareNumber{static_cast<std::uint32_t>(query.number(1))};
    row.lease = *lease;
    row.account = AccountId{query.number(3)};
    row.charge = static_cast<std::uint64_t>(query.number(4));
    row.pending = query.number(5) != 0;
    row.fresh = query.number(5) == kFresh;
    return row;
}

} // namespace tarn::storage
