// link_values: read links to files and folders that members give each other, as people see them.
// Values of node_control.h. Source: core/doc/protocol/control.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarn::control {

struct LinkView
{
    std::string id;                    ///< 26 characters of base32
    std::string member;                ///< name of who gave it, or has it; hostile
    std::string key;                   ///< "v0-...", of the member
    std::string name;                  ///< what the giver calls it; hostile
    std::string kind;                  ///< "file", "directory"
    std::optional<std::uint64_t> size; ///< bytes of a file, where its capability tells
    std::int64_t time = 0;             ///< Unix seconds: when it came, or was given
    bool sent = false;                 ///< given away; else received
    bool delivered = true;             ///< false: it waits until the member is there
    std::string cap;                   ///< a secret; only of one that is shown by itself
    friend bool operator==(const LinkView&, const LinkView&) = default;
};

struct LinkRequest
{
    std::string cap;  ///< what it can do besides reading stays here
    std::string name; ///< for whom it is given to
    friend bool operator==(const LinkRequest&, const LinkRequest&) = default;
};

/// A program that stores on this node's disk without being a member, such as Tahoe-LAFS.
struct ClientView
{
    std::string name;                   ///< as its owner chose
    std::uint64_t used = 0;             ///< bytes
    std::uint64_t shares = 0;           ///< how many
    std::optional<std::uint64_t> limit; ///< bytes; absent: only the offer
    std::int64_t created = 0;           ///< Unix seconds
    bool revoked = false;
    std::string entry; ///< for its servers.yaml; a secret; only of one that is shown by itself
    friend bool operator==(const ClientView&, const ClientView&) = default;
};

struct ClientRequest
{
    std::string name; ///< 1 to 64 of letters, digits and ". _ - @"; a new one's
    std::optional<std::uint64_t> limit;
    friend bool operator==(const ClientRequest&, const ClientRequest&) = default;
};

} // namespace tarn::control
