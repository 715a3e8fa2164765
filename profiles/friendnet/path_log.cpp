#include "profiles/friendnet/path_log.h"

#include <algorithm>
#include <array>

namespace tarn::profiles {

namespace {

constexpr std::array<std::string_view, 4> kResults{"works", "failed", "somebody else", "outrun"};

bool isDialled(WayClass way)
{
    return way <= WayClass::Mapped;
}

bool any(const PeerPaths& paths, TryResult result)
{
    return std::any_of(paths.tries.begin(), paths.tries.end(),
                       [result](const PathTry& one) { return one.result == result; });
}

std::string stepWithout(const PeerPaths& paths)
{
    if (paths.tries.empty())
        return "it has told no address that this node may connect to: have its owner run `tarn "
               "node "
               "doctor` there";
    if (any(paths, TryResult::Stranger) && !any(paths, TryResult::Failed))
        return "another machine answers at its address: have its owner run `tarn node doctor` "
               "there";
    return "see that its machine is on and online; if it is, switch on UPnP or forward the node's "
           "port at its router";
}

} // namespace

std::string_view nameOf(TryResult result)
{
    return kResults.at(static_cast<std::size_t>(result));
}

void PathLog::note(const net::PeerKey& peer, PathTry tried)
{
    PeerPaths& paths = m_peers[peer];
    const auto same = [&tried](const PathTry& known) {
        return known.place == tried.place && (known.way == tried.way || !known.place.empty());
    };
    std::erase_if(paths.tries, same);
    if (paths.tries.size() >= kMostTries) {
        const auto oldest =
            std::min_element(paths.tries.begin(), paths.tries.end(),
                             [](const PathTry& a, const PathTry& b) { return a.at < b.at; });
        paths.tries.erase(oldest);
    }
    const auto place = std::find_if(paths.tries.begin(), paths.tries.end(),
                                    [&tried](const PathTry& one) { return one.way > tried.way; });
    paths.tries.insert(place, std::move(tried));
}

void PathLog::use(const net::PeerKey& peer, PathTry path)
{
    m_peers[peer].current = std::move(path);
}

void PathLog::lost(const net::PeerKey& peer)
{
    const auto at = m_peers.find(peer);
    if (at != m_peers.end()) at->second.current.reset();
}

PeerPaths PathLog::of(const net::PeerKey& peer) const
{
    const auto at = m_peers.find(peer);
    return at != m_peers.end() ? at->second : PeerPaths();
}

void PathLog::keepOnly(const std::vector<net::PeerKey>& keep)
{
    std::erase_if(m_peers, [&keep](const auto& one) {
        return std::find(keep.begin(), keep.end(), one.first) == keep.end();
    });
}

std::string stepFor(const PeerPaths& paths)
{
    if (!paths.current) return stepWithout(paths);
    if (isDialled(paths.current->way)) return {};
    if (paths.current->way == WayClass::Relayed)
        return "its bytes go through a relay: switch on UPnP or forward the node's port at either "
               "router, here or there, to be quicker";
    return "switch on UPnP or forward the node's port at its router, so that it can be connected "
           "to "
           "directly";
}

} // namespace tarn::profiles
