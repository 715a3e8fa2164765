// ledger_statements: the tables of the ledger and every statement on them. Internal to ledger.
#pragma once

#include "storage-server/ledger.h"

namespace tarn::storage {

struct Ledger::Statements
{
    SqlStatement begin;
    SqlStatement commit;
    SqlStatement all;          ///< in order of shares
    SqlStatement ofShare;      ///< index, share
    SqlStatement ofIndex;      ///< index
    SqlStatement between;      ///< index, index
    SqlStatement unfinished;   ///< most
    SqlStatement ofAccount;    ///< account, index, share, most: behind that share
    SqlStatement announce;     ///< index, share, lease, account, charge
    SqlStatement announceGone; ///< index, share
    SqlStatement announceDrop; ///< index, share, lease
    SqlStatement hold;         ///< index, share, lease, account, charge
    SqlStatement recharge;     ///< index, share, charge
    SqlStatement forgetShare;  ///< index, share
    SqlStatement forgetLease;  ///< index, share, lease
    SqlStatement forgetFresh;  ///< index, share, lease
    SqlStatement calm;         ///< index, share
    SqlStatement readNote;     ///< name
    SqlStatement writeNote;    ///< name, text
    SqlStatement accounts;
    SqlStatement addAccount;    ///< name, key, swissnum, read, write, keep, quota, created
    SqlStatement changeAccount; ///< the same, letGo, revoked, id
    SqlStatement eraseAccount;  ///< id

    static Result<std::unique_ptr<Statements>> prepare(const SqlDatabase& database);
};

/// Makes the tables where there are none. Unsupported: a later version made them.
Result<void> makeLedgerTables(SqlDatabase& database);

/// The row that a query on leases stands on. Corrupt: not as begin() writes them.
Result<LedgerRow> ledgerRowOf(const SqlStatement& query);

} // namespace tarn::storage
