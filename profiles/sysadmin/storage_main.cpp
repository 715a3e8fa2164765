// tarn-storage: one storage server. Links its role and core, nothing else.
#include "core/base/config.h"
#include "core/node/daemon.h"
#include "profiles/sysadmin/account_options.h"
#include "profiles/sysadmin/daemon_main.h"
#include "profiles/sysadmin/upkeep_options.h"
#include "storage-server/adopt_tahoe.h"
#include "storage-server/announced_certificates.h"
#include "storage-server/doctor.h"
#include "storage-server/hidden_services.h"
#include "storage-server/proxy_proof.h"
#include "storage-server/server_identity.h"
#include "storage-server/service.h"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace {

using namespace tarn;
using node::ExitCode;
using storage::ServiceConfig;

constexpr const char* kProgram = "tarn-storage";

struct Options : profiles::DaemonArguments
{
    std::string adoptTahoe;
    std::string provenKey; ///< of the proxy, a file
    bool announcement = false;
    std::optional<storage::AccountCommand> account;
    std::optional<storage::UpkeepCommand> upkeep;
};

Result<ServiceConfig> readConfig(const Options& options)
{
    TARN_TRY(ConfigReader reader, readConfigFileBlocking(options.config));
    TARN_TRY(ServiceConfig config, storage::readServiceConfig(std::move(reader)));
    TARN_TRY_VOID(profiles::overrideLog(options, config.log));
    return config;
}

/// The port that is listened on: as configured, or as the last start picked it.
Result<std::uint16_t> portOf(const ServiceConfig& config, const std::string& state)
{
    if (config.listen.port != 0) return config.listen.port;
    const std::string path = state + "/" + std::string(storage::kNurlFile);
    const Result<Bytes> text = node::readFileBlocking(path, 64 * 1024);
    if (text) {
        const std::string_view all = asText(*text);
        const Result<wire::Nurl> nurl = wire::parseNurl(all.substr(0, all.find('\n')));
        if (nurl) return nurl->port;
    }
    return Error(ErrorCode::NotFound, "[listen] storage has port 0: the port is known once the "
                                      "server has been started");
}

Result<std::string> announcement(const Options& options)
{
    TARN_TRY(ServiceConfig config, readConfig(options));
    SystemRandom random;
    TARN_TRY(const storage::ServerIdentity identity,
             storage::findServerIdentityBlocking(options.state, random));
    TARN_TRY(const node::StateDir dir,
             node::StateDir::inspectBlocking(options.state, storage::kRole));
    TARN_TRY(config.ownLocations, storage::hiddenLocations(dir, config.hidden));
    if (config.anonymous && config.effectiveLocations().empty()) {
        return Error(ErrorCode::InvalidInput, "the server listens on every address: name the one "
                                              "that clients use in [announce] locations");
    }
    TARN_TRY(const std::uint16_t port, portOf(config, options.state));
    wire::Announcement out = storage::announcementOf(identity, config, port);
    TARN_TRY(out.certificates,
             storage::readCertificatesBlocking(config.certificates, options.state));
    return wire::serversYaml(out);
}

Result<std::string> adoptTahoe(const Options& options)
{
    TARN_TRY(const node::StateDir dir, node::StateDir::openBlocking(options.state, storage::kRole));
    TARN_TRY(const storage::Adoption adoption,
             storage::adoptTahoeBlocking(dir, options.adoptTahoe));
    std::string out =
        "adopted " + adoption.serverId + "\nshares stay in " + adoption.storageFolder + "\n";
    for (const std::string& note : adoption.notes)
        out += "note: " + note + "\n";
    return out;
}

Result<std::string> proxyProof(const Options& options)
{
    SystemRandom random;
    TARN_TRY(const storage::ServerIdentity identity,
             storage::findServerIdentityBlocking(options.state, random));
    return storage::makeProxyProofBlocking(options.provenKey, identity.node.key.publicKey());
}

Result<std::string> checkedConfig(const Options& options)
{
    TARN_TRY(const ServiceConfig config, readConfig(options));
    return storage::printedConfig(config);
}

Result<std::string> explanation(const Options& options)
{
    TARN_TRY(const ServiceConfig config, readConfig(options));
    return storage::explained(config);
}

ExitCode doctor(const Options& options)
{
    SystemClock clock;
    SystemRandom random;
    return profiles::printFindings(options,
                                   storage::examineBlocking(options.config, readConfig(options),
                                                            options.state, clock, random));
}

ExitCode serve(const Options& options)
{
    const auto makeRole = [&options](node::DaemonContext& context) {
        return storage::StorageService::openBlocking(context, options.state,
                                                     [&options] { return readConfig(options); });
    };
    return node::runDaemon(makeRole, node::DaemonOptions(),
                           node::ServiceManager::fromEnvironment());
}

/// A long answer is printed as it comes.
Result<std::string> upkeep(const Options& options)
{
    const auto print = [](std::string_view text) {
        std::fwrite(text.data(), 1, text.size(), stdout);
    };
    TARN_TRY_VOID(storage::runUpkeepCommandBlocking(options.state, *options.upkeep, print));
    return std::string();
}

ExitCode run(const Options& options)
{
    if (options.upkeep) return node::printOutcome(kProgram, upkeep(options));
    if (options.account) {
        return node::printOutcome(
            kProgram, storage::runAccountCommandBlocking(options.state, *options.account));
    }
    if (options.doctor) return doctor(options);
    if (options.checkConfig) return node::printOutcome(kProgram, checkedConfig(options));
    if (options.explain) return node::printOutcome(kProgram, explanation(options));
    if (options.announcement) return node::printOutcome(kProgram, announcement(options));
    if (!options.provenKey.empty()) return node::printOutcome(kProgram, proxyProof(options));
    if (!options.adoptTahoe.empty()) return node::printOutcome(kProgram, adoptTahoe(options));
    return serve(options);
}

void addStorageOptions(CLI::App& app, Options& options)
{
    CLI::Option* announce =
        app.add_flag("--announcement", options.announcement,
                     "print this server's entry of servers.yaml (it holds the credential)");
    CLI::Option* prove =
        app.add_option("--prove-proxy-key", options.provenKey,
                       "print what [listen] proxy_proof names, made with the key of "
                       "your TLS proxy")
            ->type_name("KEY.pem")
            ->excludes(announce);
    app.add_option("--adopt-tahoe", options.adoptTahoe,
                   "take a stopped Tahoe-LAFS storage node over, into a new state directory")
        ->type_name("NODEDIR")
        ->excludes(announce, prove, app.get_option("--check-config"), app.get_option("--explain"));
    profiles::addAccountCommands(app, options.account);
    profiles::addUpkeepCommands(app, options.upkeep);
    // A command for the running server needs none.
    app.get_option("--config")->required(false);
    app.final_callback([&options] {
        const bool asks = options.account || options.upkeep || !options.provenKey.empty();
        if (!asks && options.config.empty()) throw CLI::RequiredError("--config");
    });
}

} // namespace

int main(int argc, char** argv)
{
    Options options;
    CLI::App app("Stores shares for the clients of a Tahoe-LAFS compatible grid.", kProgram);
    profiles::addDaemonOptions(app, options, "storage.toml", "keys, shares");
    addStorageOptions(app, options);
    return profiles::runMain(app, argc, argv, options, [&options] { return run(options); });
}
