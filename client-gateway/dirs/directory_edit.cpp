#include "client-gateway/dirs/directory_edit.h"

#include "client-gateway/dirs/child_name.h"
#include "client-gateway/dirs/link_metadata.h"

#include <utility>

namespace tarn::gateway {

namespace {

bool isDirectoryNode(const cap::Node& node)
{
    const auto* known = std::get_if<cap::Cap>(&node);
    return known != nullptr && cap::isDirectory(*known);
}

bool isUnknownNode(const cap::Node& node)
{
    return std::holds_alternative<cap::UnknownNode>(node);
}

cap::Node readOnlyNode(const cap::Node& node)
{
    if (const auto* known = std::get_if<cap::Cap>(&node)) return cap::readOnlyOf(*known);
    return cap::makeUnknownNode(std::nullopt, std::get<cap::UnknownNode>(node).ro,
                                cap::ParseContext::Anywhere);
}

Error noSuchChild()
{
    return Error(ErrorCode::NotFound, "the directory has no child of that name");
}

Result<void> checkReplace(const std::optional<DirectoryChild>& old, Replace replace)
{
    if (!old || replace == Replace::Yes) return ok();
    if (replace == Replace::No)
        return Error(ErrorCode::Exists, "there is already a child of that name");
    if (!isDirectoryNode(old->node)) return ok();
    return Error(ErrorCode::Exists, "there is already a directory of that name");
}

Result<void> checkKind(const cap::Node& node, ChildKind expected)
{
    if (expected == ChildKind::Any || isUnknownNode(node)) return ok();
    if (isDirectoryNode(node) == (expected == ChildKind::Directory)) return ok();
    return Error(ErrorCode::InvalidInput, expected == ChildKind::File
                                              ? "the child is a directory, not a file"
                                              : "the child is a file, not a directory");
}

Result<void> checkSize(std::size_t bytes)
{
    if (bytes <= kMaxDirectoryBytes) return ok();
    return Error(ErrorCode::TooLarge, "the directory would have " + std::to_string(bytes) +
                                          " bytes, more than " +
                                          std::to_string(kMaxDirectoryBytes));
}

EditedContents serialized(const DirectoryEditor& editor)
{
    TARN_TRY(Bytes contents, editor.serialize());
    return std::optional(std::move(contents));
}

std::optional<std::string_view> viewOf(const std::optional<MetadataText>& text)
{
    if (!text) return std::nullopt;
    return *text;
}

} // namespace

Result<PreparedChild> prepareChild(const NewChild& child, const DirectoryAccess& access)
{
    PreparedChild prepared;
    TARN_TRY(prepared.name, normalizedName(child.name));
    if (child.write.value_or("").empty() && child.read.value_or("").empty())
        return Error(ErrorCode::InvalidInput, "a child needs a capability");
    // Not in the directory's context: what may not stand there is named, not made unknown.
    prepared.node = cap::nodeFromCaps(child.write, child.read, cap::ParseContext::Anywhere);
    TARN_TRY_VOID(checkChild(prepared.node, access));
    if (child.metadata) {
        TARN_TRY(prepared.metadata, spelledMetadata(*child.metadata));
    }
    return prepared;
}

Result<std::vector<PreparedChild>> prepareChildren(const std::vector<NewChild>& children,
                                                   const DirectoryAccess& access)
{
    std::vector<PreparedChild> prepared;
    prepared.reserve(children.size());
    for (const NewChild& child : children) {
        TARN_TRY(PreparedChild one, prepareChild(child, access));
        prepared.push_back(std::move(one));
    }
    return prepared;
}

Result<Bytes> serializeNew(const std::vector<PreparedChild>& children,
                           const DirectoryAccess& access)
{
    std::map<std::string_view, const PreparedChild*> byName;
    for (const PreparedChild& child : children)
        byName[child.name] = &child;
    Bytes contents;
    for (const auto& [name, child] : byName) {
        const DirectoryChild stored{child->node, child->metadata.value_or("{}")};
        appendEntry(contents, name, stored, access);
        TARN_TRY_VOID(checkSize(contents.size()));
    }
    return contents;
}

Result<DirectoryEditor> DirectoryEditor::open(ByteView contents, const DirectoryAccess& access)
{
    TARN_TRY(const std::vector<RawEntry> entries, scanEntries(contents));
    DirectoryEditor editor(access);
    for (const RawEntry& entry : entries)
        TARN_TRY_VOID(editor.insert(entry));
    return editor;
}

Result<void> DirectoryEditor::insert(const RawEntry& entry)
{
    Result<std::string> name = normalizedName(asText(entry.name));
    if (!name) return Error(ErrorCode::Corrupt, "directory: " + name.error().message());
    const std::size_t before = m_entries.size();
    const auto place =
        m_entries.try_emplace(m_entries.end(), *std::move(name), Entry{entry, Bytes()});
    if (m_entries.size() > before) return ok();
    TARN_TRY(const std::optional<DirectoryChild> seen, readEntry(entry, m_access));
    if (seen) place->second.original = entry;
    return ok();
}

Result<std::optional<DirectoryChild>> DirectoryEditor::find(const std::string& name) const
{
    const auto found = m_entries.find(name);
    if (found == m_entries.end()) return std::optional<DirectoryChild>();
    if (found->second.fresh.empty()) return readEntry(found->second.original, m_access);
    TARN_TRY(const std::vector<RawEntry> own, scanEntries(found->second.fresh));
    return readEntry(own.front(), m_access);
}

void DirectoryEditor::put(const std::string& name, const DirectoryChild& child)
{
    Entry& entry = m_entries[name];
    entry.fresh.clear();
    appendEntry(entry.fresh, name, child, m_access);
}

Result<cap::Node> DirectoryEditor::link(const PreparedChild& child,
                                        const std::optional<DirectoryChild>& old, double now)
{
    std::optional<std::string_view> oldMetadata;
    if (old) oldMetadata = old->metadata;
    TARN_TRY(UpdatedMetadata updated, updatedMetadata(oldMetadata, viewOf(child.metadata), now));
    const DirectoryChild linked{updated.noWrite ? readOnlyNode(child.node) : child.node,
                                std::move(updated.text)};
    put(child.name, linked);
    return linked.node;
}

Result<Bytes> DirectoryEditor::serialize() const
{
    std::size_t size = 0;
    for (const auto& [name, entry] : m_entries)
        size += entry.bytes().size();
    TARN_TRY_VOID(checkSize(size));
    Bytes contents;
    contents.reserve(size);
    for (const auto& [name, entry] : m_entries)
        append(contents, entry.bytes());
    return contents;
}

LinkEdit::LinkEdit(DirectoryAccess access, std::vector<PreparedChild> children, Replace replace,
                   double now)
    : m_access(std::move(access)), m_children(std::move(children)), m_replace(replace), m_now(now),
      m_removed(m_children.size()), m_linked(m_children.size())
{
}

EditedContents LinkEdit::apply(ByteView old, bool again)
{
    TARN_TRY(DirectoryEditor editor, DirectoryEditor::open(old, m_access));
    for (std::size_t i = 0; i < m_children.size(); ++i)
        TARN_TRY_VOID(linkOne(editor, i, again));
    return serialized(editor);
}

Result<void> LinkEdit::linkOne(DirectoryEditor& editor, std::size_t which, bool again)
{
    const PreparedChild& child = m_children[which];
    TARN_TRY(std::optional<DirectoryChild> old, editor.find(child.name));
    const bool alreadyOurs = again && old && m_linked[which] && old->node == *m_linked[which];
    if (!alreadyOurs) {
        TARN_TRY_VOID(checkReplace(old, m_replace));
        m_removed[which] = old;
    }
    TARN_TRY(m_linked[which], editor.link(child, old, m_now));
    return ok();
}

UnlinkEdit::UnlinkEdit(DirectoryAccess access, std::string name, ChildKind expected,
                       std::optional<cap::Node> only)
    : m_access(std::move(access)), m_name(std::move(name)), m_expected(expected),
      m_only(std::move(only))
{
}

EditedContents UnlinkEdit::apply(ByteView old, bool again)
{
    TARN_TRY(DirectoryEditor editor, DirectoryEditor::open(old, m_access));
    TARN_TRY(const std::optional<DirectoryChild> child, editor.find(m_name));
    if (!child) {
        if (m_only || (again && m_removed)) return std::optional<Bytes>();
        return noSuchChild();
    }
    if (m_only && child->node != *m_only) return std::optional<Bytes>();
    TARN_TRY_VOID(checkKind(child->node, m_expected));
    m_removed = child;
    editor.erase(m_name);
    return serialized(editor);
}

RenameEdit::RenameEdit(DirectoryAccess access, std::string from, std::string to, Replace replace,
                       double now)
    : m_access(std::move(access)), m_from(std::move(from)), m_to(std::move(to)), m_replace(replace),
      m_now(now)
{
}

EditedContents RenameEdit::apply(ByteView old, bool again)
{
    TARN_TRY(DirectoryEditor editor, DirectoryEditor::open(old, m_access));
    TARN_TRY(const std::optional<DirectoryChild> source, editor.find(m_from));
    TARN_TRY(const std::optional<DirectoryChild> target, editor.find(m_to));
    if (!source) {
        const bool done = again && m_moved && target && target->node == *m_moved;
        if (done) return std::optional<Bytes>();
        return noSuchChild();
    }
    TARN_TRY_VOID(checkReplace(target, m_replace));
    const PreparedChild moved{m_to, source->node, source->metadata};
    TARN_TRY(m_moved, editor.link(moved, target, m_now));
    editor.erase(m_from);
    return serialized(editor);
}

} // namespace tarn::gateway
