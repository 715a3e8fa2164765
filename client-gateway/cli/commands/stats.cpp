#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/deep_reports.h"
#include "core/base/random.h"
#include "core/codec/base32.h"

#include <array>

namespace tarn::gateway::cli {

namespace {

using std::chrono::milliseconds;

/// Between two looks at the operation; the last one again and again.
constexpr std::array<milliseconds, 7> kPauses{
    milliseconds(50),   milliseconds(200),    milliseconds(750),   milliseconds(4000),
    milliseconds(5000), milliseconds(20'000), milliseconds(30'000)};

/// Asks until the operation has ended.
Result<Answer> resultOf(Session& session, BlockingGateway& web, const std::string& handle)
{
    const std::string target =
        "/operations/" + handle + "?t=status&output=JSON&release-after-complete=true";
    for (std::size_t look = 0;; ++look) {
        web.sleep(kPauses[std::min(look, kPauses.size() - 1)]);
        TARN_TRY(Answer answer, web.ask("GET", target));
        if (answer.status != 200) return answer;
        TARN_TRY(const bool finished, isFinished(answer.body));
        if (finished) return answer;
        session.say(look == kPauses.size() ? "still counting..\n" : "");
    }
}

} // namespace

Result<int> run(Session& session, const StatsCommand& command)
{
    TARN_TRY(RemotePath remote, session.resolve(command.remote));
    if (remote.path == "/") remote.path.clear();
    TARN_TRY(BlockingGateway* const web, session.gateway());
    SystemRandom random;
    const std::string handle = codec::encodeBase32(random.bytes(16));
    const std::string query = "?t=start-deep-stats&ophandle=" + handle;
    TARN_TRY(const Answer started, web->ask("POST", remote.target(query)));
    if (started.status != 200 && started.status != 302) return session.refused(started);
    TARN_TRY(const Answer answer, resultOf(session, *web, handle));
    if (answer.status != 200) return session.refused(answer);
    if (command.raw || session.options.json) {
        session.console.out(answer.body.ends_with('\n') ? answer.body : answer.body + "\n");
        return kOk;
    }
    TARN_TRY(const std::string text, deepStatsText(answer.body));
    session.console.out(text);
    return kOk;
}

} // namespace tarn::gateway::cli
