// connection_values: how a node reaches others and is reached, as people see it. Values of
// node_control.h. Source: core/doc/protocol/control.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarn::control {

/// What a member has signed about an address.
struct ProofView
{
    bool reached = false;
    std::int64_t at = 0;  ///< Unix seconds
    std::string observer; ///< "v0-..."
    friend bool operator==(const ProofView&, const ProofView&) = default;
};

/// Where this node may be found.
struct AddressView
{
    std::string location; ///< "tcp:192.0.2.1:41001"
    std::string kind;     ///< "same host", "lan", "direct", "mapped"
    std::string origin;   ///< "entered", "interface", "router", "seen by a member"
    bool told = false;    ///< members are
    std::string reason;   ///< why not
    std::optional<ProofView> proof;
    friend bool operator==(const AddressView&, const AddressView&) = default;
};

/// What the router does for this node.
struct RouterView
{
    std::string state;    ///< "off", "looking", "open", "none", "failed"
    std::string protocol; ///< "UPnP", "NAT-PMP", "PCP"; where it is open
    std::string address;  ///< "198.51.100.7:41001"; the same
    std::string reason;   ///< for people
    friend bool operator==(const RouterView&, const RouterView&) = default;
};

/// One way to a member, as it was tried last.
struct PathView
{
    std::string kind;   ///< as AddressView; "reversed", "punched", "relayed"
    std::string place;  ///< empty: the way has none
    std::string result; ///< "works", "failed", "somebody else", "outrun"
    std::int64_t at = 0;
    std::int64_t took = 0; ///< milliseconds
    std::string reason;    ///< for people
    friend bool operator==(const PathView&, const PathView&) = default;
};

struct PeerPathsView
{
    std::string name; ///< hostile
    std::string key;  ///< "v0-..."
    bool online = false;
    std::string kind;  ///< of the path in use; "in": only it comes; empty: none
    std::string place; ///< the same
    std::vector<PathView> paths;
    std::string step; ///< what a person can do; empty: nothing
    friend bool operator==(const PeerPathsView&, const PeerPathsView&) = default;
};

struct ConnectionView
{
    bool looks = true; ///< false: nothing is found out, whatever the three below say
    bool interfaces = true;
    bool mapping = true;
    bool seen = true;
    bool punching = true;
    std::vector<AddressView> addresses;
    RouterView router;
    std::string unproven; ///< why no member has said whether it reaches this node; empty: one has
    std::vector<PeerPathsView> peers;
    friend bool operator==(const ConnectionView&, const ConnectionView&) = default;
};

} // namespace tarn::control
