// shared_links: read links to files and folders that members give each other: those that the owner
// of a node was given, and those it gave. Pure but for the file.
// Source: core/doc/protocol/{control,peers}.md.
//
//   STATE/private/links    {"received": [LINK, ...], "sent": [LINK, ...]}; LINK: {"id", "member":
//                          "v0-...", "name", "cap", "time": Unix seconds, "delivered"}
#pragma once

#include "core/crypto/ed25519.h"
#include "core/node/state_dir.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::node {

inline constexpr std::string_view kSharePath = "/peer/v1/share"; ///< POST
inline constexpr std::string_view kLinksFile = "private/links";
inline constexpr std::size_t kLinkIdBytes = 16;
inline constexpr std::size_t kLongestLinkName = 255; ///< bytes
inline constexpr std::size_t kLongestLinkCap = 1024; ///< bytes
inline constexpr std::size_t kMaxShareBytes = 4096;  ///< of a request
inline constexpr std::size_t kMostReceived = 256;
inline constexpr std::size_t kMostReceivedOfOne = 32; ///< from one member
inline constexpr std::size_t kMostSent = 256;

struct SharedLink
{
    std::string id;                  ///< base32 of 16 bytes, made by who gives it
    crypto::Ed25519PublicKey member; ///< who gave it, or to whom it was given
    std::string name;                ///< what it was called there; hostile
    std::string cap;                 ///< a secret: reads
    std::int64_t time = 0;           ///< Unix seconds: when it came, or was given
    bool delivered = true;           ///< of given ones: the member has it
    friend bool operator==(const SharedLink&, const SharedLink&) = default;
};

/// What both sides hold a link to: an id, a name fit for a directory entry, a read capability.
/// \return InvalidInput, with what is wrong; tells nothing of the capability.
Result<void> checkLink(const SharedLink& link);

/// What goes to a member: {"id", "name", "cap"}.
std::string encodeShare(const SharedLink& link);
/// With neither member nor time. \return InvalidInput: no such JSON, or not as checkLink() has it.
Result<SharedLink> decodeShare(std::string_view text);

/// Oldest first.
class SharedLinks
{
public:
    const std::vector<SharedLink>& received() const { return m_received; }
    const std::vector<SharedLink>& sent() const { return m_sent; }
    /// In either list. Null: none.
    const SharedLink* find(std::string_view id) const;

    /// \return false: this one came before.  NoSpace: too many wait to be looked at.
    Result<bool> receive(SharedLink link);
    /// Forgets the oldest one that was delivered, where there are many.
    /// \return NoSpace: too many wait to be delivered.
    Result<void> send(SharedLink link);
    void noteDelivered(std::string_view id);
    /// \return whether there was one.
    bool drop(std::string_view id);
    /// Drops what those gave who do not belong any more, and what waits for them.
    void dropOfStrangers(const std::function<bool(const crypto::Ed25519PublicKey&)>& belongs);

    friend bool operator==(const SharedLinks&, const SharedLinks&) = default;

private:
    std::vector<SharedLink> m_received;
    std::vector<SharedLink> m_sent;
};

Secret linksText(const SharedLinks& links);
/// \return InvalidInput: not such JSON.
Result<SharedLinks> parseLinks(std::string_view text);
/// A missing file: none. Blocking.
Result<SharedLinks> readLinksBlocking(const StateDir& dir);
/// On disk when it returns. Blocking.
Result<void> writeLinksBlocking(const StateDir& dir, const Secret& text);

} // namespace tarn::node
