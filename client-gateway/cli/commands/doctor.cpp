#include "client-gateway/doctor.h"

#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/local_files.h"
#include "core/base/log.h"
#include "core/node/files.h"

namespace tarn::gateway::cli {

namespace {

constexpr const char* kSystemConfig = "/etc/tarn/gateway.toml";

/// create-gateway writes the configuration into the state directory, packages look in /etc.
std::string configOf(const DoctorCommand& command, const std::string& state)
{
    if (!command.configFile.empty()) return absolutePath(command.configFile);
    const std::string own = state + "/gateway.toml";
    return node::existsBlocking(own) ? own : kSystemConfig;
}

Result<ServiceConfig> readConfig(const std::string& file)
{
    TARN_TRY(ConfigReader reader, readConfigFileBlocking(file));
    return readServiceConfig(std::move(reader));
}

} // namespace

Result<int> run(Session& session, const DoctorCommand& command)
{
    if (session.options.gateway.url) {
        return Error(ErrorCode::InvalidInput,
                     "doctor looks at a gateway of this machine: name its state directory with -d");
    }
    log::configure(log::Level::Error, log::Format::Text);
    const std::string state = absolutePath(session.options.gateway.stateDirectory);
    const std::string file = configOf(command, state);
    SystemRandom random;
    const node::doctor::Findings findings =
        examineBlocking(file, readConfig(file), state, session.clock, random);
    session.console.out(session.options.json ? node::doctor::jsonOf(findings)
                                             : node::doctor::reportOf(findings));
    return node::doctor::allWell(findings) ? kOk : kFailed;
}

} // namespace tarn::gateway::cli
