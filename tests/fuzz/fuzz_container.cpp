// Headers and leases of both server containers print back to the bytes they were read from.
#include "core/base/check.h"
#include "core/share/immutable_container.h"
#include "core/share/mutable_container.h"

using namespace tarn;
using namespace tarn::share;

namespace {

void useImmutable(ByteView file)
{
    const auto header = parseImmutableHeader(file);
    if (!header) return;
    TARN_ASSERT(equal(encodeImmutableHeader(*header), file.first(kImmutableContainerHeaderSize)));
    const auto shareSize = immutableShareSize(*header, file.size());
    if (!shareSize) return;
    TARN_ASSERT(*shareSize <= file.size());
    for (std::uint32_t i = 0; i < header->leaseCount; ++i) {
        const std::size_t at = kImmutableContainerHeaderSize +
                               static_cast<std::size_t>(*shareSize) + i * kImmutableLeaseSize;
        const ByteView record = file.subspan(at, kImmutableLeaseSize);
        TARN_ASSERT(equal(encodeImmutableLease(*parseImmutableLease(record)), record));
    }
}

void useMutable(ByteView file)
{
    const auto header = parseMutableHeader(file);
    if (!header) return;
    TARN_ASSERT(header->dataLength <= header->capacity());
    const auto again = parseMutableHeader(encodeMutableHeader(*header));
    TARN_ASSERT(again && *again == *header);
    const ByteView rest = file.subspan(kMutableContainerHeaderSize);
    for (std::size_t at = 0; rest.size() - at >= kMutableLeaseSize; at += kMutableLeaseSize) {
        const ByteView record = rest.subspan(at, kMutableLeaseSize);
        const auto lease = parseMutableLease(record);
        TARN_ASSERT(lease);
        if (*lease) TARN_ASSERT(equal(encodeMutableLease(*lease), record));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ByteView file = std::as_bytes(std::span(data, size));
    switch (containerKindOf(file)) {
    case ContainerKind::Immutable:
        useImmutable(file);
        break;
    case ContainerKind::Mutable:
        useMutable(file);
        break;
    case ContainerKind::Unknown:
        break;
    }
    return 0;
}
