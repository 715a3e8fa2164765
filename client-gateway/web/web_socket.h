// web_socket: the frames of a WebSocket connection, as its server. Pure. Source: RFC 6455.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/net/http_message.h"

#include <optional>
#include <string>
#include <string_view>

namespace tarn::gateway::web {

/// The Sec-WebSocket-Accept of a request for version 13.
/// \return InvalidInput: it is none.
Result<std::string> acceptWebSocket(const net::RequestHead& head);

enum class WebSocketOpcode : std::uint8_t {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
};

/// A whole message in one frame, not masked.
Bytes webSocketFrame(WebSocketOpcode opcode, ByteView payload);

struct WebSocketFrame
{
    WebSocketOpcode opcode = WebSocketOpcode::Text;
    Bytes payload; ///< unmasked
};

/// Reads what a client sends.
class WebSocketReader
{
public:
    /// Longer ones are refused: who streams to clients is told little by them.
    static constexpr std::uint64_t kLongestPayload = 64 * 1024;

    void feed(ByteView bytes) { append(m_buffered, bytes); }
    /// \return the next whole frame, or nothing as yet.
    ///         InvalidInput: not masked, too long, of an unknown kind.
    Result<std::optional<WebSocketFrame>> next();

private:
    Bytes m_buffered;
};

} // namespace tarn::gateway::web
