#include "client-gateway/web/web_socket.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::web;

namespace {

net::RequestHead handshake()
{
    net::RequestHead head;
    head.method = "GET";
    head.headers = {{"Host", "h"},
                    {"Upgrade", "websocket"},
                    {"Connection", "keep-alive, Upgrade"},
                    {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                    {"Sec-WebSocket-Version", "13"}};
    return head;
}

/// As a client sends it.
Bytes masked(WebSocketOpcode opcode, ByteView payload, ByteView mask)
{
    Bytes out = webSocketFrame(opcode, payload);
    const std::size_t head = out.size() - payload.size();
    out[1] |= std::byte{0x80};
    Bytes all = toBytes(ByteView(out).first(head));
    append(all, mask);
    for (std::size_t i = 0; i < payload.size(); ++i)
        all.push_back(payload[i] ^ mask[i % 4]);
    return all;
}

const ByteView kMask = asBytes("mask");

} // namespace

class TestWebSocket final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void acceptsTheHandshakeOfRfc6455()
    {
        const Result<std::string> accept = acceptWebSocket(handshake());
        QVERIFY(accept);
        QCOMPARE(*accept, std::string("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    }
    void refusesOtherHandshakes()
    {
        for (const auto& [name, value] :
             {std::pair("Upgrade", "h2c"), std::pair("Connection", "close"),
              std::pair("Sec-WebSocket-Key", "dGhlIHNhbXBsZQ=="),
              std::pair("Sec-WebSocket-Key", "not base64"), std::pair("Sec-WebSocket-Version", "8"),
              std::pair("Sec-WebSocket-Version", "")}) {
            net::RequestHead head = handshake();
            head.headers.set(name, value);
            QCOMPARE(acceptWebSocket(head).error().code(), ErrorCode::InvalidInput);
        }
        net::RequestHead none;
        QVERIFY(!acceptWebSocket(none));
    }
    void framesHaveTheBytesOfRfc6455()
    {
        QCOMPARE(toHex(webSocketFrame(WebSocketOpcode::Text, asBytes("Hello"))),
                 std::string("810548656c6c6f"));
        QCOMPARE(toHex(ByteView(webSocketFrame(WebSocketOpcode::Binary, Bytes(256))).first(4)),
                 std::string("827e0100"));
        QCOMPARE(toHex(ByteView(webSocketFrame(WebSocketOpcode::Binary, Bytes(65536))).first(10)),
                 std::string("827f0000000000010000"));
    }
    void readsFramesInAnyPieces()
    {
        QVERIFY(test::forAll(200, [](test::SeededRandom& random) {
            std::vector<WebSocketFrame> sent;
            Bytes stream;
            for (std::uint64_t count = random.between(1, 5); count > 0; --count) {
                WebSocketFrame frame;
                const bool control = random.below(2) == 0;
                frame.opcode = control ? WebSocketOpcode::Ping : WebSocketOpcode::Text;
                frame.payload = random.bytesBetween(0, control ? 125 : 70'000 / count);
                if (frame.payload.size() > WebSocketReader::kLongestPayload)
                    frame.payload.resize(100);
                append(stream, masked(frame.opcode, frame.payload, random.bytesBetween(4, 4)));
                sent.push_back(std::move(frame));
            }
            WebSocketReader reader;
            std::size_t got = 0;
            for (ByteView rest = stream; !rest.empty();) {
                const auto size = static_cast<std::size_t>(
                    random.between(1, std::min<std::size_t>(rest.size(), 9000)));
                reader.feed(rest.first(size));
                rest = rest.subspan(size);
                for (;;) {
                    const auto frame = reader.next();
                    if (!frame) return false;
                    if (!*frame) break;
                    if (got == sent.size() || (*frame)->opcode != sent[got].opcode ||
                        (*frame)->payload != sent[got].payload)
                        return false;
                    ++got;
                }
            }
            return got == sent.size();
        }));
    }
    void refusesWhatNoClientSends()
    {
        const auto refuses = [](Bytes bytes) {
            WebSocketReader reader;
            reader.feed(bytes);
            const auto frame = reader.next();
            return !frame && frame.error().code() == ErrorCode::InvalidInput;
        };
        QVERIFY(refuses(webSocketFrame(WebSocketOpcode::Text, asBytes("not masked"))));
        QVERIFY(refuses(masked(WebSocketOpcode::Ping, Bytes(126), kMask)));
        QVERIFY(refuses(masked(WebSocketOpcode::Text, Bytes(65'537), kMask)));
        QVERIFY(refuses(masked(static_cast<WebSocketOpcode>(3), asBytes("x"), kMask)));
        Bytes extended = masked(WebSocketOpcode::Text, asBytes("x"), kMask);
        extended[0] |= std::byte{0x40};
        QVERIFY(refuses(extended));
        Bytes inPieces = masked(WebSocketOpcode::Ping, asBytes("x"), kMask);
        inPieces[0] &= std::byte{0x7f};
        QVERIFY(refuses(inPieces));
        QVERIFY(!refuses(masked(WebSocketOpcode::Close, {}, kMask)));
    }
};

QTEST_GUILESS_MAIN(TestWebSocket)
#include "test_web_socket.moc"
