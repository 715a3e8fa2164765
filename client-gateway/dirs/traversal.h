// traversal: visits everything that can be reached from a directory, once.
// Source: spec of directories, section 8; allmydata.dirnode.deep_traverse (which goes depth first).
#pragma once

#include "client-gateway/dirs/directory_service.h"
#include "client-gateway/dirs/immutable_files.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tarn::gateway {

/// Directories deeper than this are reported as unreadable.
inline constexpr std::size_t kMaxTraversalDepth = 1000;

/// None: no check was wanted, or nothing is stored for the node (LIT, unknown).
using NodeHealth = std::variant<std::monostate, CheckResult, RepairResult>;

struct VisitedNode
{
    struct Listing
    {
        std::size_t children = 0;
        std::uint64_t serializedSize = 0;
    };

    std::vector<std::string> path;   ///< names, from the root on; none for the root
    cap::Node node;                  ///< as strong as the way to it
    std::optional<Listing> listing;  ///< of a directory that could be read
    std::optional<Error> unreadable; ///< of one that could not: nothing below it is visited
    NodeHealth health;
    std::optional<Error> unchecked; ///< why a wanted check gave no health
};

/// Takes the nodes; pushed, one at a time, so that a slow taker slows the traversal.
class NodeVisitor
{
public:
    virtual ~NodeVisitor() = default;
    /// The node lives until the returned operation ends. An error ends the traversal with it.
    virtual asio::awaitable<Result<void>> visit(const VisitedNode& node) = 0;
};

enum class NodeCheck { None, Check, CheckAndRepair };

struct TraversalOptions
{
    NodeCheck check = NodeCheck::None;
    CheckOptions how;
    std::size_t listingsAtOnce = 8; ///< directories read ahead; at least 1
    std::size_t checksAtOnce = 8;   ///< at least 1
};

/// All must outlive the traversal and its cancelled requests.
struct TraversalParts
{
    DirectoryService& directories;
    MutableService& mutableFiles;
    ImmutableFiles& immutableFiles;
};

/// Breadth first: the root, then each directory's children that are not directories in the order
/// of their names, then the directories among them, level by level. What has been met before, by
/// its verify capability, is passed over, so cycles end; LIT and unknown nodes are visited each
/// time. Memory: 16 bytes and a bucket for each node met, the directories still to be read, and
/// listingsAtOnce directories. Engine thread; ends when its coroutine is cancelled.
/// \param root  text of a directory capability that can be read.
/// \return InvalidInput: another kind.  The visitor's error.  When the root itself cannot be read:
///         why, after it was visited. Other directories' errors are only visited.
asio::awaitable<Result<void>> traverse(TraversalParts parts, std::string root,
                                       TraversalOptions options, NodeVisitor& visitor);

} // namespace tarn::gateway
