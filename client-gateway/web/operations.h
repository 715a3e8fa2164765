// operations: the deep operations that clients started and ask for by the handle that they chose.
// Source: spec 08 section 7, "ophandles"; allmydata.web.operations.
#pragma once

#include "client-gateway/dirs/traversal.h"
#include "client-gateway/web/operation_record.h"
#include "core/base/clock.h"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <optional>
#include <string>

namespace tarn::gateway::web {

/// Handles kept at once; the next is refused.
inline constexpr std::size_t kMaxOperations = 100;
inline constexpr std::uint64_t kMaxResultBytes = std::uint64_t{256} << 20U;

/// One to be started.
struct OperationStart
{
    std::string handle;
    DeepOperation what = DeepOperation::Manifest;
    TraversalOptions options;
    std::string root;                  ///< text of a directory capability
    std::string origin;                ///< its storage index
    std::optional<Duration> retainFor; ///< absent: 4 days, or 1 day after the first look
};

/// Engine thread. A handle that is released, by whatever way, ends its operation. The handle is
/// all that protects the results, so handles are not listed.
class Operations
{
public:
    explicit Operations(Clock& clock, std::uint64_t resultBytes = kMaxResultBytes);
    ~Operations();
    Operations(const Operations&) = delete;
    Operations& operator=(const Operations&) = delete;

    /// A handle that is in use is released first. \param parts  outlive the operation.
    /// \return NoSpace: there are kMaxOperations.
    Result<void> start(const asio::any_io_executor& engine, TraversalParts parts,
                       OperationStart what);

    struct Look
    {
        std::optional<Duration> retainFor;
        bool releaseAfterComplete = false;
        bool cancel = false; ///< releases the handle
    };
    /// \return null: no such handle, or no longer.
    std::shared_ptr<const OperationRecord> look(const std::string& handle, Look how);

    /// Ends all operations; returns when they have ended.
    asio::awaitable<void> stop();

private:
    struct State;
    std::shared_ptr<State> m_state;
};

} // namespace tarn::gateway::web
