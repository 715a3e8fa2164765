#include "client-gateway/web/web_socket.h"

#include "client-gateway/web/arguments.h"
#include "core/codec/base64.h"
#include "core/crypto/sha1.h"

namespace tarn::gateway::web {

namespace {

constexpr std::string_view kMagic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t kMaskSize = 4;

Error badFrame(std::string why)
{
    return Error(ErrorCode::InvalidInput, "a WebSocket frame " + std::move(why));
}

/// Whether a header that is a list has the word.
bool lists(const net::RequestHead& head, std::string_view name, std::string_view word)
{
    for (std::string_view value : head.headers.all(name)) {
        while (!value.empty()) {
            const std::size_t comma = std::min(value.find(','), value.size());
            if (equalIgnoringCase(trim(value.substr(0, comma)), word)) return true;
            value.remove_prefix(std::min(comma + 1, value.size()));
        }
    }
    return false;
}

bool isControl(WebSocketOpcode opcode)
{
    return static_cast<unsigned>(opcode) >= 8;
}

bool isKnown(unsigned opcode)
{
    return opcode <= 2 || (opcode >= 8 && opcode <= 10);
}

} // namespace

Result<std::string> acceptWebSocket(const net::RequestHead& head)
{
    const std::string* key = head.headers.find("Sec-WebSocket-Key");
    const std::string* version = head.headers.find("Sec-WebSocket-Version");
    if (!lists(head, "Upgrade", "websocket") || !lists(head, "Connection", "upgrade") || !key ||
        !version || trim(*version) != "13")
        return Error(ErrorCode::InvalidInput, "this is a WebSocket of version 13");
    const std::string_view text = trim(*key);
    const Result<Bytes> nonce = codec::decodeBase64(text);
    if (!nonce || nonce->size() != 16)
        return Error(ErrorCode::InvalidInput, "Sec-WebSocket-Key is not 16 bytes in base64");
    return codec::encodeBase64(crypto::sha1(asBytes(text), asBytes(kMagic)).view());
}

Bytes webSocketFrame(WebSocketOpcode opcode, ByteView payload)
{
    Bytes out;
    out.reserve(payload.size() + 10);
    out.push_back(static_cast<std::byte>(0x80U | static_cast<unsigned>(opcode)));
    if (payload.size() < 126) {
        out.push_back(static_cast<std::byte>(payload.size()));
    } else if (payload.size() < 65536) {
        out.push_back(std::byte{126});
        appendBig<std::uint16_t>(out, static_cast<std::uint16_t>(payload.size()));
    } else {
        out.push_back(std::byte{127});
        appendBig<std::uint64_t>(out, payload.size());
    }
    append(out, payload);
    return out;
}

Result<std::optional<WebSocketFrame>> WebSocketReader::next()
{
    const ByteView all = m_buffered;
    if (all.size() < 2) return std::optional<WebSocketFrame>();
    const auto first = std::to_integer<unsigned>(all[0]);
    const auto second = std::to_integer<unsigned>(all[1]);
    if ((first & 0x70U) != 0) return badFrame("uses an extension that was not agreed on");
    if (!isKnown(first & 0x0fU)) return badFrame("is of an unknown kind");
    if ((second & 0x80U) == 0) return badFrame("is not masked");
    WebSocketFrame frame;
    frame.opcode = static_cast<WebSocketOpcode>(first & 0x0fU);
    std::uint64_t size = second & 0x7fU;
    if (isControl(frame.opcode) && (size > 125 || (first & 0x80U) == 0))
        return badFrame("of control is longer than 125 bytes or in pieces");
    std::size_t at = 2;
    if (size == 126) {
        if (all.size() < 4) return std::optional<WebSocketFrame>();
        size = loadBig<std::uint16_t>(all, 2);
        at = 4;
    } else if (size == 127) {
        if (all.size() < 10) return std::optional<WebSocketFrame>();
        size = loadBig<std::uint64_t>(all, 2);
        at = 10;
    }
    if (size > kLongestPayload) return badFrame("is longer than 64 KiB");
    const auto length = static_cast<std::size_t>(size);
    if (all.size() < at + kMaskSize + length) return std::optional<WebSocketFrame>();
    const ByteView mask = all.subspan(at, kMaskSize);
    frame.payload = toBytes(all.subspan(at + kMaskSize, length));
    for (std::size_t i = 0; i < length; ++i)
        frame.payload[i] ^= mask[i % kMaskSize];
    m_buffered = toBytes(all.subspan(at + kMaskSize + length));
    return std::optional<WebSocketFrame>(std::move(frame));
}

} // namespace tarn::gateway::web
