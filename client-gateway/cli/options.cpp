#include "client-gateway/cli/options.h"

#include "core/base/quantity.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace tarn::gateway::cli {

namespace {

constexpr const char* kDefaultState = "/var/lib/tarn/gateway";

/// What CLI11 fills while it parses; options() turns it into values.
struct Raw
{
    std::string gateway;
    std::string state;
    bool json = false;
    bool quiet = false;
    std::string putFile;
    bool dryRun = false;
    DryRun shape;
    std::string segmentSize = "1 MiB";
    std::string convergence;
    const CLI::Option* convergenceOption = nullptr; ///< tells an empty secret from none
    std::vector<std::string> operands;              ///< of get and check
    std::string capFile;
    CheckCommand check;
};

void addPut(CLI::App& app, Raw& raw)
{
    CLI::App* put = app.add_subcommand("put", "Store a file and print its capability");
    put->add_option("FILE", raw.putFile, "The file; - is standard input")->required();
    CLI::Option* dry =
        put->add_flag("--dry-run", raw.dryRun, "Compute the capability offline, store nothing");
    put->add_option("--needed", raw.shape.needed, "Shares needed to read (3)")
        ->check(CLI::Range(1, 256))
        ->needs(dry);
    put->add_option("--total", raw.shape.total, "Shares made (10)")
        ->check(CLI::Range(1, 256))
        ->needs(dry);
    put->add_option("--segment-size", raw.segmentSize, "Bytes, or a size such as 1MiB (1 MiB)")
        ->needs(dry);
    raw.convergenceOption =
        put->add_option("--convergence", raw.convergence,
                        "Convergence secret, base32; by default that of the state directory")
            ->needs(dry);
}

void addCapOptions(CLI::App& command, Raw& raw, const char* operands, const char* help)
{
    command.add_option(operands, raw.operands, help);
    command.add_option("--cap-file", raw.capFile,
                       "Read the capability from this file (- is standard input), so that it does "
                       "not appear in the list of processes");
}

void addCommands(CLI::App& app, Raw& raw)
{
    addPut(app, raw);
    CLI::App* get = app.add_subcommand("get", "Read a file");
    addCapOptions(*get, raw, "CAP FILE",
                  "The capability, then the file to write; without FILE or with -, standard "
                  "output");
    CLI::App* check = app.add_subcommand("check", "Look where the shares of a file are");
    addCapOptions(*check, raw, "CAP", "The capability");
    check->add_flag("--verify", raw.check.verify, "Read and check every byte of every share");
    check->add_flag("--repair", raw.check.repair, "Make missing shares anew");
    check->add_flag("--add-lease", raw.check.addLease, "Renew the lease on every share found");
    app.add_subcommand("status", "Show the gateway's servers and their state");
    app.require_subcommand(1);
}

Stop misuse(const std::string& text)
{
    return Stop{kBadUsage, "tarn: " + text + "\nSee tarn --help.\n"};
}

/// Takes the capability from the operands, or from --cap-file.
std::variant<CapSource, Stop> capSource(Raw& raw, std::size_t operandsAfterCap)
{
    CapSource source;
    source.file = raw.capFile;
    if (raw.capFile.empty()) {
        if (raw.operands.empty()) return misuse("a capability is missing (CAP or --cap-file)");
        source.text = raw.operands.front();
        raw.operands.erase(raw.operands.begin());
    }
    if (raw.operands.size() > operandsAfterCap)
        return misuse("too many arguments: '" + raw.operands.back() + "'");
    if (source.text == "-") source = CapSource{{}, "-"};
    return source;
}

std::variant<Command, Stop> putCommand(const Raw& raw)
{
    PutCommand put;
    put.file = raw.putFile;
    if (!raw.dryRun) return put;
    DryRun shape = raw.shape;
    if (shape.needed > shape.total) return misuse("--needed must not be more than --total");
    const Result<std::uint64_t> size = parseByteSize(raw.segmentSize);
    if (!size) return misuse("--segment-size: " + size.error().message());
    if (*size == 0) return misuse("--segment-size must not be 0");
    shape.segmentSize = *size;
    if (raw.convergenceOption->count() > 0) shape.convergence = raw.convergence;
    put.dryRun = shape;
    return put;
}

std::variant<Command, Stop> command(const CLI::App& app, Raw& raw)
{
    if (app.got_subcommand("put")) return putCommand(raw);
    if (app.got_subcommand("status")) return StatusCommand{};
    const bool isGet = app.got_subcommand("get");
    std::variant<CapSource, Stop> cap = capSource(raw, isGet ? 1 : 0);
    if (auto* stop = std::get_if<Stop>(&cap)) return std::move(*stop);
    if (isGet) {
        GetCommand get;
        get.cap = std::get<CapSource>(std::move(cap));
        get.file = raw.operands.empty() ? "-" : raw.operands.front();
        return get;
    }
    CheckCommand check = raw.check;
    check.cap = std::get<CapSource>(std::move(cap));
    return check;
}

} // namespace

std::variant<Options, Stop> parseOptions(std::vector<std::string> arguments,
                                         const std::string& environmentState)
{
    Raw raw;
    CLI::App app("Stores files on a grid through a gateway and reads them back.", "tarn");
    app.set_version_flag("--version", "tarn " TARN_VERSION);
    app.add_option("-d,--state", raw.state,
                   "State directory of the gateway (TARN_STATE, else /var/lib/tarn/gateway)");
    app.add_option("--gateway", raw.gateway, "URL of the gateway, http://127.0.0.1:3456");
    app.add_flag("--json", raw.json, "Results and errors as JSON");
    app.add_flag("-q,--quiet", raw.quiet, "No progress bar");
    app.footer("Exit codes: 0 done (check: the file is healthy), 1 failed, 2 wrong usage.");
    app.fallthrough();
    addCommands(app, raw);

    std::reverse(arguments.begin(), arguments.end()); // the order CLI11 takes
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::Success& success) {
        const bool version = dynamic_cast<const CLI::CallForVersion*>(&success) != nullptr;
        return Stop{kOk, version ? app.version() + "\n" : app.help("", CLI::AppFormatMode::Normal)};
    } catch (const CLI::ParseError& error) {
        return misuse(error.what());
    }

    Options options;
    if (!raw.gateway.empty()) options.gateway.url = raw.gateway;
    options.gateway.stateDirectory = raw.state;
    if (raw.state.empty())
        options.gateway.stateDirectory =
            environmentState.empty() ? kDefaultState : environmentState;
    options.json = raw.json;
    options.quiet = raw.quiet;
    std::variant<Command, Stop> chosen = command(app, raw);
    if (auto* stop = std::get_if<Stop>(&chosen)) return std::move(*stop);
    options.command = std::get<Command>(std::move(chosen));
    return options;
}

} // namespace tarn::gateway::cli
