#include "core/share/immutable_layout.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

namespace tarn::share {

namespace {

constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();

using Fields = std::array<std::uint64_t, 8>;

Fields fieldsOf(const ImmutableLayout& layout)
{
    return {layout.blockSize,         layout.shareDataSize,     layout.data,
            layout.plaintextHashTree, layout.crypttextHashTree, layout.blockHashes,
            layout.shareHashes,       layout.uriExtension};
}

ImmutableLayout layoutOf(ImmutableVersion version, const Fields& fields)
{
    return {version,   fields[0], fields[1], fields[2], fields[3],
            fields[4], fields[5], fields[6], fields[7]};
}

template <class Field>
Bytes writeFields(const ImmutableLayout& layout)
{
    Bytes out;
    appendBig(out, static_cast<std::uint32_t>(layout.version));
    for (const std::uint64_t field : fieldsOf(layout))
        appendBig(out, static_cast<Field>(field));
    return out;
}

template <class Field>
Fields readFields(ByteView header)
{
    Fields fields{};
    for (std::size_t i = 0; i < fields.size(); ++i)
        fields[i] = loadBig<Field>(header, 4 + i * sizeof(Field));
    return fields;
}

Error corrupt(const std::string& what)
{
    return Error(ErrorCode::Corrupt, "share layout: " + what);
}

Result<void> checkSections(const ImmutableLayout& layout)
{
    const std::array<std::uint64_t, 7> ascending{
        layout.headerSize(), layout.data,        layout.plaintextHashTree, layout.crypttextHashTree,
        layout.blockHashes,  layout.shareHashes, layout.uriExtension};
    if (!std::is_sorted(ascending.begin(), ascending.end())) return corrupt("offsets out of order");
    // Leaves room for any length to be added without overflow.
    if (layout.uriExtension > std::numeric_limits<std::uint64_t>::max() / 2)
        return corrupt("offsets out of range");
    if (layout.blockHashesRange().size() % Hash256::kSize != 0)
        return corrupt("block hashes are no multiple of 32 bytes");
    if (layout.shareHashesRange().size() % kShareHashEntrySize != 0)
        return corrupt("share hashes are no multiple of 34 bytes");
    return ok();
}

ImmutableLayout withVersion(ImmutableVersion version, const Segmentation& file)
{
    ImmutableLayout layout;
    layout.version = version;
    layout.blockSize = file.blockSize();
    layout.shareDataSize = file.shareDataSize();
    const hashtree::TreeShape segmentTree(file.segmentCount());
    const std::uint64_t treeSize = segmentTree.nodeCount() * Hash256::kSize;
    const std::uint64_t chainSize =
        (hashtree::TreeShape(file.total()).depth() + 1) * std::uint64_t{kShareHashEntrySize};
    layout.data = layout.headerSize();
    layout.plaintextHashTree = layout.data + layout.shareDataSize;
    layout.crypttextHashTree = layout.plaintextHashTree + treeSize;
    layout.blockHashes = layout.crypttextHashTree + treeSize;
    layout.shareHashes = layout.blockHashes + treeSize;
    layout.uriExtension = layout.shareHashes + chainSize;
    return layout;
}

bool fits32(const ImmutableLayout& layout)
{
    return layout.blockSize <= kMax32 && layout.shareDataSize <= kMax32 &&
           layout.uriExtension <= kMax32;
}

} // namespace

PlannedLayout layOut(const Segmentation& file, std::uint64_t uriExtensionSize)
{
    const PlannedLayout small = layOutAs(ImmutableVersion::V1, file, uriExtensionSize);
    return fits32(small.layout) ? small : layOutAs(ImmutableVersion::V2, file, uriExtensionSize);
}

PlannedLayout layOutAs(ImmutableVersion version, const Segmentation& file,
                       std::uint64_t uriExtensionSize)
{
    const ImmutableLayout layout = withVersion(version, file);
    return {layout, layout.uriExtension + layout.lengthFieldSize() + uriExtensionSize};
}

Bytes encodeHeader(const ImmutableLayout& layout)
{
    return layout.version == ImmutableVersion::V1 ? writeFields<std::uint32_t>(layout)
                                                  : writeFields<std::uint64_t>(layout);
}

Result<ImmutableLayout> parseImmutableLayout(ByteView start)
{
    if (start.size() < 4) return corrupt("shorter than its version");
    const auto number = loadBig<std::uint32_t>(start, 0);
    if (number != 1 && number != 2)
        return Error(ErrorCode::Unsupported, "share layout version " + std::to_string(number));
    const auto version = static_cast<ImmutableVersion>(number);
    ImmutableLayout layout;
    layout.version = version;
    if (start.size() < layout.headerSize()) return corrupt("shorter than its header");
    layout = layoutOf(version, version == ImmutableVersion::V1 ? readFields<std::uint32_t>(start)
                                                               : readFields<std::uint64_t>(start));
    TARN_TRY_VOID(checkSections(layout));
    return layout;
}

Result<std::uint64_t> parseUriExtensionLength(const ImmutableLayout& layout, ByteView field)
{
    if (field.size() != layout.lengthFieldSize()) return corrupt("no length of the URI extension");
    const std::uint64_t length = layout.version == ImmutableVersion::V1
                                     ? loadBig<std::uint32_t>(field, 0)
                                     : loadBig<std::uint64_t>(field, 0);
    if (length >= kMaxUriExtensionSize)
        return corrupt("URI extension of " + std::to_string(length) + " bytes");
    return length;
}

Bytes encodeUriExtensionLength(const ImmutableLayout& layout, std::uint64_t size)
{
    Bytes field;
    if (layout.version == ImmutableVersion::V1)
        appendBig(field, static_cast<std::uint32_t>(size));
    else
        appendBig(field, size);
    return field;
}

} // namespace tarn::share
