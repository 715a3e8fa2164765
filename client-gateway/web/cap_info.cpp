#include "client-gateway/web/cap_info.h"

#include "core/cap/parse.h"
#include "core/cap/unknown_node.h"
#include "core/codec/base32.h"

namespace tarn::gateway::web {

namespace {

CapInfo::Kind kindOf(const cap::Cap& cap)
{
    if (cap::isDirectory(cap)) return CapInfo::Kind::Directory;
    if (std::holds_alternative<cap::ImmutableVerifyCap>(cap)) return CapInfo::Kind::Verifier;
    if (cap::isMutable(cap) || cap::isVerifier(cap)) return CapInfo::Kind::Mutable;
    return CapInfo::Kind::File;
}

std::string_view formatName(cap::MutableFormat format)
{
    return format == cap::MutableFormat::Sdmf ? "SDMF" : "MDMF";
}

std::string_view formatOfFile(const cap::Cap& cap)
{
    if (const auto* write = std::get_if<cap::MutableWriteCap>(&cap))
        return formatName(write->format);
    if (const auto* read = std::get_if<cap::MutableReadCap>(&cap)) return formatName(read->format);
    return cap::isDirectory(cap) || cap::isVerifier(cap) ? "" : "CHK";
}

CapInfo describeUnknownNode(const cap::UnknownNode& node)
{
    CapInfo info;
    info.write = node.rw.value_or(std::string());
    info.readOnly = node.ro.value_or(std::string());
    info.text = node.rw ? info.write : info.readOnly;
    return info;
}

Result<CapInfo> describeUnknown(const cap::UnknownCap& unknown)
{
    if (unknown.problem) return Error(ErrorCode::InvalidInput, unknown.problem->message);
    CapInfo info;
    info.text = unknown.text;
    const cap::UnknownNode node =
        cap::makeUnknownNode(unknown.text, std::nullopt, cap::ParseContext::Anywhere);
    info.readOnly = node.ro.value_or(std::string());
    return info;
}

CapInfo describeKnown(const cap::Cap& cap)
{
    CapInfo info;
    info.kind = kindOf(cap);
    info.text = cap::printCap(cap);
    info.isMutable = cap::isMutable(cap);
    info.isVerifier = cap::isVerifier(cap);
    info.format = formatOfFile(cap);
    if (!info.isVerifier) info.readOnly = cap::printCap(cap::readOnlyOf(cap));
    if (info.isMutable && !info.isVerifier && !cap::isReadOnly(cap)) info.write = info.text;
    if (const std::optional<cap::Cap> verify = cap::verifyOf(cap))
        info.verify = cap::printCap(*verify);
    if (const std::optional<StorageIndex> index = cap::storageIndexOf(cap))
        info.storageIndex = codec::encodeBase32(*index);
    info.size = cap::sizeOf(cap);
    if (const auto* verifier = std::get_if<cap::ImmutableVerifyCap>(&cap))
        info.size = verifier->size;
    return info;
}

} // namespace

Result<CapInfo> describeCap(std::string_view text)
{
    const cap::Cap cap = cap::parseCap(text);
    if (const auto* unknown = std::get_if<cap::UnknownCap>(&cap)) return describeUnknown(*unknown);
    return describeKnown(cap);
}

CapInfo describeNode(const cap::Node& node)
{
    if (const auto* unknown = std::get_if<cap::UnknownNode>(&node))
        return describeUnknownNode(*unknown);
    return describeKnown(std::get<cap::Cap>(node));
}

} // namespace tarn::gateway::web
