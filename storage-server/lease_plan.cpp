#include "storage-server/lease_plan.h"

#include <algorithm>

namespace tarn::storage {

namespace {

/// Of the expiration inside a lease record.
constexpr std::uint64_t kImmutableExpirationOffset = 68;
constexpr std::uint64_t kMutableExpirationOffset = 4;

Bytes big32(std::uint32_t value)
{
    Bytes out;
    appendBig<std::uint32_t>(out, value);
    return out;
}

} // namespace

void WritePlan::add(std::uint64_t offset, Bytes bytes)
{
    size = std::max<std::uint64_t>(size, offset + bytes.size());
    owned.push_back(std::move(bytes));
    writes.push_back({offset, owned.back(), 0});
}

share::Lease makeLease(const LeaseGrant& grant, share::LeaseForm form, std::uint32_t owner)
{
    share::Lease lease;
    lease.owner = owner;
    lease.expiration = grant.expiration;
    lease.renew = share::storedForm(grant.secrets.renew, form);
    lease.cancel = share::storedForm(grant.secrets.cancel, form);
    lease.server = grant.server;
    return lease;
}

WritePlan planImmutableLease(const ImmutableLeases& container, const LeaseGrant& grant)
{
    WritePlan plan;
    plan.size = container.fileSize;
    const share::LeaseForm form = container.header.form;
    const std::uint64_t begin =
        container.fileSize - container.leases.size() * share::kImmutableLeaseSize;
    for (std::size_t i = 0; i < container.leases.size(); ++i) {
        const share::Lease& lease = container.leases[i];
        if (!share::isRenewedBy(lease, grant.secrets.renew, form)) continue;
        if (grant.expiration > lease.expiration)
            plan.add(begin + i * share::kImmutableLeaseSize + kImmutableExpirationOffset,
                     big32(grant.expiration));
        return plan;
    }
    plan.addsLease = true;
    share::ImmutableContainerHeader header = container.header;
    ++header.leaseCount;
    plan.add(container.fileSize, share::encodeImmutableLease(makeLease(grant, form, grant.owner)));
    plan.add(0, share::encodeImmutableHeader(header));
    return plan;
}

void planMutableLease(MutableSlot& slot, const LeaseGrant& grant, WritePlan& plan)
{
    const share::LeaseForm form = slot.header.form;
    std::vector<std::optional<share::Lease>*> places;
    for (std::optional<share::Lease>& lease : slot.header.slots)
        places.push_back(&lease);
    for (std::optional<share::Lease>& lease : slot.extras)
        places.push_back(&lease);
    const auto offsetOf = [&](std::size_t number) {
        if (number < share::kMutableLeaseSlots)
            return share::kMutableSlotsOffset + number * share::kMutableLeaseSize;
        return slot.header.extraLeases + 4 +
               (number - share::kMutableLeaseSlots) * share::kMutableLeaseSize;
    };
    std::optional<std::size_t> free;
    for (std::size_t i = 0; i < places.size(); ++i) {
        std::optional<share::Lease>& lease = *places[i];
        if (!lease) {
            if (!free) free = i;
            continue;
        }
        if (!share::isRenewedBy(*lease, grant.secrets.renew, form)) continue;
        if (grant.expiration <= lease->expiration) return;
        lease->expiration = grant.expiration;
        plan.add(offsetOf(i) + kMutableExpirationOffset, big32(grant.expiration));
        return;
    }
    plan.addsLease = true;
    const share::Lease fresh = makeLease(grant, form, share::kAddingOwner);
    const std::size_t number = free.value_or(places.size());
    plan.add(offsetOf(number), share::encodeMutableLease(fresh));
    if (free) {
        *places[*free] = fresh;
        return;
    }
    slot.extras.push_back(fresh);
    plan.add(slot.header.extraLeases, big32(static_cast<std::uint32_t>(slot.extras.size())));
}

} // namespace tarn::storage
