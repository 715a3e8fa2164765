#include "core/share/mutable_container.h"

#include <algorithm>
#include <string_view>

namespace tarn::share {

namespace {

using namespace std::string_view_literals;

// A text and five bytes that no text editor leaves alone.
constexpr std::string_view kMagicV1 = "Tahoe mutable container v1\n\x75\x09\x44\x03\x8e"sv;
constexpr std::string_view kMagicV2 = "Tahoe mutable container v2\n\xc3\x55\x21\x99\x25"sv;
static_assert(kMagicV1.size() == kMutableMagicSize && kMagicV2.size() == kMutableMagicSize);

std::optional<LeaseForm> formOf(ByteView start)
{
    const std::string_view magic = asText(start.first(std::min(start.size(), kMutableMagicSize)));
    if (magic == kMagicV1) return LeaseForm::Clear;
    if (magic == kMagicV2) return LeaseForm::Hashed;
    return std::nullopt;
}

Error corrupt(const char* what)
{
    return Error(ErrorCode::Corrupt, std::string("mutable container: ") + what);
}

} // namespace

Bytes encodeMutableHeader(const MutableContainerHeader& header)
{
    Bytes out = toBytes(header.form == LeaseForm::Clear ? kMagicV1 : kMagicV2);
    append(out, header.server);
    append(out, header.writeEnabler.view());
    appendBig(out, header.dataLength);
    appendBig(out, header.extraLeases);
    for (const std::optional<Lease>& slot : header.slots)
        append(out, encodeMutableLease(slot));
    return out;
}

Result<MutableContainerHeader> parseMutableHeader(ByteView start)
{
    const std::optional<LeaseForm> form = formOf(start);
    if (!form) return Error(ErrorCode::Unsupported, "mutable container: not one we know");
    if (start.size() < kMutableContainerHeaderSize) return corrupt("shorter than its header");
    MutableContainerHeader header;
    header.form = *form;
    header.server = TubId::prefixOf(start.subspan(32));
    header.writeEnabler = crypto::WriteEnabler::prefixOf(start.subspan(52));
    header.dataLength = loadBig<std::uint64_t>(start, 84);
    header.extraLeases = loadBig<std::uint64_t>(start, 92);
    if (header.extraLeases < kMutableContainerHeaderSize || header.dataLength > header.capacity() ||
        header.capacity() > kMaxMutableShareSize)
        return corrupt("lengths out of range");
    for (std::size_t i = 0; i < kMutableLeaseSlots; ++i) {
        const ByteView record =
            start.subspan(kMutableSlotsOffset + i * kMutableLeaseSize, kMutableLeaseSize);
        TARN_TRY(header.slots[i], parseMutableLease(record));
    }
    return header;
}

Bytes encodeMutableLease(const std::optional<Lease>& lease)
{
    if (!lease) return zeroBytes(kMutableLeaseSize);
    Bytes out;
    appendBig(out, lease->owner);
    appendBig(out, lease->expiration);
    append(out, lease->renew.view());
    append(out, lease->cancel.view());
    append(out, lease->server);
    return out;
}

Result<std::optional<Lease>> parseMutableLease(ByteView record)
{
    if (record.size() != kMutableLeaseSize) return corrupt("a lease is not 92 bytes long");
    Lease lease;
    lease.owner = loadBig<std::uint32_t>(record, 0);
    if (lease.owner == 0) return std::optional<Lease>();
    lease.expiration = loadBig<std::uint32_t>(record, 4);
    lease.renew = StoredSecret::prefixOf(record.subspan(8));
    lease.cancel = StoredSecret::prefixOf(record.subspan(40));
    lease.server = TubId::prefixOf(record.subspan(72));
    return std::optional<Lease>(lease);
}

ContainerKind containerKindOf(ByteView start)
{
    if (formOf(start)) return ContainerKind::Mutable;
    if (start.size() < 4) return ContainerKind::Unknown;
    const auto version = loadBig<std::uint32_t>(start, 0);
    return version == 1 || version == 2 ? ContainerKind::Immutable : ContainerKind::Unknown;
}

} // namespace tarn::share
