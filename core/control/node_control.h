// node_control: all that a person may ask of a node, as values. The node answers on its engine;
// the command line and the panel speak to it over HTTP (control_service.h).
// Source: design.md section 8; core/doc/protocol/control.md.
#pragma once

#include "core/base/result.h"
#include "core/control/connection_values.h"
#include "core/control/encoding_values.h"
#include "core/control/link_values.h"
#include "core/control/member_values.h"
#include "core/control/relay_values.h"
#include "core/control/transfer_values.h"
#include "core/control/watchers.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarn::control {

namespace asio = boost::asio;

/// The group of friends that a node belongs to.
struct GridStatus
{
    std::string name; ///< for people; hostile where somebody else founded the grid
    std::string id;   ///< 26 characters of base32
    std::string root; ///< "v0-...": the founder's key; empty while joining
    bool founder = false;
    std::string membership = "member"; ///< "joining", "waiting", "member", "refused", "gone"
    std::string reason;                ///< why it is not a member yet, or no longer; for people
    friend bool operator==(const GridStatus&, const GridStatus&) = default;
};

/// What this node keeps for the members, its own shares included. Bytes.
struct StorageStatus
{
    std::optional<std::uint64_t> offered; ///< absent: as much as the disk has
    std::optional<std::uint64_t> used;    ///< absent: still being counted
    std::uint64_t available = 0;
    std::string problem; ///< why nothing can be stored; empty: all is well
    friend bool operator==(const StorageStatus&, const StorageStatus&) = default;
};

/// A file some of whose shares wait on this node's own disk.
struct WaitingFile
{
    std::string index;         ///< storage index, base32
    std::uint32_t placed = 0;  ///< distinct shares that members have said they hold
    std::uint32_t waiting = 0; ///< shares
    std::uint32_t needed = 1;
    std::uint32_t total = 1;
    std::int64_t since = 0; ///< Unix seconds
    bool openable = false;  ///< now, from what is here and with members that are there
    bool safe = false;      ///< any one disk may be lost
    friend bool operator==(const WaitingFile&, const WaitingFile&) = default;
};

/// What waits for members to take it.
struct OutboxStatus
{
    std::uint64_t files = 0;
    std::uint64_t shares = 0;
    std::uint64_t bytes = 0;
    std::uint64_t limit = 0;          ///< bytes
    std::string problem;              ///< why nothing moves; empty: all is well
    std::vector<WaitingFile> waiting; ///< the oldest, kMostWaitingFiles at most
    friend bool operator==(const OutboxStatus&, const OutboxStatus&) = default;
};
inline constexpr std::size_t kMostWaitingFiles = 20;

/// How safe the owner's files are, from what was seen when they were last looked at.
struct SafetyStatus
{
    std::optional<std::int64_t> checked; ///< Unix seconds; absent: never
    std::uint64_t files = 0;             ///< and folders
    std::uint64_t unsafe = 0;            ///< lost with the disk of one member
    std::uint64_t missing = 0;           ///< of which too few shares were seen lately
    std::uint64_t unreadable = 0;        ///< could not be looked at, and are not in `files`
    std::uint32_t mayVanish = 0;         ///< any so many members, of all other files
    std::uint32_t members = 0;           ///< who offer storage, this node included
    std::uint64_t repaired = 0;          ///< since this node started
    std::string sentence;                ///< the same for people
    std::string problem;                 ///< why the last look did not end
    friend bool operator==(const SafetyStatus&, const SafetyStatus&) = default;
};

struct NodeStatus
{
    std::string version; ///< of the program
    std::string id;      ///< "v0-..."
    std::string nickname;
    std::int64_t started = 0;           ///< Unix seconds
    std::string listen;                 ///< "0.0.0.0:41001": where peers come in
    std::vector<std::string> locations; ///< "tcp:192.0.2.1:41001": what peers are told
    std::string web;                    ///< "http://127.0.0.1:3456/": the web API
    bool rootDirectory = false;         ///< the directory of one's own files exists
    std::uint32_t servers = 0;          ///< that can be stored on, this node's own included
    GridStatus grid;
    StorageStatus storage;
    OutboxStatus outbox;
    SafetyStatus safety;
    EncodingStatus encoding;
    RelayStatus relay;
    friend bool operator==(const NodeStatus&, const NodeStatus&) = default;
};

