#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/node/running_node.h"
#include "client-gateway/cli/node/start_node.h"
#include "client-gateway/cli/printable.h"
#include "core/membership/invite_link.h"

#include <cstdio>
#include <thread>

namespace tarn::gateway::cli {

namespace {

constexpr Duration kPause = std::chrono::milliseconds(500);
constexpr std::size_t kRootPatience = 120; ///< pauses

/// The link that was given, or the first line of standard input.
Result<std::string> linkText(const JoinCommand& command)
{
    if (command.link != "-") return command.link;
    std::string out(membership::kMaxInviteText + 2, '\0');
    if (std::fgets(out.data(), static_cast<int>(out.size()), stdin) == nullptr)
        return Error(ErrorCode::InvalidInput, "no link on standard input");
    out.resize(out.find('\0'));
    while (out.ends_with('\n') || out.ends_with('\r'))
        out.pop_back();
    return out;
}

/// What has happened since the last look.
void sayProgress(const Session& session, const control::GridStatus& before,
                 const control::GridStatus& now)
{
    if (now == before) return;
    if (now.membership == "waiting" && before.membership != "waiting")
        session.say("waiting for " + printable(now.name) + "'s inviter to approve\n");
    if (!now.reason.empty() && now.reason != before.reason)
        session.say("not answered yet: " + printable(now.reason) + "\n");
}

Result<control::NodeStatus> waitUntilDecided(const Session& session, ControlClient& node,
                                             control::NodeStatus status)
{
    control::GridStatus before;
    while (status.grid.membership == "joining" || status.grid.membership == "waiting") {
        sayProgress(session, before, status.grid);
        before = status.grid;
        std::this_thread::sleep_for(kPause);
        TARN_TRY(status, askStatusBlocking(node));
    }
    if (status.grid.membership != "refused") return status;
    return Error(ErrorCode::Unauthorized, "not let in: " + printable(status.grid.reason) +
                                              "; ask for another invite, and remove " +
                                              node.stateDirectory());
}

/// Nothing can be stored below a name before.
Result<control::NodeStatus> waitForRoot(ControlClient& node, control::NodeStatus status)
{
    for (std::size_t i = 0; i < kRootPatience && !status.rootDirectory; ++i) {
        if (!status.storage.problem.empty()) break;
        std::this_thread::sleep_for(kPause);
        TARN_TRY(status, askStatusBlocking(node));
    }
    return status;
}

} // namespace

Result<int> run(Session& session, const JoinCommand& command)
{
    TARN_TRY(const std::string text, linkText(command));
    TARN_TRY(const membership::InviteLink link, membership::parseInvite(text));
    FriendnetSettings settings = command.settings;
    settings.gridName = link.gridName;
    TARN_TRY(const std::string config, nodeConfigText(settings));
    TARN_TRY(const std::string place, placeForNode(session, settings.gridName));
    TARN_TRY_VOID(makeNodeBlocking(place, config, text));
    session.say("made " + place + "\n");
    ControlClient node(place, session.clock);
    bool started = false;
    TARN_TRY(control::NodeStatus status, startNodeBlocking(node, session.clock, started));
    if (!command.noWait) {
        TARN_TRY(status, waitUntilDecided(session, node, std::move(status)));
        TARN_TRY(status, waitForRoot(node, std::move(status)));
        session.say("a member of " + printable(status.grid.name) + "\n");
    }
    showStatus(session, status);
    return kOk;
}

} // namespace tarn::gateway::cli
