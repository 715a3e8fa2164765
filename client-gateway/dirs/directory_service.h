// directory_service: what the web API asks of directories; Directories answers on files of a
// grid, tests stand in.
// Source: spec of directories, sections 3 to 8; allmydata.interfaces.IDirectoryNode.
#pragma once

#include "client-gateway/mutable/mutable_service.h"
#include "core/cap/unknown_node.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tarn::gateway {

/// A JSON object as text, whole and well-formed: "{}" and longer.
using MetadataText = std::string;

struct DirectoryChild
{
    cap::Node node; ///< as strong as the directory's capability lets it be
    MetadataText metadata = "{}";
};

/// NFC names in UTF-8, in byte order.
using DirectoryChildren = std::map<std::string, DirectoryChild>;

struct DirectoryContents
{
    DirectoryChildren children;
    std::uint64_t serializedSize = 0; ///< bytes of the file that holds them
    bool writeable = false;
    bool isMutable = false;
};

enum class Replace {
    Yes,
    No,       ///< Exists where the name is taken
    OnlyFiles ///< Exists where a directory has the name
};

/// One child to be linked. Capabilities as strings, since unknown ones are carried.
struct NewChild
{
    std::string name; ///< UTF-8; made NFC
    std::optional<std::string> write;
    std::optional<std::string> read;
    std::optional<MetadataText> metadata; ///< absent: an old link's is kept
};

enum class ChildKind { Any, File, Directory };

/// What unlinking or replacing took out.
using Removed = std::optional<DirectoryChild>;

/// Engine thread. `directory` is the text of any directory capability. Edits are re-applied when
/// somebody else writes meanwhile, so that neither's is lost.
///
/// Common errors: those of MutableService and Grid. InvalidInput: no directory capability, a name
/// that is no UTF-8, a capability that may not stand there (the message begins with Tahoe-LAFS's
/// "MustBeDeepImmutable", "MustBeReadonly", "MustNotBeUnknownRW"). NotWriteable: a read-only or
/// immutable directory. NotFound: no child of that name. Exists. Corrupt: no directory's bytes.
class DirectoryService
{
public:
    virtual ~DirectoryService() = default;

    virtual asio::awaitable<Result<std::shared_ptr<const DirectoryContents>>>
    list(std::string directory) = 0;

    /// A new mutable directory. \return its write capability.
    virtual asio::awaitable<Result<std::string>> create(cap::MutableFormat format,
                                                        std::vector<NewChild> children) = 0;
    /// CHK or LIT. \return its read capability.
    virtual asio::awaitable<Result<std::string>>
    createImmutable(std::vector<NewChild> children) = 0;

    /// All or none. \return what each name held before, in the order given.
    virtual asio::awaitable<Result<std::vector<Removed>>>
    link(std::string directory, std::vector<NewChild> children, Replace replace) = 0;

    /// \return what was there.
    virtual asio::awaitable<Result<DirectoryChild>> unlink(std::string directory, std::string name,
                                                           ChildKind expected) = 0;

    /// Links in the target, then unlinks in the source; in the same directory one edit does both.
    virtual asio::awaitable<Result<void>> move(std::string fromDirectory, std::string fromName,
                                               std::string toDirectory, std::string toName,
                                               Replace replace) = 0;
};

} // namespace tarn::gateway
