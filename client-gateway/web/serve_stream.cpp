#include "client-gateway/web/deep_lines.h"
#include "client-gateway/web/tree.h"

namespace tarn::gateway::web {

namespace {

/// Writes a line for each node as it comes; a client that reads slowly slows the traversal.
class LineWriter final : public NodeVisitor
{
public:
    LineWriter(net::ServerExchange& exchange, NodeCheck check)
        : m_exchange(exchange), m_check(check)
    {
    }

    asio::awaitable<Result<void>> visit(const VisitedNode& node) override
    {
        m_stats.add(node);
        const std::string line = nodeLine(node, m_check);
        co_return co_await m_exchange.writeBody(asBytes(line));
    }

    const DeepStats& stats() const { return m_stats; }

private:
    net::ServerExchange& m_exchange;
    NodeCheck m_check;
    DeepStats m_stats;
};

Result<TraversalOptions> optionsOf(const Call& call)
{
    TraversalOptions options;
    if (call.operation() == "stream-manifest") return options;
    TARN_TRY(options.how.verify, call.arguments.boolean("verify", false));
    TARN_TRY(options.how.addLease, call.arguments.boolean("add-lease", false));
    TARN_TRY(const bool repair, call.arguments.boolean("repair", false));
    options.check = repair ? NodeCheck::CheckAndRepair : NodeCheck::Check;
    return options;
}

} // namespace

bool isStream(std::string_view operation)
{
    return operation == "stream-manifest" || operation == "stream-deep-check";
}

asio::awaitable<Result<void>> serveStream(Tree& tree)
{
    Call& call = tree.call;
    TARN_CO_TRY(const TraversalOptions options, optionsOf(call));
    net::HttpHeaders headers;
    addSecurityHeaders(headers);
    headers.set("Content-Type", "text/plain;charset=utf-8");
    TARN_CO_TRY_VOID(co_await call.exchange.beginResponse(200, std::move(headers), std::nullopt));
    LineWriter lines(call.exchange, options.check);
    const TraversalParts parts{tree.directories, tree.mutableFiles, call.files.immutableFiles()};
    std::string root = tree.target.object->text;
    const Result<void> walked = co_await traverse(parts, std::move(root), options, lines);
    const std::string last = walked ? statsLine(lines.stats()) : errorLine(walked.error());
    TARN_CO_TRY_VOID(co_await call.exchange.writeBody(asBytes(last)));
    co_return co_await call.exchange.finishResponse();
}

} // namespace tarn::gateway::web
