#include "client-gateway/cli/node/start_node.h"

#include "core/control/control_json.h"
#include "core/control/control_routes.h"
#include "core/node/files.h"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

extern char** environ;

namespace tarn::gateway::cli {

namespace {

constexpr const char* kProgram = "tarn-node";
constexpr Duration kPatience = std::chrono::seconds(60);
constexpr Duration kPause = std::chrono::milliseconds(100);

/// Beside this program, where it is; else by PATH.
std::string programPath()
{
    std::array<char, 4096> own{};
    const ssize_t length = ::readlink("/proc/self/exe", own.data(), own.size() - 1);
    if (length <= 0) return kProgram;
    std::string path(own.data(), static_cast<std::size_t>(length));
    path.erase(path.rfind('/') + 1);
    path += kProgram;
    return node::existsBlocking(path) ? path : kProgram;
}

/// The settings of a child that outlives us.
class SpawnSettings
{
public:
    explicit SpawnSettings(const std::string& log)
    {
        ::posix_spawn_file_actions_init(&m_actions);
        ::posix_spawn_file_actions_addopen(&m_actions, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&m_actions, 1, log.c_str(),
                                           O_WRONLY | O_CREAT | O_APPEND, node::kPrivateFile);
        ::posix_spawn_file_actions_adddup2(&m_actions, 1, 2);
        ::posix_spawnattr_init(&m_attributes);
        ::posix_spawnattr_setflags(&m_attributes, POSIX_SPAWN_SETSID);
    }
    ~SpawnSettings()
    {
        ::posix_spawn_file_actions_destroy(&m_actions);
        ::posix_spawnattr_destroy(&m_attributes);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    const posix_spawn_file_actions_t* actions() const { return &m_actions; }
    const posix_spawnattr_t* attributes() const { return &m_attributes; }

private:
    posix_spawn_file_actions_t m_actions{};
    posix_spawnattr_t m_attributes{};
};

Result<pid_t> spawnNode(const std::string& state)
{
    std::string program = programPath();
    std::string option = "--state";
    std::string directory = state;
    std::array<char*, 4> arguments{program.data(), option.data(), directory.data(), nullptr};
    const SpawnSettings settings(state + "/" + std::string(kNodeLog));
    pid_t child = 0;
    const int failed = ::posix_spawnp(&child, program.c_str(), settings.actions(),
                                      settings.attributes(), arguments.data(), environ);
    if (failed == 0) return child;
    return errnoError(failed, program + " --state " + state);
}

bool hasEnded(pid_t child)
{
    int status = 0;
    return ::waitpid(child, &status, WNOHANG) == child;
}

Error notStarted(const std::string& state, const char* what)
{
    return Error(ErrorCode::IoFailure,
                 std::string("the node ") + what + "; see " + state + "/" + std::string(kNodeLog));
}

} // namespace

Result<control::NodeStatus> askStatusBlocking(ControlClient& node)
{
    TARN_TRY(const nlohmann::json answer, node.ask("GET", control::kStatusPath));
    return control::readNodeStatus(answer);
}

Result<control::NodeStatus> startNodeBlocking(ControlClient& node, Clock& clock, bool& started)
{
    Result<control::NodeStatus> status = askStatusBlocking(node);
    started = false;
    if (status || status.error().code() != ErrorCode::PeerUnreachable) return status;
    started = true;
    TARN_TRY(const pid_t child, spawnNode(node.stateDirectory()));
    const TimePoint end = clock.now() + kPatience;
    while (clock.now() < end) {
        std::this_thread::sleep_for(kPause);
        status = askStatusBlocking(node);
        if (status) return status;
        if (hasEnded(child)) return notStarted(node.stateDirectory(), "does not start");
    }
    return notStarted(node.stateDirectory(), "does not answer");
}

} // namespace tarn::gateway::cli
