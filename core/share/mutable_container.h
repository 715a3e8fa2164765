// mutable_container: the file in which a storage server keeps a mutable share:
// header with four lease slots (468 bytes), share data, room to grow, extra leases. Big-endian.
// Source: allmydata.storage.mutable, mutable_schema. Pure, any thread.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/key_derivation.h"
#include "core/share/lease.h"

#include <array>
#include <cstdint>
#include <optional>

namespace tarn::share {

constexpr std::size_t kMutableMagicSize = 32;
constexpr std::size_t kMutableContainerHeaderSize = 468;
constexpr std::size_t kMutableLeaseSize = 92;
constexpr std::size_t kMutableLeaseSlots = 4;
/// Offset of lease slot 0; share data begins right after the slots.
constexpr std::size_t kMutableSlotsOffset = 100;
/// Larger shares are refused.
constexpr std::uint64_t kMaxMutableShareSize = 69'105'000'000'000'000;

struct MutableContainerHeader
{
    LeaseForm form = LeaseForm::Hashed;                           ///< the version
    TubId server;                                                 ///< that took the write enabler
    crypto::WriteEnabler writeEnabler;                            ///< in clear, in both versions
    std::uint64_t dataLength = 0;                                 ///< bytes of share data
    std::uint64_t extraLeases = kMutableContainerHeaderSize;      ///< offset of their count
    std::array<std::optional<Lease>, kMutableLeaseSlots> slots{}; ///< empty ones are free

    /// Bytes of share data that fit before the extra leases.
    std::uint64_t capacity() const { return extraLeases - kMutableContainerHeaderSize; }
    friend bool operator==(const MutableContainerHeader&, const MutableContainerHeader&) = default;
};

/// kMutableContainerHeaderSize bytes. After it (at extraLeases) stands a u32 count of extra leases.
Bytes encodeMutableHeader(const MutableContainerHeader& header);
/// \param start  first bytes of the file.
/// \return Unsupported: another magic.  Corrupt: shorter than a header, data past its capacity
///         or larger than a share may be.
Result<MutableContainerHeader> parseMutableHeader(ByteView start);

Bytes encodeMutableLease(const std::optional<Lease>& lease);
/// \return nothing: an empty record.  Corrupt unless exactly one record.
Result<std::optional<Lease>> parseMutableLease(ByteView record);

enum class ContainerKind { Immutable, Mutable, Unknown };
/// \param start  first bytes of the file, at least kMutableMagicSize where it has them.
ContainerKind containerKindOf(ByteView start);

} // namespace tarn::share
