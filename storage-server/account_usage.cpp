#include "storage-server/account_usage.h"

#include <limits>

namespace tarn::storage {

namespace {

std::uint64_t moved(std::uint64_t value, std::int64_t by)
{
    if (by >= 0) return value + static_cast<std::uint64_t>(by);
    const auto less = static_cast<std::uint64_t>(-by);
    return value > less ? value - less : 0;
}

std::uint64_t lessBy(std::uint64_t from, std::uint64_t take)
{
    return from > take ? from - take : 0;
}

} // namespace

Pledge::Pledge(Pledge&& other) noexcept
    : m_usage(std::exchange(other.m_usage, nullptr)), m_account(other.m_account),
      m_bytes(other.m_bytes)
{
}

Pledge& Pledge::operator=(Pledge&& other) noexcept
{
    if (this != &other) {
        release();
        m_usage = std::exchange(other.m_usage, nullptr);
        m_account = other.m_account;
        m_bytes = other.m_bytes;
    }
    return *this;
}

void Pledge::release() noexcept
{
    if (m_usage != nullptr) m_usage->giveBack(m_account, m_bytes);
    m_usage = nullptr;
}

void AccountUsage::setQuota(AccountId account, std::optional<std::uint64_t> quota)
{
    const std::scoped_lock lock(m_mutex);
    m_entries[account].quota = quota;
}

void AccountUsage::reset(const ChargeDeltas& charged)
{
    const std::scoped_lock lock(m_mutex);
    for (auto& [account, entry] : m_entries)
        entry.figures.used = entry.figures.shares = 0;
    for (const auto& [account, sum] : charged)
        add(account, sum);
}

void AccountUsage::add(AccountId account, const ChargeDelta& delta)
{
    Figures& figures = m_entries[account].figures;
    figures.used = moved(figures.used, delta.bytes);
    figures.shares = moved(figures.shares, delta.shares);
}

std::uint64_t AccountUsage::availableOf(const Entry& entry)
{
    if (!entry.quota) return std::numeric_limits<std::uint64_t>::max();
    return lessBy(lessBy(*entry.quota, entry.figures.used), entry.figures.pledged);
}

std::optional<Pledge> AccountUsage::pledge(AccountId account, std::uint64_t bytes)
{
    const std::scoped_lock lock(m_mutex);
    Entry& entry = m_entries[account];
    if (bytes > 0 && availableOf(entry) < bytes) return std::nullopt;
    entry.figures.pledged += bytes;
    return Pledge(*this, account, bytes);
}

void AccountUsage::settle(const ChargeDeltas& deltas, Pledge& pledge)
{
    const std::scoped_lock lock(m_mutex);
    for (const auto& [account, delta] : deltas)
        add(account, delta);
    if (pledge.m_usage == nullptr) return;
    Figures& figures = m_entries[pledge.m_account].figures;
    figures.pledged = lessBy(figures.pledged, pledge.m_bytes);
    pledge.m_usage = nullptr;
}

AccountUsage::Figures AccountUsage::figures(AccountId account) const
{
    const std::scoped_lock lock(m_mutex);
    const auto found = m_entries.find(account);
    return found == m_entries.end() ? Figures() : found->second.figures;
}

std::uint64_t AccountUsage::available(AccountId account) const
{
    const std::scoped_lock lock(m_mutex);
    const auto found = m_entries.find(account);
    return availableOf(found == m_entries.end() ? Entry() : found->second);
}

void AccountUsage::giveBack(AccountId account, std::uint64_t bytes) noexcept
{
    const std::scoped_lock lock(m_mutex);
    Figures& figures = m_entries[account].figures;
    figures.pledged = lessBy(figures.pledged, bytes);
}

} // namespace tarn::storage
