#include "client-gateway/dirs/traversal.h"

#include "client-gateway/dirs/ordered_window.h"
#include "core/cap/overloaded.h"
#include "core/crypto/sha256.h"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <unordered_set>

namespace tarn::gateway {

namespace {

/// So many nodes are visited before others on the engine have their turn.
constexpr unsigned kNodesPerTurn = 128;

/// What stands for a verify capability: short, and of the same length for all.
using Identity = FixedBytes<struct TraversalIdentityTag, 16>;

std::optional<Identity> identityOf(const cap::Cap& known)
{
    const std::optional<cap::Cap> verify = cap::verifyOf(known);
    if (!verify) return std::nullopt;
    return Identity::prefixOf(crypto::sha256(asBytes(cap::printCap(*verify))));
}

/// A way from the root, sharing its beginning with others.
struct Way
{
    std::shared_ptr<const Way> parent;
    std::string name;
    std::size_t depth = 0;
};
using WayPtr = std::shared_ptr<const Way>;

std::vector<std::string> pathOf(const WayPtr& way)
{
    std::vector<std::string> path;
    for (const Way* at = way.get(); at != nullptr; at = at->parent.get())
        path.push_back(at->name);
    std::reverse(path.begin(), path.end());
    return path;
}

std::size_t depthOf(const WayPtr& way)
{
    return way ? way->depth : 0;
}

struct Pending
{
    WayPtr way;
    cap::DirectoryCap directory;
};

using ListResult = Result<std::shared_ptr<const DirectoryContents>>;

asio::awaitable<ListResult> listOne(DirectoryService& directories, std::string text,
                                    std::size_t depth)
{
    if (depth > kMaxTraversalDepth) {
        co_return Error(ErrorCode::TooLarge,
                        "more than " + std::to_string(kMaxTraversalDepth) + " levels deep");
    }
    co_return co_await directories.list(std::move(text));
}

cap::Cap fileOf(const cap::Cap& known)
{
    const auto* directory = std::get_if<cap::DirectoryCap>(&known);
    if (directory == nullptr) return known;
    return std::visit([](const auto& file) { return cap::Cap(file); }, directory->file);
}

std::optional<MutableCap> mutableOf(const cap::Cap& file)
{
    if (const auto* write = std::get_if<cap::MutableWriteCap>(&file)) return *write;
    if (const auto* read = std::get_if<cap::MutableReadCap>(&file)) return *read;
    return std::nullopt;
}

asio::awaitable<Result<NodeHealth>> checkOne(TraversalParts parts, cap::Cap file, CheckOptions how)
{
    if (std::optional<MutableCap> target = mutableOf(file)) {
        TARN_CO_TRY(CheckResult result, co_await parts.mutableFiles.check(*std::move(target), how));
        co_return NodeHealth(std::move(result));
    }
    std::string text = cap::printCap(file);
    TARN_CO_TRY(CheckResult result, co_await parts.immutableFiles.check(std::move(text), how));
    co_return NodeHealth(std::move(result));
}

asio::awaitable<Result<NodeHealth>> repairOne(TraversalParts parts, cap::Cap file, CheckOptions how)
{
    if (std::optional<MutableCap> target = mutableOf(file)) {
        TARN_CO_TRY(RepairResult result,
                    co_await parts.mutableFiles.checkAndRepair(*std::move(target), how));
        co_return NodeHealth(std::move(result));
    }
    std::string text = cap::printCap(file);
    TARN_CO_TRY(RepairResult result,
                co_await parts.immutableFiles.checkAndRepair(std::move(text), how));
    co_return NodeHealth(std::move(result));
}

asio::awaitable<Result<NodeHealth>> noHealth()
{
    co_return NodeHealth();
}

class Traversal
{
public:
    Traversal(const asio::any_io_executor& executor, TraversalParts parts, TraversalOptions options,
              NodeVisitor& visitor)
        : m_executor(executor), m_parts(parts), m_options(options), m_visitor(visitor),
          m_listings(executor), m_checks(executor)
    {
    }

    asio::awaitable<Result<void>> run(cap::DirectoryCap root);

private:
    void readAhead();
    bool isNew(const cap::Cap& known);
    asio::awaitable<Result<void>> enter(Pending directory, ListResult listing);
    asio::awaitable<Result<void>> visitChildren(const WayPtr& way,
                                                const DirectoryChildren& children);
    void postpone(WayPtr parent, const std::string& name, const cap::DirectoryCap& directory);
    asio::awaitable<Result<void>> hand(VisitedNode node);
    asio::awaitable<Result<void>> handChecked();
    asio::awaitable<Result<void>> visit(VisitedNode node);
    asio::awaitable<Result<NodeHealth>> examine(const cap::Node& node) const;

