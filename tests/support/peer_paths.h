// peer_paths: every way in which a pool reaches a peer, for suites that must pass over all:
// TCP, AF_UNIX, reversed, through SOCKS5 and HTTP CONNECT, and with the path replaced again and
// again in the middle of transfers.
#pragma once

#include "core/net/connection_pool.h"
#include "core/net/http_server.h"
#include "tests/support/engine.h"

#include <memory>
#include <string>
#include <vector>

namespace tarn::test {

/// A peer that serves `handler`, and a pool that reaches it. Ends with the object.
class ReachedPeer
{
public:
    virtual ~ReachedPeer() = default;
    virtual net::ConnectionPool& pool() = 0;
    net::PeerKey key() const;
    /// What its NURL says; the pool knows it already.
    virtual net::Location location() const = 0;
    /// How often requests have met another path so far.
    virtual unsigned pathChanges() const { return 0; }
};

struct PeerPath
{
    std::string name;
    /// Sockets of the kernel's TCP: Engine::runReal; the others run in virtual time.
    bool kernelTcp = false;
    /// `engine` and `handler` outlive the peer.
    std::unique_ptr<ReachedPeer> (*make)(Engine& engine, net::HttpHandler& handler) = nullptr;
};

std::vector<PeerPath> allPeerPaths();

/// Runs `work` as the path needs it.
template <class T>
std::optional<T> runOver(const PeerPath& path, Engine& engine, asio::awaitable<T> work)
{
    return path.kernelTcp ? engine.runReal(std::move(work)) : engine.run(std::move(work));
}

} // namespace tarn::test
