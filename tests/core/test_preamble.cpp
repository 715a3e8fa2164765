#include "core/net/preamble.h"
#include "tests/support/fake_clock.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;
using net::Preamble;
using net::PreambleMode;

class TestPreamble final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void hasTheDocumentedBytes()
    {
        Preamble preamble;
        preamble.mode = PreambleMode::RelayData;
        preamble.ticket.mutableView()[0] = std::byte{0xab};
        QCOMPARE(toHex(net::formatPreamble(preamble)),
                 std::string("5461726e0d0a1a000102ab000000000000000000000000000000"));
    }
    void roundTrips()
    {
        QVERIFY(test::forAll(200, [](test::SeededRandom& random) {
            Preamble preamble;
            preamble.mode = static_cast<PreambleMode>(random.between(1, 3));
            random.fill(preamble.ticket.mutableView());
            const auto back = net::parsePreamble(net::formatPreamble(preamble));
            return back && back->mode == preamble.mode && back->ticket == preamble.ticket;
        }));
    }
    void everyChangedByteIsRefusedOrAnotherPreamble()
    {
        const auto good = net::formatPreamble(Preamble{});
        for (std::size_t i = 0; i < 10; ++i) {
            auto bad = good;
            bad.at(i) ^= std::byte{0x40};
            QVERIFY(!net::parsePreamble(bad));
        }
        QCOMPARE(net::parsePreamble(ByteView(good).first(25)).error().code(),
                 ErrorCode::InvalidInput);
        auto version = good;
        version[8] = std::byte{2};
        QCOMPARE(net::parsePreamble(version).error().code(), ErrorCode::Unsupported);
        auto mode = good;
        mode[9] = std::byte{0};
        QCOMPARE(net::parsePreamble(mode).error().code(), ErrorCode::Unsupported);
    }
    void ticketsAreGoodOnce()
    {
        test::FakeClock clock;
        test::SeededRandom random(1);
        net::TicketRegistry registry(clock, random);
        const auto ticket = registry.expect(PreambleMode::Reverse, 10s, [](net::Stream) {});
        QVERIFY(ticket);
        Preamble preamble;
        preamble.ticket = *ticket;
        preamble.mode = PreambleMode::Punched;
        QCOMPARE(registry.redeem(preamble).error().code(), ErrorCode::NotFound);
        preamble.mode = PreambleMode::Reverse;
        QVERIFY(registry.redeem(preamble));
        QCOMPARE(registry.redeem(preamble).error().code(), ErrorCode::NotFound);
        QCOMPARE(registry.open(), std::size_t{0});
    }
    void ticketsExpireAndAreForgotten()
    {
        test::FakeClock clock;
        test::SeededRandom random(1);
        net::TicketRegistry registry(clock, random, 2);
        Preamble preamble;
        preamble.ticket = *registry.expect(PreambleMode::Reverse, 10s, [](net::Stream) {});
        const auto second = registry.expect(PreambleMode::Reverse, 20s, [](net::Stream) {});
        QCOMPARE(registry.expect(PreambleMode::Reverse, 10s, [](net::Stream) {}).error().code(),
                 ErrorCode::NoSpace);
        registry.forget(*second);
        QCOMPARE(registry.open(), std::size_t{1});
        QVERIFY(registry.expect(PreambleMode::Reverse, 10s, [](net::Stream) {}));
        clock.advance(10s);
        QCOMPARE(registry.redeem(preamble).error().code(), ErrorCode::NotFound);
        QVERIFY(registry.expect(PreambleMode::Reverse, 10s, [](net::Stream) {}));
        QVERIFY(registry.expect(PreambleMode::Reverse, 10s, [](net::Stream) {}));
    }
};

QTEST_GUILESS_MAIN(TestPreamble)
#include "test_preamble.moc"