    asio::any_io_executor m_executor;
    TraversalParts m_parts;
    TraversalOptions m_options;
    NodeVisitor& m_visitor;
    std::unordered_set<Identity> m_found;
    std::deque<Pending> m_pending;       ///< its first m_listings.size() are being read
    std::deque<VisitedNode> m_unchecked; ///< one for each of m_checks
    OrderedWindow<ListResult> m_listings;
    OrderedWindow<Result<NodeHealth>> m_checks;
    unsigned m_sinceTurn = 0;
};

asio::awaitable<Result<void>> Traversal::run(cap::DirectoryCap root)
{
    isNew(root);
    m_pending.push_back(Pending{nullptr, std::move(root)});
    std::optional<Error> rootProblem;
    while (!m_pending.empty()) {
        readAhead();
        ListResult listing = co_await m_listings.takeFirst();
        Pending directory = std::move(m_pending.front());
        m_pending.pop_front();
        if (!directory.way && !listing) rootProblem = listing.error();
        TARN_CO_TRY_VOID(co_await enter(std::move(directory), std::move(listing)));
    }
    while (!m_checks.empty())
        TARN_CO_TRY_VOID(co_await handChecked());
    if (rootProblem) co_return *rootProblem;
    co_return ok();
}

void Traversal::readAhead()
{
    const std::size_t most = std::max<std::size_t>(1, m_options.listingsAtOnce);
    while (m_listings.size() < std::min(most, m_pending.size())) {
        const Pending& next = m_pending[m_listings.size()];
        m_listings.start(
            listOne(m_parts.directories, cap::printCap(next.directory), depthOf(next.way)));
    }
}

bool Traversal::isNew(const cap::Cap& known)
{
    const std::optional<Identity> identity = identityOf(known);
    return !identity || m_found.insert(*identity).second;
}

asio::awaitable<Result<void>> Traversal::enter(Pending directory, ListResult listing)
{
    VisitedNode visited;
    visited.path = pathOf(directory.way);
    visited.node = cap::Cap(std::move(directory.directory));
    if (!listing) {
        visited.unreadable = std::move(listing).error();
        co_return co_await hand(std::move(visited));
    }
    const std::shared_ptr<const DirectoryContents> contents = *std::move(listing);
    VisitedNode::Listing& seen = visited.listing.emplace(VisitedNode::Listing{});
    seen.children = contents->children.size();
    seen.serializedSize = contents->serializedSize;
    TARN_CO_TRY_VOID(co_await hand(std::move(visited)));
    co_return co_await visitChildren(directory.way, contents->children);
}

asio::awaitable<Result<void>> Traversal::visitChildren(const WayPtr& way,
                                                       const DirectoryChildren& children)
{
    const std::vector<std::string> path = pathOf(way);
    for (const auto& [name, child] : children) {
        const auto* known = std::get_if<cap::Cap>(&child.node);
        if (known != nullptr && !isNew(*known)) continue;
        if (known != nullptr && cap::isDirectory(*known)) {
            postpone(way, name, std::get<cap::DirectoryCap>(*known));
            continue;
        }
        VisitedNode visited;
        visited.path = path;
        visited.path.push_back(name);
        visited.node = child.node;
        TARN_CO_TRY_VOID(co_await hand(std::move(visited)));
    }
    co_return ok();
}

void Traversal::postpone(WayPtr parent, const std::string& name, const cap::DirectoryCap& directory)
{
    const std::size_t depth = depthOf(parent) + 1;
    auto way = std::make_shared<const Way>(Way{std::move(parent), name, depth});
    m_pending.push_back(Pending{std::move(way), directory});
}

/// Through the check, where one is wanted; the order stays.
asio::awaitable<Result<void>> Traversal::hand(VisitedNode node)
{
    if (m_options.check == NodeCheck::None) co_return co_await visit(std::move(node));
    m_checks.start(examine(node.node));
    m_unchecked.push_back(std::move(node));
    if (m_checks.size() < std::max<std::size_t>(1, m_options.checksAtOnce)) co_return ok();
    co_return co_await handChecked();
}

asio::awaitable<Result<void>> Traversal::handChecked()
{
    Result<NodeHealth> health = co_await m_checks.takeFirst();
    VisitedNode node = std::move(m_unchecked.front());
    m_unchecked.pop_front();
    if (health) {
        node.health = *std::move(health);
    } else {
        node.unchecked = std::move(health).error();
    }
    co_return co_await visit(std::move(node));
}

asio::awaitable<Result<void>> Traversal::visit(VisitedNode node)
{
    if (++m_sinceTurn % kNodesPerTurn == 0) co_await asio::post(m_executor, asio::use_awaitable);
    co_return co_await m_visitor.visit(node);
}

asio::awaitable<Result<NodeHealth>> Traversal::examine(const cap::Node& node) const
{
    const auto* known = std::get_if<cap::Cap>(&node);
    if (known == nullptr || cap::isLiteral(*known)) return noHealth();
    if (m_options.check == NodeCheck::Check)
        return checkOne(m_parts, fileOf(*known), m_options.how);
    return repairOne(m_parts, fileOf(*known), m_options.how);
}

} // namespace

asio::awaitable<Result<void>> traverse(TraversalParts parts, std::string root,
                                       TraversalOptions options, NodeVisitor& visitor)
{
    TARN_CO_TRY(const cap::Cap parsed, cap::parseKnownCap(root));
    const auto* directory = std::get_if<cap::DirectoryCap>(&parsed);
    if (directory == nullptr || cap::isVerifier(parsed))
        co_return Error(ErrorCode::InvalidInput, "not the capability of a directory to be read");
    const auto executor = co_await asio::this_coro::executor;
    Traversal traversal(executor, parts, options, visitor);
    co_return co_await traversal.run(*directory);
}

} // namespace tarn::gateway
