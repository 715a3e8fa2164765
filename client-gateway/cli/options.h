// options: the command line of `tarn`, as values. Pure. Source: spec of Tahoe-LAFS's command line,
// allmydata.scripts.cli; exit codes as there.
#pragma once

#include "client-gateway/cli/completion.h"
#include "client-gateway/cli/setup/friendnet_settings.h"
#include "client-gateway/cli/setup/node_settings.h"
#include "core/control/encoding_values.h"
#include "core/control/link_values.h"
#include "core/control/member_values.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tarn::gateway::cli {

inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;
inline constexpr int kBadUsage = 1;
inline constexpr int kBadGridManagerUsage = 2; ///< as Tahoe-LAFS's grid-manager

/// Which gateway to speak to.
struct GatewayChoice
{
    std::optional<std::string> url; ///< -u
    std::string stateDirectory;     ///< -d; its node.url names the gateway
    bool stateNamed = false;        ///< by -d or TARN_STATE
};

/// put --dry-run: everything that shapes a capability.
struct DryRun
{
    std::uint32_t needed = 3;
    std::uint32_t total = 10;
    std::uint64_t segmentSize = 1'048'576;  ///< bytes
    std::optional<std::string> convergence; ///< base32; absent: the state directory's
};

struct PutCommand
{
    std::string file = "-"; ///< "-": standard input
    std::string remote;     ///< empty: without a name
    bool isMutable = false;
    std::string format; ///< CHK, SDMF, MDMF or empty
    std::string privateKeyPath;
    std::optional<DryRun> dryRun;
};

/// What an operation is about: an argument, or a file so that no process list shows a capability.
struct RemoteSource
{
    std::string text; ///< capability, alias or path; unused with `file`
    std::string file; ///< "-": standard input
};

struct GetCommand
{
    RemoteSource source;
    std::string file = "-"; ///< "-": standard output
};

struct CopyCommand
{
    std::vector<std::string> sources; ///< at least one
    std::string target;
    bool recursive = false;
    bool verbose = false;
    bool capsOnly = false; ///< local files shall hold capabilities, not contents
};

struct BackupCommand
{
    std::string from;
    std::string to;
    std::vector<std::string> exclude; ///< patterns for names
    bool verbose = false;
    bool ignoreTimestamps = false;
};

struct CheckOptions
{
    bool raw = false;
    bool verify = false;
    bool repair = false;
    bool addLease = false;
    bool verbose = false;
};

struct CheckCommand
{
    CheckOptions options;
    std::vector<RemoteSource> sources; ///< none: the default alias
};

struct DeepCheckCommand
{
    CheckOptions options;
    std::vector<RemoteSource> sources; ///< none: the default alias
};

struct StatusCommand
{
    bool verbose = false;
};

struct DoctorCommand
{
    std::string configFile; ///< empty: gateway.toml of the state directory, else of /etc/tarn
};

struct DrainCheckCommand
{
    std::string file = "-"; ///< of `tarn-storage drain list --json`; "-": standard input
    std::string server;     ///< id of the server that is emptied; empty: as the list says
};

struct MkdirCommand
{
    std::string remote; ///< empty: without a name
    std::string format; ///< SDMF, MDMF or empty
};

struct AddAliasCommand
{
    std::string name;
    std::string cap;
};

struct CreateAliasCommand
{
    std::string name;
};

struct ListAliasesCommand
{
    bool readOnly = false;
};

struct RemoveAliasCommand
{
    std::string name;
};

struct LsCommand
{
    std::string remote;
    bool longFormat = false;
    bool classify = false;
    bool uri = false;
    bool readOnlyUri = false;
};

struct UnlinkCommand
{
    std::string remote;
};

/// mv and ln.
struct MoveCommand
{
    std::string from;
    std::string to;
    bool keepsOriginal = false; ///< ln
};

struct WebopenCommand
{
    std::string remote; ///< empty: the welcome page
    bool info = false;
};

struct ManifestCommand
{
    enum class Show { CapAndPath, StorageIndex, VerifyCap, RepairCap };
    std::string remote;
    Show show = Show::CapAndPath;
    bool raw = false;
};

struct StatsCommand
{
    std::string remote;
    bool raw = false;
};

struct ImportTahoeCommand
{
    std::string nodeDirectory;
};

struct CreateGatewayCommand
{
    std::string directory; ///< empty: the state directory
    GatewaySettings settings;
    std::string serversFile; ///< empty: none
};

struct CreateStorageCommand
{
    std::string directory; ///< empty: the state directory
    StorageSettings settings;
};

