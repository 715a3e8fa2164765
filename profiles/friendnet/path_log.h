// path_log: what was tried to reach each peer, what came of it, and what a person can do. Pure, but
// for one owner: engine thread.
#pragma once

#include "core/base/clock.h"
#include "core/net/peer_key.h"
#include "profiles/friendnet/own_addresses.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::profiles {

inline constexpr std::size_t kMostTries = 24; ///< of one peer, the latest

enum class TryResult {
    Worked,
    Failed,
    Stranger, ///< somebody else answered
    Outrun    ///< not finished: another path was quicker
};
/// "works", "failed", "somebody else", "outrun".
std::string_view nameOf(TryResult result);

struct PathTry
{
    WayClass way = WayClass::Direct;
    std::string place; ///< "tcp:192.0.2.1:41001"; empty: the way has none
    TryResult result = TryResult::Failed;
    WallTime at{};
    Duration took{};
    std::string reason; ///< for people; empty where it worked
};

struct PeerPaths
{
    std::optional<PathTry> current; ///< in use, as it was found; absent: none works
    std::vector<PathTry> tries;     ///< the last of each path, best ways first
};

class PathLog
{
public:
    void note(const net::PeerKey& peer, PathTry tried);
    /// It is the one in use now.
    void use(const net::PeerKey& peer, PathTry path);
    /// None of its paths works.
    void lost(const net::PeerKey& peer);
    PeerPaths of(const net::PeerKey& peer) const;
    /// \param keep  whose paths stay.
    void keepOnly(const std::vector<net::PeerKey>& keep);

private:
    std::map<net::PeerKey, PeerPaths> m_peers;
};

/// One step that a person can take to reach a peer, or to reach it better; empty: all is well.
std::string stepFor(const PeerPaths& paths);

} // namespace tarn::profiles
