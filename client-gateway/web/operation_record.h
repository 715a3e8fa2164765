// operation_record: what a deep operation that goes on after its request has found so far.
#pragma once

#include "client-gateway/dirs/deep_check_totals.h"
#include "client-gateway/dirs/manifest.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace tarn::gateway::web {

enum class DeepOperation { Manifest, Size, Stats, Check };

/// Memory for the results of all operations together; estimated, not measured.
struct ResultBudget
{
    std::uint64_t limit = 0; ///< bytes
    std::uint64_t used = 0;
};

/// Engine thread. Takes the nodes of one traversal; read at any time.
class OperationRecord final : public NodeVisitor
{
public:
    /// \param origin  storage index of the root, base32; empty for a literal directory.
    OperationRecord(DeepOperation what, NodeCheck check, std::string origin,
                    std::shared_ptr<ResultBudget> budget);
    ~OperationRecord() override;
    OperationRecord(const OperationRecord&) = delete;
    OperationRecord& operator=(const OperationRecord&) = delete;

    /// \return TooLarge: a manifest past the budget. A deep check past it goes on without the
    ///         results of single objects.
    asio::awaitable<Result<void>> visit(const VisitedNode& node) override;

    const DeepOperation what;
    const NodeCheck check;
    const std::string origin;
    Manifest manifest;                        ///< of Manifest only
    DeepCheckTotals totals;                   ///< of Check only
    DeepStats stats;                          ///< of Size and Stats only
    std::map<std::string, NodeHealth> health; ///< of Check only: storage index -> result
    bool finished = false;
    std::optional<Error> failure; ///< once finished

    /// Of whichever operation it is.
    const DeepStats& numbers() const;

private:
    bool take(std::uint64_t bytes);
    void keepHealth(const VisitedNode& node);

    std::shared_ptr<ResultBudget> m_budget;
    std::uint64_t m_held = 0;
};

} // namespace tarn::gateway::web
