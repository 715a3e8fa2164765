// directory_edit: changes of a mutable directory's bytes, made so that they can be applied again to
// what somebody else wrote meanwhile. Pure, any thread, one call at a time.
// Source: allmydata.dirnode (Adder, Deleter, move_child_to).
#pragma once

#include "client-gateway/dirs/directory_codec.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tarn::gateway {

/// A child that may stand where it is wanted.
struct PreparedChild
{
    std::string name; ///< NFC
    cap::Node node;
    std::optional<MetadataText> metadata;
};

/// \return InvalidInput: name, capability or metadata; see DirectoryService.
Result<PreparedChild> prepareChild(const NewChild& child, const DirectoryAccess& access);
Result<std::vector<PreparedChild>> prepareChildren(const std::vector<NewChild>& children,
                                                   const DirectoryAccess& access);

/// Metadata as given, no times. The last of equal names counts.
/// \return TooLarge: above kMaxDirectoryBytes.
Result<Bytes> serializeNew(const std::vector<PreparedChild>& children,
                           const DirectoryAccess& access);

/// The entries of a mutable directory. What is not touched keeps its bytes, unread.
class DirectoryEditor
{
public:
    /// \param contents  outlives the editor.  \return Corrupt.
    static Result<DirectoryEditor> open(ByteView contents, const DirectoryAccess& access);

    /// \return nothing where no such child is seen.  Corrupt: its metadata.
    Result<std::optional<DirectoryChild>> find(const std::string& name) const;
    void put(const std::string& name, const DirectoryChild& child);
    void erase(const std::string& name) { m_entries.erase(name); }
    /// Links a child as an edge that may have stood before: metadata and times follow it, and
    /// "no-write" takes its write capability. \return what is linked then.
    Result<cap::Node> link(const PreparedChild& child, const std::optional<DirectoryChild>& old,
                           double now);
    /// \return TooLarge: above kMaxDirectoryBytes.
    Result<Bytes> serialize() const;

private:
    struct Entry
    {
        RawEntry original;
        Bytes fresh; ///< counts unless empty
        ByteView bytes() const { return fresh.empty() ? original.whole : ByteView(fresh); }
    };

    explicit DirectoryEditor(const DirectoryAccess& access) : m_access(access) {}
    Result<void> insert(const RawEntry& entry);

    DirectoryAccess m_access;
    std::map<std::string, Entry> m_entries;
};

/// What MutableService::Edit gives back.
using EditedContents = Result<std::optional<Bytes>>;

class LinkEdit
{
public:
    LinkEdit(DirectoryAccess access, std::vector<PreparedChild> children, Replace replace,
             double now);
    /// \return Exists.
    EditedContents apply(ByteView old, bool again);
    /// After apply(): what each name held before, in the order given.
    std::vector<Removed> takeRemoved() { return std::move(m_removed); }

private:
    Result<void> linkOne(DirectoryEditor& editor, std::size_t which, bool again);

    DirectoryAccess m_access;
    std::vector<PreparedChild> m_children;
    Replace m_replace;
    double m_now;
    std::vector<Removed> m_removed;
    std::vector<std::optional<cap::Node>> m_linked; ///< by an earlier answer
};

class UnlinkEdit
{
public:
    /// \param only  absent: whatever stands there; else another child is left in its place.
    UnlinkEdit(DirectoryAccess access, std::string name, ChildKind expected,
               std::optional<cap::Node> only);
    /// \return NotFound, unless `only` was given or an earlier answer has done it.
    ///         InvalidInput: the child is not as expected.
    EditedContents apply(ByteView old, bool again);
    const Removed& removed() const { return m_removed; }

private:
    DirectoryAccess m_access;
    std::string m_name;
    ChildKind m_expected;
    std::optional<cap::Node> m_only;
    Removed m_removed;
};

/// Both names in one directory, and different.
class RenameEdit
{
public:
    RenameEdit(DirectoryAccess access, std::string from, std::string to, Replace replace,
               double now);
    /// \return NotFound, Exists.
    EditedContents apply(ByteView old, bool again);

private:
    DirectoryAccess m_access;
    std::string m_from;
    std::string m_to;
    Replace m_replace;
    double m_now;
    std::optional<cap::Node> m_moved; ///< by an earlier answer
};

} // namespace tarn::gateway
