// lease: who wants a share kept, until when; as containers record it. Pure, any thread.
// Source: allmydata.storage.lease, allmydata.storage.lease_schema.
#pragma once

#include "core/base/ids.h"

#include <cstdint>

namespace tarn::share {

/// How a container keeps the secrets of its leases; also its version number.
enum class LeaseForm : std::uint32_t {
    Clear = 1, ///< as presented
    Hashed = 2 ///< BLAKE2b-256 of what is presented
};

/// A lease secret as it is on disk, in the form of its container.
using StoredSecret = FixedSecret<struct StoredSecretTag, 32>;

/// Seconds from the creation or renewal of a lease to its end: 31 days.
constexpr std::uint32_t kLeaseSeconds = 31 * 24 * 3600;
/// Owner numbers that Tahoe-LAFS writes; 0 in a mutable container marks an empty slot.
constexpr std::uint32_t kAllocatingOwner = 0;
constexpr std::uint32_t kAddingOwner = 1;

struct Lease
{
    std::uint32_t owner = 0;
    std::uint32_t expiration = 0; ///< Unix seconds
    StoredSecret renew;
    StoredSecret cancel;
    TubId server; ///< that took the lease; kept by mutable containers only
    friend bool operator==(const Lease&, const Lease&) = default;
};

StoredSecret storedForm(const LeaseSecret& presented, LeaseForm form);

/// Constant time.
bool isRenewedBy(const Lease& lease, const LeaseSecret& presented, LeaseForm form);

/// \param now  Unix seconds.  \return now + kLeaseSeconds, held at the last second that 32 bits
/// can say.
std::uint32_t expirationFrom(std::uint64_t now);

} // namespace tarn::share
