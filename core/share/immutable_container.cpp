#include "core/share/immutable_container.h"

#include <algorithm>
#include <limits>
#include <string>

namespace tarn::share {

ImmutableContainerHeader newImmutableHeader(std::uint64_t allocatedSize)
{
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
    return {LeaseForm::Hashed, static_cast<std::uint32_t>(std::min(allocatedSize, kMost)), 1};
}

Bytes encodeImmutableHeader(const ImmutableContainerHeader& header)
{
    Bytes out;
    appendBig(out, static_cast<std::uint32_t>(header.form));
    appendBig(out, header.dataLength);
    appendBig(out, header.leaseCount);
    return out;
}

Result<ImmutableContainerHeader> parseImmutableHeader(ByteView start)
{
    if (start.size() < kImmutableContainerHeaderSize)
        return Error(ErrorCode::Corrupt, "immutable container: shorter than its header");
    const auto version = loadBig<std::uint32_t>(start, 0);
    if (version != 1 && version != 2) {
        return Error(ErrorCode::Unsupported,
                     "immutable container: version " + std::to_string(version));
    }
    return ImmutableContainerHeader{static_cast<LeaseForm>(version),
                                    loadBig<std::uint32_t>(start, 4),
                                    loadBig<std::uint32_t>(start, 8)};
}

Result<std::uint64_t> immutableShareSize(const ImmutableContainerHeader& header,
                                         std::uint64_t fileSize)
{
    const std::uint64_t around =
        kImmutableContainerHeaderSize + header.leaseCount * std::uint64_t{kImmutableLeaseSize};
    if (fileSize < around)
        return Error(ErrorCode::Corrupt, "immutable container: leases do not fit the file");
    return fileSize - around;
}

Bytes encodeImmutableLease(const Lease& lease)
{
    Bytes out;
    appendBig(out, lease.owner);
    append(out, lease.renew.view());
    append(out, lease.cancel.view());
    appendBig(out, lease.expiration);
    return out;
}

Result<Lease> parseImmutableLease(ByteView record)
{
    if (record.size() != kImmutableLeaseSize)
        return Error(ErrorCode::Corrupt, "immutable container: a lease is not 72 bytes long");
    Lease lease;
    lease.owner = loadBig<std::uint32_t>(record, 0);
    lease.renew = StoredSecret::prefixOf(record.subspan(4));
    lease.cancel = StoredSecret::prefixOf(record.subspan(36));
    lease.expiration = loadBig<std::uint32_t>(record, 68);
    return lease;
}

} // namespace tarn::share
