#include "core/share/mutable_layout.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>
#include <string>

namespace tarn::share {

namespace {

using cap::MutableFormat;

constexpr std::size_t kMdmfTable = 59; // offset of its offset table
constexpr std::size_t kSdmfHead = 107;
constexpr std::size_t kMdmfHead = 123;
/// Where MDMF share data begins: the head and room for private key (1220), signature (260),
/// public key (292) and share hash chain (8 entries), as Tahoe-LAFS budgets it.
constexpr std::uint64_t kMdmfShareData = 123 + 1220 + 260 + 292 + 8 * 34;

Error corrupt(const std::string& what)
{
    return Error(ErrorCode::Corrupt, "mutable share: " + what);
}

MutableHeader readHeader(ByteView start, MutableFormat format)
{
    MutableHeader header;
    header.format = format;
    header.sequence = loadBig<std::uint64_t>(start, 1);
    header.rootHash = Hash256::prefixOf(start.subspan(9));
    std::size_t at = 41;
    if (format == MutableFormat::Sdmf) {
        header.salt = crypto::Salt::prefixOf(start.subspan(at));
        at += crypto::Salt::kSize;
    }
    header.needed = std::to_integer<std::uint8_t>(start[at]);
    header.total = std::to_integer<std::uint8_t>(start[at + 1]);
    header.segmentSize = loadBig<std::uint64_t>(start, at + 2);
    header.dataLength = loadBig<std::uint64_t>(start, at + 10);
    return header;
}

MutableSections readSdmfSections(ByteView start)
{
    const std::uint64_t signature = loadBig<std::uint32_t>(start, 75);
    const std::uint64_t chain = loadBig<std::uint32_t>(start, 79);
    const std::uint64_t tree = loadBig<std::uint32_t>(start, 83);
    const std::uint64_t data = loadBig<std::uint32_t>(start, 87);
    const auto privateKey = loadBig<std::uint64_t>(start, 91);
    const auto end = loadBig<std::uint64_t>(start, 99);
    return {{kSdmfHead, signature},
            {signature, chain},
            {chain, tree},
            {tree, data},
            {data, privateKey},
            {privateKey, end},
            end};
}

MutableSections readMdmfSections(ByteView start)
{
    std::array<std::uint64_t, 8> at{};
    for (std::size_t i = 0; i < at.size(); ++i)
        at[i] = loadBig<std::uint64_t>(start, kMdmfTable + 8 * i);
    const auto [privateKey, chain, signature, key, keyEnd, data, tree, end] = at;
    return {{key, keyEnd},
            {signature, key},
            {chain, signature},
            {tree, end},
            {data, tree},
            {privateKey, chain},
            end};
}

/// The borders of the sections in the order in which the format writes them.
std::array<std::uint64_t, 8> borders(MutableFormat format, const MutableSections& s)
{
    if (format == MutableFormat::Sdmf) {
        return {kSdmfHead,
                s.publicKey.begin,
                s.signature.begin,
                s.shareHashChain.begin,
                s.blockHashTree.begin,
                s.shareData.begin,
                s.encryptedPrivateKey.begin,
                s.end};
    }
    return {s.encryptedPrivateKey.begin,
            s.shareHashChain.begin,
            s.signature.begin,
            s.publicKey.begin,
            s.publicKey.end,
            s.shareData.begin,
            s.blockHashTree.begin,
            s.end};
}

Result<void> checkLayout(const MutableLayout& layout)
{
    const MutableHeader& header = layout.header;
    if (header.needed < 1 || header.needed > header.total) return corrupt("impossible k and N");
    const auto ascending = borders(header.format, layout.sections);
    if (ascending.front() < mutableHeadSize(header.format) ||
        !std::is_sorted(ascending.begin(), ascending.end()))
        return corrupt("offsets out of order");
    return ok();
}

template <class UInt>
void appendAll(Bytes& to, std::initializer_list<std::uint64_t> values)
{
    for (const std::uint64_t value : values)
        appendBig(to, static_cast<UInt>(value));
}

Result<MutableSections> layOutSdmf(const MutableSectionSizes& sizes)
{
    std::uint64_t at = kSdmfHead;
    const auto next = [&](std::uint64_t size) {
        const ByteRange range{at, at + size};
        at += size;
        return range;
    };
    MutableSections out;
    out.publicKey = next(sizes.publicKey);
    out.signature = next(sizes.signature);
    out.shareHashChain = next(sizes.shareHashChain);
    out.blockHashTree = next(sizes.blockHashTree);
    out.shareData = next(sizes.shareData);
    out.encryptedPrivateKey = next(sizes.encryptedPrivateKey);
    out.end = at;
    if (out.shareData.begin > std::numeric_limits<std::uint32_t>::max())
        return Error(ErrorCode::InvalidInput, "mutable share: too large for SDMF");
    return out;
}

Result<MutableSections> layOutMdmf(const MutableSectionSizes& sizes)
{
    std::uint64_t at = kMdmfHead;
    const auto next = [&](std::uint64_t size) {
        const ByteRange range{at, at + size};
        at += size;
        return range;
    };
    MutableSections out;
    out.encryptedPrivateKey = next(sizes.encryptedPrivateKey);
    out.shareHashChain = next(sizes.shareHashChain);
    out.signature = next(sizes.signature);
    out.publicKey = next(sizes.publicKey);
    if (at > kMdmfShareData)
        return Error(ErrorCode::InvalidInput, "mutable share: keys too large for MDMF");
    at = kMdmfShareData;
    out.shareData = next(sizes.shareData);
    out.blockHashTree = next(sizes.blockHashTree);
    out.end = at;
    return out;
}

} // namespace

std::size_t mutableHeadSize(MutableFormat format)
{
    return format == MutableFormat::Sdmf ? kSdmfHead : kMdmfHead;
}

Result<MutableLayout> parseMutableLayout(ByteView start)
{
    if (start.empty()) return corrupt("empty");
    const auto version = std::to_integer<unsigned>(start[0]);
    if (version > 1)
        return Error(ErrorCode::Unsupported, "mutable share: version " + std::to_string(version));
    const MutableFormat format = version == 0 ? MutableFormat::Sdmf : MutableFormat::Mdmf;
    if (start.size() < mutableHeadSize(format)) return corrupt("shorter than its header");
    const MutableLayout layout{readHeader(start, format), format == MutableFormat::Sdmf
                                                              ? readSdmfSections(start)
                                                              : readMdmfSections(start)};
    TARN_TRY_VOID(checkLayout(layout));
    return layout;
}

Bytes encodeMutableHead(const MutableLayout& layout)
{
    Bytes out = signedPrefixOf(layout.header);
    const MutableSections& s = layout.sections;
    if (layout.header.format == MutableFormat::Sdmf) {
        appendAll<std::uint32_t>(out, {s.signature.begin, s.shareHashChain.begin,
                                       s.blockHashTree.begin, s.shareData.begin});
        appendAll<std::uint64_t>(out, {s.encryptedPrivateKey.begin, s.end});
        return out;
    }
    appendAll<std::uint64_t>(out, {s.encryptedPrivateKey.begin, s.shareHashChain.begin,
                                   s.signature.begin, s.publicKey.begin, s.publicKey.end,
                                   s.shareData.begin, s.blockHashTree.begin, s.end});
    return out;
}

Bytes signedPrefixOf(const MutableHeader& header)
{
    Bytes out = checkStringOf(header);
    append(out, std::array{std::byte{header.needed}, std::byte{header.total}});
    appendBig(out, header.segmentSize);
    appendBig(out, header.dataLength);
    return out;
}

Bytes checkStringOf(const MutableHeader& header)
{
    const bool sdmf = header.format == MutableFormat::Sdmf;
    Bytes out{sdmf ? std::byte{0} : std::byte{1}};
    appendBig(out, header.sequence);
    append(out, header.rootHash);
    if (sdmf) append(out, header.salt);
    return out;
}

Result<MutableSections> layOutMutable(MutableFormat format, const MutableSectionSizes& sizes)
{
    return format == MutableFormat::Sdmf ? layOutSdmf(sizes) : layOutMdmf(sizes);
}

} // namespace tarn::share
