// log_stream: /private/logs/v1, the lines of the log over a WebSocket, each a text message of the
// JSON that `[log] format = "json"` prints.
#pragma once

#include "client-gateway/web/call.h"

namespace tarn::gateway::web {

/// Until the client or the gateway ends it. A client that reads too slowly misses lines, and is
/// told how many.
asio::awaitable<Result<void>> serveLogStream(Call& call);

} // namespace tarn::gateway::web
