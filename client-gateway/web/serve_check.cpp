#include "client-gateway/web/handlers.h"
#include "client-gateway/web/html.h"
#include "client-gateway/web/json_texts.h"
#include "client-gateway/web/pages.h"
#include "client-gateway/web/when_done.h"
#include "core/cap/parse.h"

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

/// The file that is checked: of a directory, the one that holds it.
struct Checked
{
    std::optional<MutableCap> file; ///< absent: immutable
    std::string immutable;
};

Checked checkedFile(const std::string& text)
{
    cap::Cap parsed = cap::parseCap(text);
    if (const auto* directory = std::get_if<cap::DirectoryCap>(&parsed)) {
        const cap::FileCap file = directory->file;
        std::visit([&parsed](const auto& one) { parsed = one; }, file);
    }
    Checked out;
    out.immutable = cap::printCap(parsed);
    if (const auto* write = std::get_if<cap::MutableWriteCap>(&parsed)) out.file = *write;
    if (const auto* read = std::get_if<cap::MutableReadCap>(&parsed)) out.file = *read;
    if (const auto* verify = std::get_if<cap::MutableVerifyCap>(&parsed)) out.file = *verify;
    return out;
}

asio::awaitable<Result<CheckResult>> check(Call& call, std::string cap, CheckOptions options)
{
    const Checked checked = checkedFile(cap);
    if (!checked.file) co_return co_await call.files.check(checked.immutable, options);
    const MutableCap file = *checked.file;
    co_return co_await call.files.mutableFiles().check(file, options);
}

asio::awaitable<Result<RepairResult>> checkAndRepair(Call& call, std::string cap,
                                                     CheckOptions options)
{
    const Checked checked = checkedFile(cap);
    if (!checked.file) co_return co_await call.files.checkAndRepair(checked.immutable, options);
    const MutableCap file = *checked.file;
    co_return co_await call.files.mutableFiles().checkAndRepair(file, options);
}

} // namespace

asio::awaitable<Result<void>> serveCheck(Call& call, const CapInfo& cap)
{
    CheckOptions options;
    TARN_CO_TRY(options.verify, call.arguments.boolean("verify", false));
    TARN_CO_TRY(options.addLease, call.arguments.boolean("add-lease", false));
    TARN_CO_TRY(const bool repair, call.arguments.boolean("repair", false));
    TARN_CO_TRY(const bool json, wantsJsonOutput(call.arguments));
    TARN_CO_TRY(std::string location, whenDone(call.arguments, cap.text));
    const std::string back = addressOf(cap.text) + "?t=info";
    Reply reply;
    if (repair) {
        TARN_CO_TRY(const RepairResult result, co_await checkAndRepair(call, cap.text, options));
        // Of a literal file the answer is that of a check, but for deep operations.
        const bool literal = result.before.literal;
        const std::string text = literal ? checkJson(result.before) : repairJson(result);
        reply = json ? plainReply(text) : htmlReply(repairPage(result, back));
    } else {
        TARN_CO_TRY(const CheckResult result, co_await check(call, cap.text, options));
        reply = json ? plainReply(checkJson(result)) : htmlReply(checkPage(result, back));
    }
    if (!location.empty()) reply = redirectReply(std::move(location));
    co_return co_await send(call.exchange, std::move(reply));
}

} // namespace tarn::gateway::web
