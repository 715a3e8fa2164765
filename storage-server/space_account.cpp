#include "storage-server/space_account.h"

#include <algorithm>
#include <utility>

namespace tarn::storage {

namespace {

std::uint64_t moved(std::uint64_t bytes, std::int64_t by)
{
    if (by >= 0) return bytes + static_cast<std::uint64_t>(by);
    const std::uint64_t less = static_cast<std::uint64_t>(-by);
    return bytes > less ? bytes - less : 0;
}

std::uint64_t difference(std::uint64_t from, std::uint64_t take)
{
    return from > take ? from - take : 0;
}

} // namespace

Reservation::Reservation(Reservation&& other) noexcept
    : m_account(std::exchange(other.m_account, nullptr)), m_bytes(std::exchange(other.m_bytes, 0))
{
}

Reservation& Reservation::operator=(Reservation&& other) noexcept
{
    if (this != &other) {
        release();
        m_account = std::exchange(other.m_account, nullptr);
        m_bytes = std::exchange(other.m_bytes, 0);
    }
    return *this;
}

void Reservation::release() noexcept
{
    if (m_account != nullptr) m_account->giveBack(m_bytes);
    m_account = nullptr;
}

void SpaceAccount::setLimits(const SpaceLimits& limits)
{
    const std::scoped_lock lock(m_mutex);
    m_limits = limits;
}

bool SpaceAccount::readonly() const
{
    const std::scoped_lock lock(m_mutex);
    return m_limits.readonly;
}

void SpaceAccount::setEstimate(std::uint64_t usedBytes)
{
    const std::scoped_lock lock(m_mutex);
    m_estimate = usedBytes;
}

std::optional<std::uint64_t> SpaceAccount::usedLocked() const
{
    if (m_unknownPrefixes == 0) return m_knownBytes;
    return m_estimate;
}

std::uint64_t SpaceAccount::availableLocked(std::uint64_t freeOnDisk) const
{
    if (m_limits.readonly) return 0;
    std::uint64_t left = difference(freeOnDisk, m_limits.reserved);
    if (m_limits.maximum)
        left = std::min(left, difference(*m_limits.maximum, usedLocked().value_or(UINT64_MAX)));
    return difference(left, m_promised);
}

std::optional<Reservation> SpaceAccount::reserve(std::uint64_t bytes, std::uint64_t freeOnDisk)
{
    const std::scoped_lock lock(m_mutex);
    if (m_limits.readonly || availableLocked(freeOnDisk) < bytes) return std::nullopt;
    m_promised += bytes;
    return Reservation(*this, bytes);
}

std::uint64_t SpaceAccount::available(std::uint64_t freeOnDisk) const
{
    const std::scoped_lock lock(m_mutex);
    return availableLocked(freeOnDisk);
}

void SpaceAccount::beginChange(unsigned prefix)
{
    const std::scoped_lock lock(m_mutex);
    ++m_prefixes[prefix].changes;
    ++m_prefixes[prefix].underWay;
}

void SpaceAccount::endChange(unsigned prefix, std::int64_t bytes)
{
    const std::scoped_lock lock(m_mutex);
    Prefix& place = m_prefixes[prefix];
    --place.underWay;
    if (m_estimate) m_estimate = moved(*m_estimate, bytes);
    if (!place.known) return;
    place.bytes = moved(place.bytes, bytes);
    m_knownBytes = moved(m_knownBytes, bytes);
}

std::uint64_t SpaceAccount::beginCount(unsigned prefix) const
{
    const std::scoped_lock lock(m_mutex);
    return m_prefixes[prefix].changes;
}

bool SpaceAccount::counted(unsigned prefix, std::uint64_t ticket, std::uint64_t bytes)
{
    const std::scoped_lock lock(m_mutex);
    Prefix& place = m_prefixes[prefix];
    if (place.changes != ticket || place.underWay > 0) return false;
    m_knownBytes = difference(m_knownBytes, place.bytes) + bytes;
    place.bytes = bytes;
    if (!place.known) --m_unknownPrefixes;
    place.known = true;
    return true;
}

bool SpaceAccount::counting() const
{
    const std::scoped_lock lock(m_mutex);
    return m_unknownPrefixes > 0;
}

std::optional<std::uint64_t> SpaceAccount::used() const
{
    const std::scoped_lock lock(m_mutex);
    return usedLocked();
}

std::uint64_t SpaceAccount::promised() const
{
    const std::scoped_lock lock(m_mutex);
    return m_promised;
}

void SpaceAccount::giveBack(std::uint64_t bytes)
{
    const std::scoped_lock lock(m_mutex);
    m_promised = difference(m_promised, bytes);
}

} // namespace tarn::storage