/// Engine thread.
class NodeControl
{
public:
    virtual ~NodeControl() = default;

    virtual asio::awaitable<Result<NodeStatus>> status() = 0;

    /// How it reaches others and is reached.
    virtual asio::awaitable<Result<ConnectionView>> connection() = 0;
    /// The same, after every path and every proof was tried anew; takes some 20 s.
    virtual asio::awaitable<Result<ConnectionView>> checkConnection() = 0;

    /// Those that run, newest first, then those that ended lately.
    virtual asio::awaitable<Result<std::vector<TransferView>>> transfers() = 0;

    virtual asio::awaitable<Result<EncodingStatus>> encoding() = 0;
    /// For new files from now on; on disk when it returns. Absent: as follows from the number of
    /// members. \return InvalidInput: no such numbers can be, or there are not so many members.
    ///         Conflict: node.toml has numbers of its own.
    virtual asio::awaitable<Result<EncodingStatus>>
    chooseEncoding(std::optional<EncodingChoice> choice) = 0;

    // Conflict: this node is not a member of its grid yet, or no longer.

    virtual asio::awaitable<Result<std::vector<InviteView>>> invites() = 0;
    /// \param id  26 characters of base32. \return with its link while it is open.  NotFound.
    virtual asio::awaitable<Result<InviteView>> invite(std::string id) = 0;
    /// On disk when it returns. \return InvalidInput, NoSpace, NotFound: no such delegate.
    virtual asio::awaitable<Result<InviteView>> createInvite(InviteRequest request) = 0;
    /// The same. \return NotFound, Conflict: in another state.
    virtual asio::awaitable<Result<InviteView>> decideInvite(std::string id,
                                                             InviteDecision decision) = 0;

    virtual asio::awaitable<Result<std::vector<MemberView>>> members() = 0;
    /// \param name  or key. \return NotFound.
    virtual asio::awaitable<Result<MemberView>> member(std::string name) = 0;
    /// What it may do on this node's disk. \return NotFound, Conflict: that is this node itself.
    virtual asio::awaitable<Result<MemberView>> changeMember(std::string name,
                                                             MemberChange change) = 0;
    /// Ends its membership, for all. \return NotFound.  Unauthorized: it was let in by others.
    virtual asio::awaitable<Result<MemberView>> revokeMember(std::string name) = 0;

    /// A read link for a member: on disk when it returns, delivered as soon as the member is there.
    /// \return NotFound.  InvalidInput: no capability that reads.  Conflict: that is this node
    ///         itself, or the directory of all its files.
    virtual asio::awaitable<Result<LinkView>> shareLink(std::string name, LinkRequest request) = 0;
    /// Those that came, and those that were given; oldest first, without capabilities.
    virtual asio::awaitable<Result<std::vector<LinkView>>> links() = 0;
    /// \return with its capability.  NotFound.
    virtual asio::awaitable<Result<LinkView>> link(std::string id) = 0;
    /// Forgets it; what it leads to stays. \return it as it was.  NotFound.
    virtual asio::awaitable<Result<LinkView>> dropLink(std::string id) = 0;

    /// Programs that are no members and store here, by accounts of their own.
    virtual asio::awaitable<Result<std::vector<ClientView>>> clients() = 0;
    /// \return with its entry for servers.yaml.  NotFound.
    virtual asio::awaitable<Result<ClientView>> client(std::string name) = 0;
    /// \return with its entry.  Conflict: there is one of that name, or this node has no address.
    virtual asio::awaitable<Result<ClientView>> addClient(ClientRequest request) = 0;
    /// \return NotFound.
    virtual asio::awaitable<Result<ClientView>> limitClient(ClientRequest request) = 0;
    /// For good: nobody comes in with its entry any more, and its shares go. \return NotFound.
    virtual asio::awaitable<Result<ClientView>> revokeClient(std::string name) = 0;

    virtual asio::awaitable<Result<RelayStatus>> relay() = 0;
    /// On disk when it returns.
    virtual asio::awaitable<Result<RelayStatus>> chooseRelay(RelayChoice choice) = 0;

    /// Ends this node's own membership, for good. \return Conflict: it is no member.
    virtual asio::awaitable<Result<NodeStatus>> leave() = 0;

    /// \param onChange  told on the engine what is worth asking for again; only takes note.
    virtual Subscription watch(OnChange onChange) = 0;
};

} // namespace tarn::control
