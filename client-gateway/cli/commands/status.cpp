#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/reports.h"

namespace tarn::gateway::cli {

namespace {

constexpr int kNoStatus = 2;

/// A gateway may not have these pages: then nothing is shown of them.
template <class Report>
Result<std::string> optionalPage(BlockingGateway& web, const char* target, const Report& report)
{
    TARN_TRY(const Answer answer, web.ask("GET", target));
    if (answer.status != 200) return std::string();
    return report(answer.body);
}

} // namespace

Result<int> run(Session& session, const StatusCommand& command)
{
    TARN_TRY(BlockingGateway* const web, session.gateway());
    TARN_TRY(const Answer answer, web->ask("GET", "/?t=json"));
    if (answer.status != 200) {
        session.refused(answer);
        return kNoStatus;
    }
    if (session.options.json) {
        session.console.out(answer.body);
        return kOk;
    }
    TARN_TRY(const std::string servers, statusText(answer.body, urlOf(web->address()) + "/"));
    TARN_TRY(const std::string totals, optionalPage(*web, "/statistics?t=json", totalsText));
    const auto operations = [&](const std::string& body) {
        return operationsText(body, command.verbose);
    };
    TARN_TRY(const std::string transfers, optionalPage(*web, "/status?t=json", operations));
    session.console.out(servers + totals + transfers);
    return kOk;
}

} // namespace tarn::gateway::cli
