#include "client-gateway/web/handlers.h"
#include "client-gateway/web/json_texts.h"
#include "client-gateway/web/pages.h"

namespace tarn::gateway::web {

namespace {

/// Absent output= is HTML; \return true: JSON.
Result<bool> wantsJsonOutput(const Arguments& arguments)
{
    const std::string_view output = arguments.trimmed("output");
    if (output.empty() || equalIgnoringCase(output, "html")) return false;
    if (equalIgnoringCase(output, "json")) return true;
    return Error(ErrorCode::InvalidInput, "output= must be html or json");
}

} // namespace

asio::awaitable<Result<void>> serveCheck(Call& call, const CapInfo& cap)
{
    CheckOptions options;
    TARN_CO_TRY(options.verify, call.arguments.boolean("verify", false));
    TARN_CO_TRY(options.addLease, call.arguments.boolean("add-lease", false));
    TARN_CO_TRY(const bool repair, call.arguments.boolean("repair", false));
    TARN_CO_TRY(const bool json, wantsJsonOutput(call.arguments));
    Reply reply;
    if (repair) {
        TARN_CO_TRY(const RepairResult result,
                    co_await call.files.checkAndRepair(cap.text, options));
        reply = json ? plainReply(repairJson(result)) : htmlReply(repairPage(result));
    } else {
        TARN_CO_TRY(const CheckResult result, co_await call.files.check(cap.text, options));
        reply = json ? plainReply(checkJson(result)) : htmlReply(checkPage(result));
    }
    co_return co_await send(call.exchange, std::move(reply));
}

} // namespace tarn::gateway::web
