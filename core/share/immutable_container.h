// immutable_container: the file in which a storage server keeps an immutable share:
// header (12 bytes), share data, lease records (72 bytes each) at the very end. Big-endian.
// Source: allmydata.storage.immutable, immutable_schema. Pure, any thread.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/share/lease.h"

#include <cstdint>

namespace tarn::share {

constexpr std::size_t kImmutableContainerHeaderSize = 12;
constexpr std::size_t kImmutableLeaseSize = 72;

struct ImmutableContainerHeader
{
    LeaseForm form = LeaseForm::Hashed; ///< the version
    std::uint32_t dataLength = 0;       ///< written, not believed: the file's size decides
    std::uint32_t leaseCount = 0;
    friend bool operator==(const ImmutableContainerHeader&,
                           const ImmutableContainerHeader&) = default;
};

/// The header of a new container, with one lease.  \param allocatedSize  bytes of share data.
ImmutableContainerHeader newImmutableHeader(std::uint64_t allocatedSize);

Bytes encodeImmutableHeader(const ImmutableContainerHeader& header);
/// \param start  first bytes of the file.
/// \return Corrupt: shorter than a header.  Unsupported: another version than 1 and 2.
Result<ImmutableContainerHeader> parseImmutableHeader(ByteView start);

/// Bytes of share data in a file of `fileSize` bytes; they begin at offset 12, the leases follow.
/// \return Corrupt: header and leases do not fit the file.
Result<std::uint64_t> immutableShareSize(const ImmutableContainerHeader& header,
                                         std::uint64_t fileSize);

Bytes encodeImmutableLease(const Lease& lease);
/// \return Corrupt unless exactly one record.
Result<Lease> parseImmutableLease(ByteView record);

} // namespace tarn::share
