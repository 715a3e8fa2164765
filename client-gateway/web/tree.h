// tree: what a path through directories leads to, and the steps that writes there have in common.
// Source: spec 08 section 1, "Resolution".
#pragma once

#include "client-gateway/web/call.h"
#include "client-gateway/web/cap_info.h"
#include "client-gateway/web/form.h"

#include <optional>
#include <string>
#include <vector>

namespace tarn::gateway::web {

struct Target
{
    std::optional<CapInfo> object; ///< absent: the name is free
    std::optional<CapInfo> parent; ///< the last directory on the way; absent for a capability alone
    /// Directories to be made from the parent on before anything gets the name, NFC; none: the name
    /// is the parent's.
    std::vector<std::string> missing;
    std::string name;      ///< NFC
    MetadataText metadata; ///< of the link; empty without a parent
};

/// One request on a directory, a mutable file or something below a directory.
struct Tree
{
    Call& call;
    MutableService& mutableFiles;
    DirectoryService& directories;
    FormReader* form = nullptr; ///< of a POST whose body is a form
    bool hasFile = false;       ///< the form has a part "file"
    Target target;
};

/// PUT and POST make the directories that lead to their target, but for the operations that look
/// for something which is there.
bool makesParents(const Call& call);
/// So many at once.
inline constexpr std::size_t kMostMissing = 100;
/// Below a file there is nothing: 409 for what would make parents, else 400.
Error noChildren(Call& call);
/// An operation whose body is JSON was a field of a form.
Error wantsJson(const Call& call);

/// Follows `names` from `cap`; changes nothing. \param mayMiss  whether directories on the way may
/// be missing, to be made. \return NotFound: one is missing and may not. InvalidInput: more than
/// kMostMissing are. NotWriteable: one is, where nothing can be made.
asio::awaitable<Result<Target>> resolve(Call& call, DirectoryService& directories, std::string cap,
                                        std::vector<std::string> names, bool mayMiss);

/// replace=; \param onlyFiles  whether that value is allowed too. Absent: Yes.
Result<Replace> replaceOf(const Arguments& arguments, bool onlyFiles);
/// Blanks around a name are part of it, or not.
enum class Blanks { Kept, Stripped };
/// An argument that must be there and hold no "/". \return it in UTF-8, NFC.
Result<std::string> nameArgument(const Arguments& arguments, std::string_view field, Blanks blanks);
/// \return NotWriteable saying so.
Result<void> requireWriteable(const CapInfo& directory);

/// private-key= of a new mutable file or directory, if it is given.
Result<std::optional<crypto::RsaKey>> privateKeyOf(const Arguments& arguments);
/// Stores a new file as format= asks. \return its capability.
asio::awaitable<Result<std::string>> storeFile(Tree& tree, UploadSource& source);
/// \return whether something was replaced.
asio::awaitable<Result<bool>> linkChild(Tree& tree, CapInfo directory, std::string name,
                                        std::string cap, Replace replace);
/// Gives `cap` the name of the target of this request; makes the directories that are missing,
/// which appear with it in one step or not at all.  \return whether something was replaced.
asio::awaitable<Result<bool>> linkTarget(Tree& tree, std::string cap, Replace replace);

/// What a POST answers: `text`, or the way to when_done=.
asio::awaitable<Result<void>> answerPost(Tree& tree, std::string text, std::string cap);

/// GET, PUT, POST, DELETE on what the target is.
asio::awaitable<Result<void>> serveTree(Call& call);
asio::awaitable<Result<void>> servePostDirectory(Tree& tree);
asio::awaitable<Result<void>> serveGetDirectory(Tree& tree);
/// t=stream-manifest and t=stream-deep-check on the target, a directory.
bool isStream(std::string_view operation);
asio::awaitable<Result<void>> serveStream(Tree& tree);
/// t=start-manifest, start-deep-size, start-deep-stats and start-deep-check on the target, a
/// directory: answered with the way to /operations/HANDLE.
bool isStart(std::string_view operation);
asio::awaitable<Result<void>> serveStart(Tree& tree);
/// A new directory that hangs nowhere: mkdir, mkdir-with-children, mkdir-immutable, by t=.
asio::awaitable<Result<std::string>> createDirectory(Tree& tree);
/// The same under the target's name; a directory that is there stays. \return its capability.
asio::awaitable<Result<std::string>> makeDirectory(Tree& tree);
/// PUT, or POST t=upload, of contents under a name or into a mutable file.
asio::awaitable<Result<void>> serveStore(Tree& tree, UploadSource& source);

/// The body of a request that is not a form.
class BodySource final : public UploadSource
{
public:
    explicit BodySource(Call& call) : m_call(call) {}
    asio::awaitable<Result<std::size_t>> read(MutableByteView into) override
    {
        return m_call.readBody(into);
    }
    std::optional<std::uint64_t> announcedSize() const override
    {
        return m_call.exchange.bodyLength();
    }

private:
    Call& m_call;
};

} // namespace tarn::gateway::web
