// tarn-storage: one storage server. Links its role and core, nothing else.
#include "core/base/config.h"
#include "core/base/log.h"
#include "core/node/daemon.h"
#include "storage-server/adopt_tahoe.h"
#include "storage-server/server_identity.h"
#include "storage-server/service.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>

namespace {

using namespace tarn;
using node::ExitCode;
using storage::ServiceConfig;

struct Options
{
    std::string config;
    std::string state;
    std::string adoptTahoe;
    std::string logLevel = "info";
    std::string logFormat = "text";
    bool checkConfig = false;
    bool explain = false;
    bool announcement = false;
};

ExitCode fail(const Error& error, ExitCode code)
{
    std::fprintf(stderr, "tarn-storage: %s\n", error.message().c_str());
    return code;
}

ExitCode fail(const Error& error)
{
    return fail(error,
                error.code() == ErrorCode::InvalidInput ? ExitCode::BadUsage : ExitCode::Failed);
}

void print(const std::string& text)
{
    std::fwrite(text.data(), 1, text.size(), stdout);
}

Result<ServiceConfig> readConfig(const Options& options)
{
    TARN_TRY(ConfigReader reader, readConfigFileBlocking(options.config));
    return storage::readServiceConfig(std::move(reader));
}

/// The identity, made now if this server was never started.
Result<storage::ServerIdentity> identityIn(const std::string& state)
{
    Result<node::StateDir> dir = node::StateDir::inspectBlocking(state, storage::kRole);
    if (dir) {
        Result<storage::ServerIdentity> known = storage::readServerIdentity(*dir);
        if (known || known.error().code() != ErrorCode::NotFound) return known;
    } else if (dir.error().code() != ErrorCode::NotFound) {
        return std::move(dir).error();
    }
    TARN_TRY(const node::StateDir made,
             node::StateDir::openBlocking(state, storage::kRole, std::chrono::seconds(2)));
    SystemRandom random;
    return storage::readOrMakeServerIdentity(made, random);
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
    TARN_TRY(const ServiceConfig config, readConfig(options));
    TARN_TRY(const storage::ServerIdentity identity, identityIn(options.state));
    if (config.anonymous && config.effectiveLocations().empty()) {
        return Error(ErrorCode::InvalidInput, "the server listens on every address: name the one "
                                              "that clients use in [announce] locations");
    }
    TARN_TRY(const std::uint16_t port, portOf(config, options.state));
    return wire::serversYaml(storage::announcementOf(identity, config, port));
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

ExitCode printed(const Result<std::string>& text)
{
    if (!text) return fail(text.error());
    print(*text);
    return ExitCode::Ok;
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

ExitCode run(const Options& options)
{
    const Result<log::Level> level = node::parseLogLevel(options.logLevel);
    const Result<log::Format> format = node::parseLogFormat(options.logFormat);
    if (!level) return fail(level.error().within("--log-level"));
    if (!format) return fail(format.error().within("--log-format"));
    log::configure(*level, *format);
    if (options.checkConfig) return printed(checkedConfig(options));
    if (options.explain) return printed(explanation(options));
    if (options.announcement) return printed(announcement(options));
    if (!options.adoptTahoe.empty()) return printed(adoptTahoe(options));
    return serve(options);
}

void describe(CLI::App& app, Options& options)
{
    app.set_version_flag("--version", "tarn-storage " TARN_VERSION);
    app.add_option("--config", options.config, "configuration file (storage.toml)")
        ->required()
        ->type_name("FILE");
    app.add_option("--state", options.state, "state directory: keys, shares")
        ->required()
        ->type_name("DIR");
    CLI::Option* check = app.add_flag("--check-config", options.checkConfig,
                                      "read the configuration, print what it comes to, and exit");
    CLI::Option* explain =
        app.add_flag("--explain", options.explain,
                     "print listeners, announced addresses, outbound connections and timers");
    CLI::Option* announce =
        app.add_flag("--announcement", options.announcement,
                     "print this server's entry of servers.yaml (it holds the credential)");
    app.add_option("--adopt-tahoe", options.adoptTahoe,
                   "take a stopped Tahoe-LAFS storage node over, into a new state directory")
        ->type_name("NODEDIR")
        ->excludes(check, explain, announce);
    app.add_option("--log-level", options.logLevel, "trace, debug, info, warning or error")
        ->capture_default_str();
    app.add_option("--log-format", options.logFormat, "text or json")->capture_default_str();
}

} // namespace

int main(int argc, char** argv)
{
    Options options;
    CLI::App app("Stores shares for the clients of a Tahoe-LAFS compatible grid.", "tarn-storage");
    try {
        describe(app, options);
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        const int code = app.exit(e);
        return code == 0 ? 0 : static_cast<int>(ExitCode::BadUsage);
    }
    return static_cast<int>(run(options));
}
