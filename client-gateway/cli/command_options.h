// command_options: the subcommands of `tarn` with their options, for options.cpp.
#pragma once

#include "client-gateway/cli/options.h"

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace tarn::gateway::cli {

/// What CLI11 fills while it parses, until the chosen subcommand's callback makes `chosen` of it.
struct RawCommands
{
    std::variant<std::monostate, Command, Stop> chosen;

    PutCommand put;
    bool dryRun = false;
    DryRun shape;
    std::string segmentSize = "1 MiB";
    std::string convergence;
    const CLI::Option* convergenceOption = nullptr; ///< tells an empty secret from none

    std::vector<std::string> operands; ///< of get, check and deep-check
    std::string capFile;
    CheckOptions check;
    StatusCommand status;
    DoctorCommand doctor;
    DrainCheckCommand drainCheck;
    MkdirCommand mkdir;
    AddAliasCommand addAlias;
    CreateAliasCommand createAlias;
    ListAliasesCommand listAliases;
    RemoveAliasCommand removeAlias;
    LsCommand ls;
    UnlinkCommand unlink;
    MoveCommand move;
    WebopenCommand webopen;
    ManifestCommand manifest;
    bool storageIndex = false;
    bool verifyCap = false;
    bool repairCap = false;
    StatsCommand stats;
    CopyCommand copy;
    BackupCommand backup;
    std::vector<std::string> excludeFiles; ///< lists of patterns
    bool excludeVcs = false;

    ImportTahoeCommand importTahoe;
    CreateGatewayCommand createGateway;
    CreateStorageCommand createStorage;
    CreateIntroducerCommand createIntroducer;
    CompletionCommand completion;
    GridManagerCommand gridManager;
    NodeInitCommand nodeInit;
    JoinCommand join;
    InviteCommand invite;
    MemberCommand member;
    PlacementCommand placement;
    std::vector<std::string> encoding;
    ShareCommand share;
    InboxCommand inbox;
    ClientCommand client;
    RelayCommand relay;
    std::string expires;
    std::string quota;
    std::string limit;
    std::string household;
    int depth = -1; ///< below 0: as fits
    bool guest = false;
    bool read = false;
    bool write = false;
    bool keep = false;
    std::string offer;
    std::string webPort = "127.0.0.1:3456";
    std::string listen;
    std::string hostname;
};

/// A mistake in the usage.
Stop misuse(const std::string& text);

/// put, get, cp: bytes.
void addTransferCommands(CLI::App& app, RawCommands& raw);
/// backup.
void addBackupCommand(CLI::App& app, RawCommands& raw);
/// create-gateway, create-storage, create-introducer, import-tahoe, completion.
void addSetupCommands(CLI::App& app, RawCommands& raw);
/// Names: mkdir, the alias commands, ls, unlink, mv, ln, webopen.
void addNameCommands(CLI::App& app, RawCommands& raw);
/// check, deep-check, manifest, stats, status, doctor, drain-check.
void addCareCommands(CLI::App& app, RawCommands& raw);
inline constexpr const char* kGridManagerCommand = "grid-manager";
/// grid-manager with its actions.
void addGridManagerCommand(CLI::App& app, RawCommands& raw);
/// node with its actions, and join.
void addNodeCommands(CLI::App& app, RawCommands& raw);
/// invite with its actions.
void addInviteCommands(CLI::App& app, RawCommands& raw);
/// share, inbox with its actions, client with its actions.
void addLinkCommands(CLI::App& app, RawCommands& raw);
/// placement with its actions.
void addPlacementCommands(CLI::App& app, RawCommands& raw);
/// member with its actions.
void addMemberCommands(CLI::App& app, RawCommands& raw);

} // namespace tarn::gateway::cli
