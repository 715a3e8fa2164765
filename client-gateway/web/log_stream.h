// log_stream: /private/logs/v1, the lines of the log over WebSockets, each a text message of the
// JSON that `[log] format = "json"` prints.
#pragma once

#include "core/base/clock.h"
#include "core/net/http_server.h"

#include <memory>
#include <string>
#include <vector>

namespace tarn::gateway::web {

/// All that are open. Engine thread; outlives those whom it serves.
class LogStreams
{
public:
    static constexpr Duration kPingEvery = std::chrono::seconds(30);
    /// Without a word from the client, not even an answer to a ping.
    static constexpr Duration kLongestSilence = std::chrono::seconds(90);
    /// For 64 KiB of lines to leave.
    static constexpr Duration kLongestWrite = std::chrono::seconds(30);
    /// For the last words at a stop.
    static constexpr Duration kLongestGoodbye = std::chrono::seconds(1);

    explicit LogStreams(Clock& clock) : m_clock(clock) {}

    /// Until the client or end() ends it. A client that reads too slowly misses lines, and is told
    /// how many; one that reads nothing is dropped.
    /// \param accept  of acceptWebSocket().
    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange, std::string accept);
    /// Says goodbye to everybody, and to who comes later. Before a stop: an upgraded connection is
    /// never at the end of a request.
    void end();

private:
    struct Stream;

    Clock& m_clock;
    bool m_ending = false;
    std::vector<std::weak_ptr<Stream>> m_streams; ///< some of them gone
};

} // namespace tarn::gateway::web
