#include "client-gateway/cli/command_options.h"
#include "core/base/quantity.h"

#include <CLI/CLI.hpp>

namespace tarn::gateway::cli {

namespace {

void choosePut(RawCommands& raw)
{
    if (!raw.put.privateKeyPath.empty() && !raw.put.isMutable) {
        raw.chosen = misuse("--private-key-path needs --mutable");
        return;
    }
    if (raw.dryRun) {
        DryRun shape = raw.shape;
        const Result<std::uint64_t> size = parseByteSize(raw.segmentSize);
        std::string mistake;
        if (shape.needed > shape.total) mistake = "--needed must not be more than --total";
        if (!size) mistake = "--segment-size: " + size.error().message();
        if (size && *size == 0) mistake = "--segment-size must not be 0";
        if (!raw.put.remote.empty()) mistake = "--dry-run stores nothing, so it takes no REMOTE";
        if (!mistake.empty()) {
            raw.chosen = misuse(mistake);
            return;
        }
        shape.segmentSize = *size;
        if (raw.convergenceOption->count() > 0) shape.convergence = raw.convergence;
        raw.put.dryRun = shape;
    }
    raw.chosen = Command(raw.put);
}

void addPut(CLI::App& app, RawCommands& raw)
{
    CLI::App* put = app.add_subcommand("put", "Store a file and print its capability");
    put->add_option("LOCAL", raw.put.file, "The file; - or nothing is standard input");
    put->add_option("REMOTE", raw.put.remote,
                    "Where to link it, or a mutable file to overwrite; nothing: no name");
    put->add_flag("-m,--mutable", raw.put.isMutable, "Make a mutable file");
    put->add_option("--format", raw.put.format, "CHK, SDMF or MDMF")
        ->transform(CLI::IsMember({"CHK", "SDMF", "MDMF"}, CLI::ignore_case));
    put->add_option("--private-key-path", raw.put.privateKeyPath,
                    "PEM file with the RSA key of the new mutable file");
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
    put->callback([&raw] { choosePut(raw); });
}

void chooseGet(RawCommands& raw)
{
    GetCommand get;
    std::vector<std::string> operands = raw.operands;
    get.source.file = raw.capFile;
    if (raw.capFile.empty()) {
        if (operands.empty()) {
            raw.chosen = misuse("REMOTE is missing (or --cap-file)");
            return;
        }
        get.source.text = operands.front();
        operands.erase(operands.begin());
        if (get.source.text == "-") get.source = RemoteSource{{}, "-"};
    }
    if (operands.size() > 1) {
        raw.chosen = misuse("too many arguments: '" + operands.back() + "'");
        return;
    }
    if (!operands.empty()) get.file = operands.front();
    raw.chosen = Command(std::move(get));
}

void addCopy(CLI::App& app, RawCommands& raw)
{
    CLI::App* copy = app.add_subcommand("cp", "Copy files and trees to, from and within the grid");
    copy->add_option("FROM... TO", raw.operands,
                     "Capability or ALIAS:path; what is neither is a local file or directory");
    copy->add_flag("-r,--recursive", raw.copy.recursive, "Copy directories");
    copy->add_flag("-v,--verbose", raw.copy.verbose, "A line for every file");
    copy->add_flag("--caps-only", raw.copy.capsOnly,
                   "Write capabilities to the local files, not contents");
    copy->callback([&raw] {
        if (raw.operands.size() < 2) {
            raw.chosen = misuse("cp requires at least two arguments");
            return;
        }
        raw.copy.sources.assign(raw.operands.begin(), raw.operands.end() - 1);
        raw.copy.target = raw.operands.back();
        raw.chosen = Command(raw.copy);
    });
}

} // namespace

void addTransferCommands(CLI::App& app, RawCommands& raw)
{
    addPut(app, raw);
    addCopy(app, raw);
    CLI::App* get = app.add_subcommand("get", "Read a file");
    get->add_option("REMOTE LOCAL", raw.operands,
                    "What to read, then the file to write; without LOCAL or with -, standard "
                    "output");
    get->add_option("--cap-file", raw.capFile,
                    "Read the capability from this file (- is standard input), so that it does "
                    "not appear in the list of processes");
    get->callback([&raw] { chooseGet(raw); });
}

} // namespace tarn::gateway::cli
