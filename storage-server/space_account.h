// space_account: how many bytes the shares take, how many are promised, and whether more may come.
// A leaf that engine and disk pool share: every call takes its own lock.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>

namespace tarn::storage {

struct SpaceLimits
{
    std::uint64_t reserved = 0;           ///< bytes of the disk left to others
    std::optional<std::uint64_t> maximum; ///< bytes of all share files, promised ones included
    bool readonly = false;
};

class SpaceAccount;

/// Bytes promised to something in progress; given back when this goes.
class Reservation
{
public:
    Reservation() = default;
    Reservation(SpaceAccount& account, std::uint64_t bytes) : m_account(&account), m_bytes(bytes) {}
    ~Reservation() { release(); }
    Reservation(Reservation&& other) noexcept;
    Reservation& operator=(Reservation&& other) noexcept;
    void release() noexcept;

private:
    SpaceAccount* m_account = nullptr;
    std::uint64_t m_bytes = 0;
};

/// Share files are counted once after the start, one prefix directory at a time, while changes go
/// on; until that is done the total is the estimate left by the last clean stop, if there is one.
class SpaceAccount
{
public:
    static constexpr unsigned kPrefixes = 1024;

    void setLimits(const SpaceLimits& limits);
    bool readonly() const;
    void setEstimate(std::uint64_t usedBytes);

    /// \param freeOnDisk  bytes, as statvfs tells.
    /// \return none: the limits do not allow it (a `maximum` allows nothing while the total is
    ///         unknown).
    std::optional<Reservation> reserve(std::uint64_t bytes, std::uint64_t freeOnDisk);
    /// What reserve() would still allow at once.
    std::uint64_t available(std::uint64_t freeOnDisk) const;

    /// Share files below `prefix` are about to change; endChange() must follow.
    void beginChange(unsigned prefix);
    /// They have changed, by so many bytes altogether.
    void endChange(unsigned prefix, std::int64_t bytes);

    /// The share files below `prefix` are about to be counted. \return a ticket for counted().
    std::uint64_t beginCount(unsigned prefix) const;
    /// \return false: something changed meanwhile, count again.
    bool counted(unsigned prefix, std::uint64_t ticket, std::uint64_t bytes);
    bool counting() const;

    /// Bytes of share files; none while unknown.
    std::optional<std::uint64_t> used() const;
    std::uint64_t promised() const;

private:
    friend class Reservation;
    struct Prefix
    {
        std::uint64_t bytes = 0;
        std::uint64_t changes = 0;  ///< begun since the start
        std::uint64_t underWay = 0; ///< begun and not ended
        bool known = false;
    };
    std::optional<std::uint64_t> usedLocked() const;
    std::uint64_t availableLocked(std::uint64_t freeOnDisk) const;
    void giveBack(std::uint64_t bytes);

    mutable std::mutex m_mutex;
    SpaceLimits m_limits;
    std::array<Prefix, kPrefixes> m_prefixes;
    unsigned m_unknownPrefixes = kPrefixes;
    std::uint64_t m_knownBytes = 0;          ///< of the known prefixes
    std::optional<std::uint64_t> m_estimate; ///< moves with changes until all are known
    std::uint64_t m_promised = 0;
};

} // namespace tarn::storage
