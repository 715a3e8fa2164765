// transport_pairs: ways to get two connected channels, for suites that must pass over all.
#pragma once

#include "core/net/channel.h"
#include "core/net/stream.h"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tarn::test {

struct ChannelPair
{
    std::unique_ptr<net::Channel> client; ///< speaks HTTP as the client
    std::unique_ptr<net::Channel> server;
};

struct PairMaker
{
    std::string name;
    /// TCP needs Engine::runReal; the others run in virtual time.
    bool kernelTcp = false;
    std::function<asio::awaitable<Result<ChannelPair>>(Clock&)> make;
};

/// Plain and TLS over AF_UNIX and TCP, role-swapped, through SOCKS5 and HTTP CONNECT.
std::vector<PairMaker> allPairMakers();
/// Plain over AF_UNIX: for tests of what runs above.
Result<ChannelPair> makePlainPair(const asio::any_io_executor& executor, Clock& clock);
/// Both handshakes at once; the second stream is the TLS server with sharedIdentity().
asio::awaitable<Result<ChannelPair>> secure(net::Stream client, net::Stream server, Clock& clock);
/// Two connected sockets of the loopback interface.
asio::awaitable<Result<std::pair<net::Stream, net::Stream>>> tcpStreams();

} // namespace tarn::test
