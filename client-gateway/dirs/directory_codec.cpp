#include "client-gateway/dirs/directory_codec.h"

#include "client-gateway/dirs/child_name.h"
#include "client-gateway/dirs/link_metadata.h"
#include "client-gateway/dirs/sealed_cap.h"
#include "core/codec/netstring.h"
#include "core/codec/utf8.h"

namespace tarn::gateway {

namespace {

Error corrupt(const Error& why)
{
    return Error(ErrorCode::Corrupt, "directory: " + why.message());
}

Result<RawEntry> splitEntry(ByteView entry)
{
    codec::NetstringReader fields(entry, entry.size());
    RawEntry raw;
    TARN_TRY(raw.name, fields.next());
    TARN_TRY(raw.read, fields.next());
    TARN_TRY(raw.sealedWrite, fields.next());
    TARN_TRY(raw.metadata, fields.next());
    return raw;
}

std::string_view withoutTrailingSpaces(std::string_view text)
{
    while (text.ends_with(' '))
        text.remove_suffix(1);
    return text;
}

std::string writeTextOf(const RawEntry& entry, const DirectoryAccess& access)
{
    if (!access.writeKey) return {};
    std::string text = openWriteCap(*access.writeKey, entry.sealedWrite);
    text.resize(withoutTrailingSpaces(text).size());
    if (!codec::isUtf8(asBytes(text))) return {}; // sealed under another key
    return text;
}

const char* wordFor(cap::CapProblem::Kind kind)
{
    switch (kind) {
    case cap::CapProblem::Kind::MustBeDeepImmutable:
        return "MustBeDeepImmutable: ";
    case cap::CapProblem::Kind::MustBeReadOnly:
        return "MustBeReadonly: ";
    case cap::CapProblem::Kind::MustNotBeUnknownWrite:
        return "MustNotBeUnknownRW: ";
    case cap::CapProblem::Kind::Bad:
        break;
    }
    return "";
}

struct CapTexts
{
    std::string write;
    std::string read;
};

CapTexts capTextsOf(const cap::Node& node, cap::ParseContext context)
{
    if (const auto* unknown = std::get_if<cap::UnknownNode>(&node)) {
        return {unknown->rw.value_or(""),
                cap::withoutImpliedPrefix(unknown->ro.value_or(""), context)};
    }
    const auto& known = std::get<cap::Cap>(node);
    if (cap::isReadOnly(known)) return {"", cap::printCap(known)};
    return {cap::printCap(known), cap::printCap(cap::readOnlyOf(known))};
}

} // namespace

Result<std::vector<RawEntry>> scanEntries(ByteView contents)
{
    std::vector<RawEntry> entries;
    codec::NetstringReader reader(contents, contents.size());
    while (!reader.atEnd()) {
        const std::size_t begin = reader.position();
        const Result<ByteView> inner = reader.next();
        if (!inner) return corrupt(inner.error());
        Result<RawEntry> entry = splitEntry(*inner);
        if (!entry) return corrupt(entry.error().within("entry at byte " + std::to_string(begin)));
        entry->whole = contents.subspan(begin, reader.position() - begin);
        entries.push_back(*entry);
    }
    return entries;
}

Result<void> checkChild(const cap::Node& node, const DirectoryAccess& access)
{
    if (const auto* known = std::get_if<cap::Cap>(&node)) {
        if (cap::isVerifier(*known))
            return Error(ErrorCode::InvalidInput, "a verify capability cannot be a child");
        if (!access.isMutable && cap::isMutable(*known))
            return Error(
                ErrorCode::InvalidInput,
                "MustBeDeepImmutable: a mutable child cannot be in an immutable directory");
        return ok();
    }
    const auto& unknown = std::get<cap::UnknownNode>(node);
    if (unknown.problem)
        return Error(ErrorCode::InvalidInput,
                     wordFor(unknown.problem->kind) + unknown.problem->message);
    if (!access.isMutable && !unknown.allowedInImmutableDirectory())
        return Error(ErrorCode::InvalidInput, "MustBeDeepImmutable: an unknown write capability "
                                              "cannot be in an immutable directory");
    return ok();
}

Result<std::optional<DirectoryChild>> readEntry(const RawEntry& entry,
                                                const DirectoryAccess& access)
{
    if (!access.isMutable && !entry.sealedWrite.empty())
        return Error(ErrorCode::Corrupt, "directory: write capability in an immutable directory");
    const std::string_view read = withoutTrailingSpaces(asText(entry.read));
    if (!codec::isUtf8(asBytes(read))) return std::optional<DirectoryChild>();
    cap::Node node =
        cap::nodeFromCaps(writeTextOf(entry, access), std::string(read), access.context());
    if (!checkChild(node, access)) return std::optional<DirectoryChild>();
    const std::string_view metadata = asText(entry.metadata);
    if (const Result<void> checked = checkMetadata(metadata); !checked)
        return corrupt(checked.error());
    return std::optional(DirectoryChild{std::move(node), std::string(metadata)});
}

Result<DirectoryChildren> parseDirectory(ByteView contents, const DirectoryAccess& access)
{
    TARN_TRY(const std::vector<RawEntry> entries, scanEntries(contents));
    DirectoryChildren children;
    for (const RawEntry& entry : entries) {
        Result<std::string> name = normalizedName(asText(entry.name));
        if (!name) return corrupt(name.error());
        TARN_TRY(std::optional<DirectoryChild> child, readEntry(entry, access));
        if (child) {
            children.insert_or_assign(children.end(), *std::move(name), *std::move(child));
        }
    }
    return children;
}

void appendEntry(Bytes& to, std::string_view name, const DirectoryChild& child,
                 const DirectoryAccess& access)
{
    const CapTexts texts = capTextsOf(child.node, access.context());
    Bytes entry;
    codec::appendNetstring(entry, asBytes(name));
    codec::appendNetstring(entry, asBytes(texts.read));
    codec::appendNetstring(entry,
                           access.writeKey ? sealWriteCap(*access.writeKey, texts.write) : Bytes());
    codec::appendNetstring(entry, asBytes(child.metadata));
    codec::appendNetstring(to, entry);
}

} // namespace tarn::gateway
