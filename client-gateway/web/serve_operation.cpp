#include "client-gateway/web/form.h"
#include "client-gateway/web/handlers.h"
#include "client-gateway/web/json_texts.h"
#include "client-gateway/web/operation_texts.h"
#include "client-gateway/web/operations.h"
#include "client-gateway/web/pages.h"
#include "client-gateway/web/tree.h"
#include "client-gateway/web/when_done.h"
#include "core/net/http_message.h"

#include <boost/asio/this_coro.hpp>

namespace tarn::gateway::web {

namespace {

constexpr std::size_t kMaxHandleBytes = 256;
constexpr std::uint64_t kMaxRetainSeconds = 1'000'000'000;

std::optional<DeepOperation> startedBy(std::string_view operation)
{
    if (operation == "start-manifest") return DeepOperation::Manifest;
    if (operation == "start-deep-size") return DeepOperation::Size;
    if (operation == "start-deep-stats") return DeepOperation::Stats;
    if (operation == "start-deep-check") return DeepOperation::Check;
    return std::nullopt;
}

Result<std::optional<Duration>> retainForOf(const Arguments& arguments)
{
    TARN_TRY(const std::optional<std::uint64_t> seconds, arguments.number("retain-for"));
    if (!seconds) return std::optional<Duration>();
    if (*seconds > kMaxRetainSeconds)
        return Error(ErrorCode::InvalidInput, "retain-for= must be at most 1000000000 seconds");
    return std::optional<Duration>(std::chrono::seconds(*seconds));
}

Result<OperationStart> startOf(const Call& call)
{
    OperationStart start;
    start.what = *startedBy(call.operation());
    start.handle = std::string(call.arguments.trimmed("ophandle"));
    if (start.handle.empty())
        return Error(ErrorCode::InvalidInput, "slow operation requires ophandle=");
    if (start.handle.size() > kMaxHandleBytes)
        return Error(ErrorCode::InvalidInput, "ophandle= must have at most 256 bytes");
    TARN_TRY(start.retainFor, retainForOf(call.arguments));
    if (start.what != DeepOperation::Check) return start;
    TARN_TRY(start.options.how.verify, call.arguments.boolean("verify", false));
    TARN_TRY(start.options.how.addLease, call.arguments.boolean("add-lease", false));
    TARN_TRY(const bool repair, call.arguments.boolean("repair", false));
    start.options.check = repair ? NodeCheck::CheckAndRepair : NodeCheck::Check;
    return start;
}

enum class Output { Html, Json, Text };

Result<Output> outputOf(const Call& call)
{
    const std::string_view output = call.arguments.trimmed("output");
    if (output.empty() || equalIgnoringCase(output, "html")) return Output::Html;
    if (equalIgnoringCase(output, "json")) return Output::Json;
    if (equalIgnoringCase(output, "text")) return Output::Text;
    return Error(ErrorCode::InvalidInput, "output= must be html, json or text");
}

Result<Reply> replyOf(const OperationRecord& record, const std::string& handle, Output output)
{
    if (output == Output::Json || record.what == DeepOperation::Stats)
        return plainReply(operationJson(record));
    if (output == Output::Html) return htmlReply(operationPage(record, handle));
    if (record.what == DeepOperation::Check)
        return Error(ErrorCode::InvalidInput, "output= must be html or json");
    return plainReply(operationText(record));
}

/// One object of a deep check.
Result<Reply> healthReply(const OperationRecord& record, const std::string& handle,
                          const std::string& index, Output output)
{
    const auto found = record.health.find(index);
    if (found == record.health.end())
        return Error(ErrorCode::NotFound, "No detailed results for SI " + index);
    const bool json = output == Output::Json;
    const std::string back = "/operations/" + net::percentEncode(handle);
    if (const auto* repaired = std::get_if<RepairResult>(&found->second))
        return json ? plainReply(repairJson(*repaired)) : htmlReply(repairPage(*repaired, back));
    const auto& checked = std::get<CheckResult>(found->second);
    return json ? plainReply(checkJson(checked)) : htmlReply(checkPage(checked, back));
}

Result<Operations::Look> lookOf(const Call& call)
{
    Operations::Look look;
    look.cancel = call.method() == "POST" && call.operation() == "cancel";
    TARN_TRY(look.retainFor, retainForOf(call.arguments));
    TARN_TRY(look.releaseAfterComplete, call.arguments.boolean("release-after-complete", false));
    return look;
}

} // namespace

bool isStart(std::string_view operation)
{
    return startedBy(operation).has_value();
}

asio::awaitable<Result<void>> serveStart(Tree& tree)
{
    Call& call = tree.call;
    TARN_CO_TRY(OperationStart start, startOf(call));
    TARN_CO_TRY(std::string location, whenDone(call.arguments, tree.target.object->text));
    start.root = tree.target.object->text;
    start.origin = tree.target.object->storageIndex;
    const std::string output(call.arguments.trimmed("output"));
    if (location.empty()) {
        location = "/operations/" + net::percentEncode(start.handle);
        if (!output.empty()) location += "?output=" + net::percentEncode(output);
    }
    const TraversalParts parts{tree.directories, tree.mutableFiles, call.files.immutableFiles()};
    const auto engine = co_await asio::this_coro::executor;
    const Result<void> started = call.operations.start(engine, parts, std::move(start));
    if (!started) co_return call.refuse(503, started.error().message());
    Reply reply = redirectReply(std::move(location));
    co_return co_await send(call.exchange, std::move(reply));
}

asio::awaitable<Result<void>> serveOperation(Call& call)
{
    const bool reads = call.method() == "GET" || call.isHead();
    if (!reads && call.method() != "POST")
        co_return call.refuseMethod("an operation takes GET and POST");
    FormReader form(call);
    if (!reads) {
        TARN_CO_TRY(const bool hasFile, co_await form.readForm());
        static_cast<void>(hasFile);
    }
    TARN_CO_TRY(const Output output, outputOf(call));
    TARN_CO_TRY(const Operations::Look look, lookOf(call));
    const std::vector<std::string>& names = call.route.names;
    std::shared_ptr<const OperationRecord> record;
    if (!names.empty() && names.size() <= 2) record = call.operations.look(names[0], look);
    if (!record) co_return Error(ErrorCode::NotFound, "unknown/expired handle");
    if (record->failure) co_return *record->failure;
    TARN_CO_TRY(Reply reply, names.size() == 2 ? healthReply(*record, names[0], names[1], output)
                                               : replyOf(*record, names[0], output));
    co_return co_await send(call.exchange, std::move(reply));
}

} // namespace tarn::gateway::web
