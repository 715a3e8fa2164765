#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/deep_reports.h"
#include "client-gateway/cli/tree_stream.h"
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

/// Failures in the JSON; all are counted.
constexpr std::size_t kMaxNamed = 10'000;

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

/// The statistics only count the folders that they lack: another walk names them.
Result<std::vector<DeepFailure>> nameFailures(Session& session, const RemotePath& remote)
{
    std::vector<DeepFailure> failures;
    const LineSplitter::OnLine onLine = [&](std::string_view line) -> Result<void> {
        TARN_TRY(std::optional<DeepFailure> failure, failureOf(line));
        if (failure && failures.size() < kMaxNamed) failures.push_back(*std::move(failure));
        return ok();
    };
    TARN_TRY_VOID(streamTree(session, remote, "?t=stream-manifest", false, onLine));
    return failures;
}

/// What is printed of an answer with statistics. \return whether they are of everything.
Result<bool> tell(Session& session, const StatsCommand& command, const RemotePath& remote,
                  std::string statistics)
{
    TARN_TRY(const std::uint64_t missing, unreadableFolders(statistics));
    std::vector<DeepFailure> failures;
    if (missing > 0) {
        TARN_TRY(failures, nameFailures(session, remote));
    }
    if (missing > 0 && session.options.json) {
        TARN_TRY(statistics, withFailures(statistics, failures));
    }
    if (missing > 0 && !session.options.json) {
        session.console.err("tarn: these numbers lack what is in and below " +
                            std::to_string(missing) + " unreadable folders\n");
    }
    if (command.raw || session.options.json) {
        session.console.out(statistics.ends_with('\n') ? statistics : statistics + "\n");
        return missing == 0;
    }
    TARN_TRY(const std::string text, deepStatsText(statistics));
    session.console.out(text);
    return missing == 0;
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
    TARN_TRY(const bool complete, tell(session, command, remote, answer.body));
    return complete ? kOk : kFailed;
}

} // namespace tarn::gateway::cli
