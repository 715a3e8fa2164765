#include "core/share/lease.h"

#include "core/crypto/blake2b.h"

#include <algorithm>
#include <limits>

namespace tarn::share {

StoredSecret storedForm(const LeaseSecret& presented, LeaseForm form)
{
    if (form == LeaseForm::Clear) return StoredSecret::prefixOf(presented.view());
    return StoredSecret::prefixOf(crypto::blake2b(presented.view()));
}

bool isRenewedBy(const Lease& lease, const LeaseSecret& presented, LeaseForm form)
{
    return lease.renew == storedForm(presented, form);
}

std::uint32_t expirationFrom(std::uint64_t now)
{
    constexpr std::uint64_t kLast = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::min(now, kLast - kLeaseSeconds) + kLeaseSeconds);
}

} // namespace tarn::share
