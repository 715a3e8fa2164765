// member_values: who belongs to a node's grid, and who is invited to it, as people see them. Values
// of node_control.h. Source: design.md section 7; core/doc/protocol/control.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarn::control {

/// Who wants to come in with an invite, or did.
struct ClaimView
{
    std::string node;     ///< "v0-..."
    std::string nickname; ///< hostile
    std::int64_t time = 0;
    friend bool operator==(const ClaimView&, const ClaimView&) = default;
};

struct InviteView
{
    std::string id;    ///< 26 characters of base32
    std::string state; ///< "live", "claimed", "joined", "expired", "cancelled", "denied", "burned"
    std::string inviter;     ///< "v0-..."
    bool mine = true;        ///< else this node is its delegate
    std::string note;        ///< for whom
    std::string role;        ///< "friend", "guest"
    std::uint32_t depth = 0; ///< how many generations may follow
    std::uint64_t quota = 0; ///< bytes on each server; 0: as each owner likes
    bool preApproved = false;
    std::optional<std::string> delegate; ///< "v0-..."
    std::int64_t created = 0;            ///< Unix seconds
    std::int64_t expires = 0;            ///< the same
    std::optional<ClaimView> claim;
    std::string link; ///< a secret; only of one that was just made, or is shown by itself, and open
    friend bool operator==(const InviteView&, const InviteView&) = default;
};

struct InviteRequest
{
    std::string note;
    std::int64_t lifeSeconds = 7 * 86'400;
    std::uint64_t quota = 0;
    bool preApproved = false;
    std::string role = "friend";
    std::optional<std::uint32_t> depth; ///< absent: as fits
    std::string delegate;               ///< a member's name or key; empty: nobody
    friend bool operator==(const InviteRequest&, const InviteRequest&) = default;
};

enum class InviteDecision { Approve, Deny, Cancel };

struct MemberView
{
    std::string name; ///< unique in the grid; hostile
    std::string key;  ///< "v0-..."
    bool self = false;
    bool founder = false;
    std::string standing; ///< "live", "expired", "departed", "duplicate", "revoked"
    std::string role;     ///< "friend", "guest"
    std::uint32_t depth = 0;
    std::string invitedBy;     ///< key; of the founder: its own
    std::int64_t admitted = 0; ///< Unix seconds, as all times here
    std::int64_t until = 0;    ///< end of the certificate; 0: none counts
    bool online = false;
    std::string path;                        ///< how it is reached; empty: it is not
    std::string reason;                      ///< why that way, and not directly; empty: no reason
    std::optional<std::int64_t> lastSeen;    ///< absent: never
    std::uint64_t usesOfMine = 0;            ///< bytes of its shares here
    std::optional<std::uint64_t> iUse;       ///< bytes of this node's shares there, as it says
    std::optional<std::uint64_t> saysItUses; ///< of usesOfMine, as it says; absent: it has not
    std::optional<bool> agrees;         ///< it says what it was told; absent: neither has asked yet
    std::optional<std::uint64_t> limit; ///< bytes here; absent: none of its own
    std::optional<std::uint64_t> myLimit; ///< bytes there, as it says; absent: none, or not known
    bool mayRead = true;                  ///< here, as the three below
    bool mayWrite = true;
    bool keepShares = true;
    bool use = true;       ///< this node stores new shares with it
    std::string household; ///< shares a fate with others of that name; empty: stands alone
    friend bool operator==(const MemberView&, const MemberView&) = default;
};

/// What an owner decides about one member. What is absent stays as it is.
struct MemberChange
{
    bool setsLimit = false;
    std::optional<std::uint64_t> limit; ///< absent, while setsLimit: none
    std::optional<bool> read;
    std::optional<bool> write;
    std::optional<bool> keep;
    std::optional<bool> use;
    std::optional<std::string> household;
    friend bool operator==(const MemberChange&, const MemberChange&) = default;
};

} // namespace tarn::control