struct CreateIntroducerCommand
{
    std::string directory; ///< empty: the state directory
    IntroducerSettings settings;
};

struct CompletionCommand
{
    std::string shell; ///< bash, zsh or fish
};

/// The keeper of certificates: who may be given new shares.
struct GridManagerCommand
{
    enum class Action { Create, PublicIdentity, Add, Remove, List, Sign };
    Action action = Action::List;
    std::string folder;    ///< "-": configuration from standard input, to standard output
    std::string name;      ///< of a storage server: Add, Remove, Sign
    std::string publicKey; ///< "pub-v0-...": Add
    int days = 0;          ///< 1 to 1825: Sign
};

struct NodeInitCommand
{
    FriendnetSettings settings;
    bool noStart = false;
};

struct NodeStartCommand
{
};

struct NodeStatusCommand
{
};

/// How the node reaches its friends and is reached.
struct NodeDoctorCommand
{
};

struct NodeTransfersCommand
{
};

struct NodeLeaveCommand
{
};

struct JoinCommand
{
    std::string link;           ///< "-": on standard input
    FriendnetSettings settings; ///< without the grid's name
    bool noWait = false;
};

struct InviteCommand
{
    enum class Action { Create, List, Show, Approve, Deny, Cancel };
    Action action = Action::List;
    std::string id;                 ///< all but Create and List
    control::InviteRequest request; ///< Create
};

struct MemberCommand
{
    enum class Action { List, Show, Change, Revoke };
    Action action = Action::List;
    std::string name;             ///< all but List
    control::MemberChange change; ///< Change
};

/// Into how many shares new files go, and to whom; the wishes about single members are
/// MemberCommand's.
struct PlacementCommand
{
    enum class Action { Show, ShowEncoding, ChooseEncoding };
    Action action = Action::Show;
    std::optional<control::EncodingChoice> choice; ///< ChooseEncoding; absent: automatic
};

/// A read link for a member, or to be copied.
struct ShareCommand
{
    std::string remote;
    std::string member; ///< empty: print the link
    std::string name;   ///< for the member; empty: as here
};

/// Links that members gave.
struct InboxCommand
{
    enum class Action { List, Show, Take, Drop };
    Action action = Action::List;
    std::string id;     ///< all but List
    std::string remote; ///< Take: where it goes; empty: below tahoe:, as the giver called it
};

/// This node as a relay for members out of reach.
struct RelayCommand
{
    enum class Action { Status, On, Off } action = Action::Status;
    std::optional<std::uint64_t> budget; ///< bytes a month
};

/// Programs that store on the node's disk without being members.
struct ClientCommand
{
    enum class Action { Add, List, Show, Limit, Revoke };
    Action action = Action::List;
    control::ClientRequest request; ///< the name: all but List; the limit: Add, Limit
};

using Command =
    std::variant<PutCommand, GetCommand, CheckCommand, DeepCheckCommand, StatusCommand,
                 MkdirCommand, AddAliasCommand, CreateAliasCommand, ListAliasesCommand,
                 RemoveAliasCommand, LsCommand, UnlinkCommand, MoveCommand, WebopenCommand,
                 ManifestCommand, StatsCommand, CopyCommand, BackupCommand, ImportTahoeCommand,
                 CreateGatewayCommand, CreateStorageCommand, CreateIntroducerCommand,
                 CompletionCommand, GridManagerCommand, DoctorCommand, DrainCheckCommand,
                 NodeInitCommand, NodeStartCommand, NodeStatusCommand, NodeDoctorCommand,
                 NodeTransfersCommand, NodeLeaveCommand, JoinCommand, InviteCommand, MemberCommand,
                 PlacementCommand, ShareCommand, InboxCommand, ClientCommand, RelayCommand>;

struct Options
{
    GatewayChoice gateway;
    std::string directoryCap; ///< --dir-cap: what `tahoe:` means instead; empty: the alias
    bool json = false;
    bool quiet = false;    ///< nothing on standard output, no progress, only errors
    bool progress = false; ///< lines of progress also where there is no terminal
    Command command;
};

/// Nothing to run: help, version, or a mistake.
struct Stop
{
    int exitCode = kOk;
    bool isHelp = false; ///< for stdout, else a mistake
    bool json = false;   ///< how to tell of the mistake
    std::string text;
};

/// \param arguments           without the program's name.
/// \param environmentState    value of TARN_STATE; empty if unset.
std::variant<Options, Stop> parseOptions(std::vector<std::string> arguments,
                                         const std::string& environmentState);

/// All options and subcommands, for completions.
CommandShape programShape();

} // namespace tarn::gateway::cli
