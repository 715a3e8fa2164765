#include "introducer/relay/relay_book.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::relay;
using namespace std::chrono_literals;

namespace {

const WallTime kNovember{std::chrono::seconds(1'795'000'000)}; // 2026-11-18
const WallTime kDecember = kNovember + std::chrono::hours(24 * 20);

RelaySource from(const std::string& name)
{
    RelaySource out;
    out.name = name;
    return out;
}

} // namespace

class TestRelayBook final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aMonthIsUsedUpAndAnotherBegins()
    {
        RelayBook book;
        RelayLimits limits;
        limits.monthBytes = 1000;
        book.setLimits(limits);
        QVERIFY(book.begin(from("bob"), kNovember));
        QVERIFY(book.carried(from("bob"), 999, 999, kNovember));
        QVERIFY(!book.carried(from("bob"), 1, 1000, kNovember));
        book.end(from("bob"));
        QCOMPARE(book.begin(from("carol"), kNovember).error().code(), ErrorCode::NoSpace);
        QCOMPARE(book.month(), std::string("2026-11"));
        QCOMPARE(book.monthBytes(kDecember), std::uint64_t(0));
        QVERIFY(book.begin(from("carol"), kDecember));
        QCOMPARE(book.month(), std::string("2026-12"));
        QCOMPARE(book.counts().refused, std::uint64_t(1));
        QCOMPARE(book.counts().cut, std::uint64_t(1));
    }
    void oneNodeDoesNotUseUpAllOthers()
    {
        RelayBook book;
        RelayLimits limits;
        limits.sourceMonthBytes = 100;
        limits.streams = 3;
        limits.sourceStreams = 2;
        book.setLimits(limits);
        QVERIFY(book.begin(from("bob"), kNovember));
        QVERIFY(book.begin(from("bob"), kNovember));
        QVERIFY(!book.begin(from("bob"), kNovember));
        QVERIFY(!book.carried(from("bob"), 100, 100, kNovember));
        book.end(from("bob"));
        QVERIFY(!book.begin(from("bob"), kNovember));
        QVERIFY(book.begin(from("carol"), kNovember));
        QVERIFY(book.begin(from("dave"), kNovember));
        QVERIFY(!book.begin(from("erin"), kNovember));
    }
    void survivesAStart()
    {
        RelayBook book;
        QVERIFY(book.begin(from("bob"), kNovember));
        QVERIFY(book.carried(from("bob"), 4711, 4711, kNovember));
        RelayBook next;
        QVERIFY(next.decode(book.encode()));
        QCOMPARE(next.monthBytes(kNovember), std::uint64_t(4711));
        QCOMPARE(next.encode(), book.encode());
        QCOMPARE(next.streams(), 0U);
        for (const char* bad : {"", "[]", "{}", "{\"month\":1,\"bytes\":1,\"sources\":{}}",
                                "{\"month\":\"2026-11\",\"bytes\":-1,\"sources\":{}}",
                                "{\"month\":\"2026-11\",\"bytes\":1,\"sources\":{\"a\":\"b\"}}"})
            QVERIFY(!next.decode(bad));
        QCOMPARE(next.monthBytes(kNovember), std::uint64_t(4711));
    }
    void aMonthKnowsOnlySoManyByName()
    {
        RelayBook book;
        for (unsigned i = 0; i < kMostSources + 100; ++i) {
            const RelaySource source = from(std::to_string(i));
            QVERIFY(book.begin(source, kNovember));
            QVERIFY(book.carried(source, 1, 1, kNovember));
            book.end(source);
        }
        QCOMPARE(book.monthBytes(kNovember), std::uint64_t(kMostSources + 100));
        QVERIFY(book.encode().size() <= kMaxUsageBytes);
        RelayBook next;
        QVERIFY(next.decode(book.encode()));
    }
};

QTEST_GUILESS_MAIN(TestRelayBook)
#include "test_relay_book.moc"
