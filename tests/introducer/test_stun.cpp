// STUN Binding requests, as bytes and over UDP: one answer, to who asked, and little of it.
#include "introducer/relay/stun_service.h"
#include "tests/support/engine.h"

#include <boost/asio/ip/udp.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;
using asio::ip::udp;

namespace {

Bytes bytes(std::initializer_list<unsigned> values)
{
    Bytes out;
    for (const unsigned value : values)
        out.push_back(static_cast<std::byte>(value));
    return out;
}

const Bytes kCookieAndId = bytes({0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6,
                                  0x86, 0xfa, 0x87, 0xdf, 0xae});

Bytes request(std::size_t padding = 0, bool cookie = true)
{
    Bytes out = bytes({0, 1, static_cast<unsigned>(padding >> 8U), static_cast<unsigned>(padding)});
    append(out, kCookieAndId);
    if (!cookie) out[4] = std::byte{0};
    if (padding == 0) return out;
    append(out, bytes({0x80, 0x22, static_cast<unsigned>((padding - 4) >> 8U),
                       static_cast<unsigned>(padding - 4)})); // SOFTWARE
    out.resize(out.size() + padding - 4);
    return out;
}

/// A service on loopback, and who asks it.
struct Rig
{
    Rig()
    {
        auto opened = relay::StunService::open(engine.executor(), asio::ip::address_v4::loopback(),
                                               0, engine.clock());
        TARN_ASSERT(opened.has_value());
        service = *std::move(opened);
        client.open(udp::v4());
        client.bind(udp::endpoint(asio::ip::address_v4::loopback(), 0));
        client.non_blocking(true);
    }
    ~Rig()
    {
        engine.onEngine([this] { service.reset(); });
    }
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;

    /// \return bytes of answers.
    std::size_t ask(const Bytes& datagram, unsigned times = 1)
    {
        std::size_t out = 0;
        for (unsigned i = 0; i < times; ++i) {
            client.send_to(asio::buffer(datagram),
                           udp::endpoint(asio::ip::address_v4::loopback(), service->port()));
            const auto seen = service->counts().answered + service->counts().dropped;
            for (unsigned turn = 0; turn < 500; ++turn) {
                engine.context().restart();
                engine.context().run_one_for(1ms);
                if (service->counts().answered + service->counts().dropped > seen) break;
            }
            std::array<std::byte, 600> room{};
            boost::system::error_code error;
            const std::size_t size = client.receive(asio::buffer(room), 0, error);
            if (error) continue;
            last.assign(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size));
            out += size;
        }
        return out;
    }

    test::Engine engine;
    std::unique_ptr<relay::StunService> service;
    udp::socket client{engine.context()};
    Bytes last;
};

} // namespace

class TestStun final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    /// The mapped addresses of RFC 5769, 2.2 and 2.3: 192.0.2.1:32853, and one of IPv6.
    void addressesAsInTheVectors()
    {
        const auto parsed = relay::parseStunRequest(request());
        QVERIFY(parsed && parsed->hasCookie);
        const auto four = asio::ip::make_address("192.0.2.1");
        const Bytes answer = relay::stunAnswer(*parsed, four, 32853);
        QCOMPARE(answer.size(), std::size_t(32));
        const Bytes wanted =
            bytes({0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43});
        QVERIFY(equal(ByteView(answer).subspan(20), wanted));
        QVERIFY(equal(ByteView(answer).first(4), bytes({1, 1, 0, 12})));
        QVERIFY(equal(ByteView(answer).subspan(4, 16), kCookieAndId));
        const auto six = asio::ip::make_address("2001:db8:1234:5678:11:2233:4455:6677");
        const Bytes wanted6 =
            bytes({0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa,
                   0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9});
        QVERIFY(equal(ByteView(relay::stunAnswer(*parsed, six, 32853)).subspan(20), wanted6));
        const auto mapped = asio::ip::make_address("::ffff:192.0.2.1");
        QVERIFY(relay::stunAnswer(*parsed, mapped, 32853) == answer);
    }
    void oldRequestsGetOldAnswers()
    {
        const auto parsed = relay::parseStunRequest(request(0, false));
        QVERIFY(parsed && !parsed->hasCookie);
        const auto four = asio::ip::make_address("192.0.2.1");
        const Bytes wanted = bytes({0x00, 0x01, 0x00, 0x08, 0x00, 0x01, 0x80, 0x55, 192, 0, 2, 1});
        QVERIFY(equal(ByteView(relay::stunAnswer(*parsed, four, 32853)).subspan(20), wanted));
    }
    void othersAreRefused()
    {
        Bytes answer = request();
        answer[0] = std::byte{1}; // or two of these would talk for ever
        Bytes long2 = request();
        long2[3] = std::byte{4};
        Bytes cut = request(8);
        cut[23] = std::byte{40};
        Bytes change = request(8);
        change[20] = std::byte{0};
        change[21] = std::byte{3}; // CHANGE-REQUEST: from another address
        for (const Bytes& one : {Bytes(), answer, long2, cut, change, Bytes(600)})
            QVERIFY(!relay::parseStunRequest(one));
    }
    void tellsWhereOneIs()
    {
        Rig rig;
        QCOMPARE(rig.ask(request(12)), std::size_t(32));
        const auto port = static_cast<unsigned>(std::to_integer<unsigned>(rig.last[26]) << 8U |
                                                std::to_integer<unsigned>(rig.last[27])) ^
                          0x2112U;
        QCOMPARE(port, static_cast<unsigned>(rig.client.local_endpoint().port()));
        Bytes answer = request();
        answer[0] = std::byte{1};
        QCOMPARE(rig.ask(answer), std::size_t(0));
    }
    /// Whoever has it send to somebody else gets no more sent than it sends itself.
    void amplifiesNothing()
    {
        Rig rig;
        const std::size_t bytesShort = rig.ask(request(), 500);
        QVERIFY2(bytesShort <= 5 * 32, std::to_string(bytesShort).c_str());
        const std::size_t bytesLong = rig.ask(request(12), 500);
        QVERIFY2(bytesLong <= 50 * 32 && bytesLong > 0, std::to_string(bytesLong).c_str());
        QVERIFY(rig.service->counts().dropped >= 900);
    }
};

QTEST_GUILESS_MAIN(TestStun)
#include "test_stun.moc"
