#include "profiles/friendnet/peer_signals.h"
#include "profiles/friendnet/punch_address.h"
#include "profiles/friendnet/punch_limits.h"
#include "profiles/friendnet/punch_message.h"

#include <QtCore/QByteArray>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;
using namespace std::chrono_literals;

namespace {

net::Endpoint at(const char* text)
{
    return *net::parseEndpoint(text);
}

PunchTcp tcpSignal()
{
    PunchTcp out;
    out.ticket.mutableView()[0] = std::byte{0xab};
    out.seen = {at("11.22.33.101:3456"), at("[2a01:4f8::7]:3456")};
    return out;
}

PunchIce iceSignal(std::size_t candidates)
{
    PunchIce out;
    out.user = "abcd";
    out.password = std::string(22, 'p');
    for (std::size_t i = 0; i < candidates; ++i) {
        IceCandidate one;
        one.kind = i % 2 == 0 ? IceCandidate::Kind::Own : IceCandidate::Kind::Seen;
        one.address = i % 2 == 0 ? at("192.168.1.2:40000") : at("11.22.33.101:40001");
        one.priority = 2013266431;
        one.foundation = "1";
        out.candidates.push_back(one);
    }
    return out;
}

ErrorCode refusalOf(const PunchSignal& signal)
{
    const Result<PunchSignal> read = decodePunchSignal(encodePunchSignal(signal));
    return read ? ErrorCode::Internal : read.error().code();
}

net::PeerKey peer(std::uint8_t number)
{
    net::PeerKey out;
    out.mutableView()[0] = static_cast<std::byte>(number);
    return out;
}

} // namespace

