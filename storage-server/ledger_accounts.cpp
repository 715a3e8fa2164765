#include "storage-server/ledger_statements.h"

#include <algorithm>

namespace tarn::storage {

namespace {

SqlValue valueOf(const std::optional<std::int64_t>& number)
{
    return number ? SqlValue(*number) : SqlValue(SqlNull());
}

std::optional<std::int64_t> numberAt(const SqlStatement& query, int column)
{
    if (query.isNull(column)) return std::nullopt;
    return query.number(column);
}

Result<Account> accountOf(const SqlStatement& query)
{
    Account out;
    out.id = AccountId{query.number(0)};
    out.name = query.text(1);
    if (!query.isNull(2)) {
        TARN_TRY(out.key, crypto::Ed25519PublicKey::from(query.bytes(2)));
    }
    if (!query.isNull(3)) out.swissnum = Secret(query.bytes(3));
    out.mayRead = query.number(4) != 0;
    out.mayWrite = query.number(5) != 0;
    out.keepShares = query.number(6) != 0;
    if (const auto quota = numberAt(query, 7)) out.quota = static_cast<std::uint64_t>(*quota);
    out.created = query.number(8);
    out.letGo = numberAt(query, 9);
    out.revoked = query.number(10) != 0;
    return out;
}

} // namespace

Result<std::vector<Account>> Ledger::accounts()
{
    const std::scoped_lock lock(m_mutex);
    TARN_TRY_VOID(usable());
    std::vector<Account> out;
    for (;;) {
        TARN_TRY(const bool more, m_statements->accounts.next());
        if (!more) return out;
        TARN_TRY(Account account, accountOf(m_statements->accounts));
        out.push_back(std::move(account));
    }
}

Result<AccountId> Ledger::save(const Account& account)
{
    const std::scoped_lock lock(m_mutex);
    TARN_TRY_VOID(startTransaction());
    const bool fresh = account.id == AccountId();
    const SqlValue key = account.key ? SqlValue(account.key->view()) : SqlValue(SqlNull());
    const SqlValue swissnum =
        account.swissnum.empty() ? SqlValue(SqlNull()) : SqlValue(asText(account.swissnum.view()));
    std::optional<std::int64_t> quota;
    if (account.quota) quota = static_cast<std::int64_t>(std::min(*account.quota, kLargestQuota));
    const auto flag = [](bool on) { return SqlValue(std::int64_t(on ? 1 : 0)); };
    SqlStatement& sql = fresh ? m_statements->addAccount : m_statements->changeAccount;
    Result<void> done = ok();
    if (fresh) {
        done = sql.run({account.name, key, swissnum, flag(account.mayRead), flag(account.mayWrite),
                        flag(account.keepShares), valueOf(quota), account.created,
                        valueOf(account.letGo), flag(account.revoked)});
    } else {
        done = sql.run({account.name, key, swissnum, flag(account.mayRead), flag(account.mayWrite),
                        flag(account.keepShares), valueOf(quota), account.created,
                        valueOf(account.letGo), flag(account.revoked), account.id.value});
    }
    if (!done && done.error().code() == ErrorCode::Conflict)
        return Error(ErrorCode::Conflict, "another account has this name or key");
    if (!done) return broken(std::move(done).error());
    const AccountId id = fresh ? AccountId{m_database->lastRow()} : account.id;
    TARN_TRY_VOID(commit());
    return id;
}

Result<void> Ledger::erase(AccountId account)
{
    return inTransaction([&] { return m_statements->eraseAccount.run({account.value}); });
}

Result<std::string> Ledger::note(std::string_view name)
{
    const std::scoped_lock lock(m_mutex);
    TARN_TRY_VOID(usable());
    TARN_TRY_VOID(m_statements->readNote.begin({name}));
    TARN_TRY(const bool found, m_statements->readNote.next());
    std::string out = found ? m_statements->readNote.text(0) : std::string();
    m_statements->readNote.end();
    return out;
}

Result<void> Ledger::setNote(std::string_view name, std::string_view text)
{
    return inTransaction([&] { return m_statements->writeNote.run({name, text}); });
}

} // namespace tarn::storage