class TestPunchMessage final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void hasTheDocumentedBytes()
    {
        PunchTcp signal = tcpSignal();
        signal.seen.pop_back();
        QCOMPARE(toHex(encodePunchSignal(signal)),
                 std::string("0801121d0a10ab") + std::string(30, '0') + "12090a040b16216510801b");
    }
    void readsWhatWasWritten()
    {
        const std::vector<PunchSignal> all = {tcpSignal(),
                                              iceSignal(0),
                                              iceSignal(kMostCandidates),
                                              PunchRefusal{PunchRefusalReason::Busy},
                                              PunchRefusal{PunchRefusalReason::NotSeen},
                                              PunchRefusal{PunchRefusalReason::Off}};
        for (const PunchSignal& signal : all) {
            const Bytes bytes = encodePunchSignal(signal);
            QVERIFY(bytes.size() <= kLargestSignal);
            const Result<PunchSignal> read = decodePunchSignal(bytes);
            QVERIFY(read);
            QVERIFY(equal(encodePunchSignal(*read), bytes));
        }
    }
    void theLargestFits()
    {
        PunchIce signal = iceSignal(kMostCandidates);
        signal.user = std::string(64, 'u');
        signal.password = std::string(128, 'p');
        for (IceCandidate& one : signal.candidates) {
            one.address = at("[fd00:1234:5678:9abc:1234:5678:9abc:def0]:65535");
            one.foundation = std::string(32, 'f');
        }
        const Bytes bytes = encodePunchSignal(signal);
        QVERIFY(bytes.size() <= kLargestSignal);
        QVERIFY(decodePunchSignal(bytes));
    }
    void tooMuchIsRefused()
    {
        PunchTcp many = tcpSignal();
        many.seen.assign(kMostSeen + 1, at("11.22.33.101:3456"));
        QCOMPARE(refusalOf(many), ErrorCode::PeerMisbehaved);
        many.seen.clear();
        QCOMPARE(refusalOf(many), ErrorCode::PeerMisbehaved);
        QCOMPARE(refusalOf(iceSignal(kMostCandidates + 1)), ErrorCode::PeerMisbehaved);
        QCOMPARE(decodePunchSignal(zeroBytes(kLargestSignal + 1)).error().code(),
                 ErrorCode::PeerMisbehaved);
        PunchIce hosts = iceSignal(kMostPublicHosts + 1);
        for (std::size_t i = 0; i < hosts.candidates.size(); ++i)
            hosts.candidates[i].address = at(("8.8.8." + std::to_string(i) + ":4000").c_str());
        QCOMPARE(refusalOf(hosts), ErrorCode::PeerMisbehaved);
        PunchIce password = iceSignal(1);
        password.password = "short";
        QCOMPARE(refusalOf(password), ErrorCode::PeerMisbehaved);
        PunchIce user = iceSignal(1);
        user.user = "a b\n";
        QCOMPARE(refusalOf(user), ErrorCode::PeerMisbehaved);
        PunchIce foundation = iceSignal(1);
        foundation.candidates[0].foundation = "";
        QCOMPARE(refusalOf(foundation), ErrorCode::PeerMisbehaved);
        PunchIce priority = iceSignal(1);
        priority.candidates[0].priority = 0;
        QCOMPARE(refusalOf(priority), ErrorCode::PeerMisbehaved);
    }
    void otherVersionsAndKindsAreNotUnderstood()
    {
        for (const char* hex : {"0802", "", "0801"}) {
            const QByteArray raw = QByteArray::fromHex(hex);
            const std::string_view text(raw.constData(), static_cast<std::size_t>(raw.size()));
            QCOMPARE(decodePunchSignal(asBytes(text)).error().code(), ErrorCode::Unsupported);
        }
        QCOMPARE(decodePunchSignal(asBytes("\xff")).error().code(), ErrorCode::PeerMisbehaved);
    }
    void addresses_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("named");
        QTest::addColumn<bool>("sense");
        const auto row = [](const char* text, bool named, bool sense) {
            QTest::newRow(text) << QString(text) << named << sense;
        };
        row("11.22.33.44:3456", true, true);
        row("[2a01:4f8::7]:3456", true, true);
        row("192.168.1.77:3456", true, true);  // the network of this node
        row("192.168.2.77:3456", true, false); // another one
        row("10.0.0.1:3456", true, false);
        row("100.64.0.9:3456", true, false);
        row("[fd00::1:0:0:0:5]:3456", true, true);
        row("[fd00::2:0:0:0:5]:3456", true, false);
        row("127.0.0.1:3456", false, false);
        row("0.0.0.0:3456", false, false);
        row("224.0.0.251:5353", false, false);
        row("255.255.255.255:3456", false, false);
        row("169.254.169.254:3456", false, false);
        row("240.0.0.1:3456", false, false);
        row("11.22.33.44:25", false, false);
        row("11.22.33.44:0", false, false);
        row("[::1]:3456", false, false);
        row("[::]:3456", false, false);
        row("[ff02::1]:3456", false, false);
        row("[fe80::1]:3456", false, false);
        row("[::ffff:127.0.0.1]:3456", false, false);
        row("[2002:7f00:1::1]:3456", false, false);
        row("[2001::1]:3456", false, false);
    }
    void addresses()
    {
        QFETCH(QString, text);
        QFETCH(bool, named);
        QFETCH(bool, sense);
        const net::Endpoint endpoint = at(text.toUtf8().constData());
        const std::vector<net::asio::ip::address> own = {
            net::asio::ip::make_address("192.168.1.2"),
            net::asio::ip::make_address("fd00::1:0:0:0:9")};
        QCOMPARE(mayBeNamed(endpoint), named);
        QCOMPARE(makesSense(endpoint, own), sense);
        PunchTcp signal = tcpSignal();
        signal.seen = {endpoint};
        QCOMPARE(bool(decodePunchSignal(encodePunchSignal(signal))), named);
    }
    void oneAsksSoOften()
    {
        PunchLimits limits;
        TimePoint now{1h};
        unsigned taken = 0;
        for (unsigned i = 0; i < 100; ++i) {
            if (!limits.begin(peer(1), now)) continue;
            ++taken;
            limits.ended(peer(1));
        }
        QCOMPARE(taken, 6U);
        QVERIFY(limits.begin(peer(2), now));
        for (unsigned i = 0; i < 60; ++i) {
            now += 1s;
            if (!limits.begin(peer(1), now)) continue;
            ++taken;
            limits.ended(peer(1));
        }
        QCOMPARE(taken, 12U);
    }
    void soManyRunAtOnce()
    {
        PunchLimits limits;
        const TimePoint now{1h};
        QVERIFY(limits.begin(peer(1), now));
        QVERIFY(limits.begin(peer(1), now));
        QVERIFY(!limits.begin(peer(1), now));
        for (std::uint8_t i = 2; limits.running() < kPunchesAtOnce; ++i)
            QVERIFY(limits.begin(peer(i), now));
        QVERIFY(!limits.begin(peer(100), now));
        limits.ended(peer(1));
        QVERIFY(limits.begin(peer(100), now));
        limits.ended(peer(99)); // it never began
        QCOMPARE(limits.running(), kPunchesAtOnce);
    }
    void allTogetherAskSoOften()
    {
        PunchLimits limits;
        TimePoint now{1h};
        unsigned taken = 0;
        for (unsigned second = 0; second < 10; ++second) {
            for (unsigned i = 0; i < 200; ++i) {
                const net::PeerKey one = peer(static_cast<std::uint8_t>(i));
                if (!limits.begin(one, now)) continue;
                ++taken;
                limits.ended(one);
            }
            now += 1s;
        }
        QCOMPARE(taken, 41U);
    }
};

QTEST_GUILESS_MAIN(TestPunchMessage)
#include "test_punch_message.moc"
