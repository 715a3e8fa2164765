// How long somebody has been waited for, by a node that sleeps itself.
#include "profiles/friendnet/awake_time.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;

namespace {

constexpr WallTime kBegin{std::chrono::seconds(1'800'000'000)};
constexpr Duration kPatience = std::chrono::hours(72);

/// Looks every half minute.
void stayAwake(AwakeTime& time, WallTime from, Duration length)
{
    for (Duration at(0); at <= length; at += std::chrono::seconds(30))
        time.note(from + at);
}

} // namespace

class TestAwakeTime final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void countsWhileItRuns()
    {
        AwakeTime time;
        stayAwake(time, kBegin, std::chrono::hours(71));
        QVERIFY(!time.waitedSince(kPatience, kBegin + std::chrono::hours(71)));
        stayAwake(time, kBegin + std::chrono::hours(71), std::chrono::hours(2));
        const auto since = time.waitedSince(kPatience, kBegin + std::chrono::hours(73));
        QVERIFY(since && *since == kBegin + std::chrono::hours(1));
    }
    void sleepDoesNotCount()
    {
        AwakeTime time;
        WallTime now = kBegin;
        for (unsigned day = 0; day < 9; ++day) { // eight hours of every day
            QVERIFY(!time.waitedSince(kPatience, now));
            stayAwake(time, now, std::chrono::hours(8));
            now += std::chrono::hours(24);
        }
        QVERIFY(!time.waitedSince(kPatience, now)); // nobody can have come yet
        stayAwake(time, now, AwakeTime::kGrace - std::chrono::seconds(30));
        now += AwakeTime::kGrace - std::chrono::seconds(30);
        QVERIFY(!time.waitedSince(kPatience, now));
        stayAwake(time, now, std::chrono::minutes(1));
        const auto since = time.waitedSince(kPatience, now + std::chrono::minutes(1));
        QVERIFY(since && *since >= kBegin && *since < kBegin + std::chrono::hours(1));
    }
    void aClockThatIsSetBackAddsNothing()
    {
        AwakeTime time;
        for (unsigned turn = 0; turn < 10; ++turn)
            stayAwake(time, kBegin, std::chrono::hours(20));
        QVERIFY(!time.waitedSince(kPatience, kBegin + std::chrono::hours(20)));
        time.note(kBegin - std::chrono::hours(1));
        QVERIFY(!time.waitedSince(Duration(1), kBegin - std::chrono::hours(1)));
    }
    void readsItsOwnText()
    {
        AwakeTime time;
        for (unsigned turn = 0; turn < 700; ++turn)
            stayAwake(time, kBegin + turn * std::chrono::hours(1), std::chrono::minutes(20));
        const AwakeTime back = AwakeTime::parse(time.text());
        QVERIFY(back.text() == time.text());
        const WallTime now = kBegin + 699 * std::chrono::hours(1) + std::chrono::minutes(20);
        QVERIFY(time.waitedSince(kPatience, now));
        QVERIFY(back.waitedSince(kPatience, now) == time.waitedSince(kPatience, now));
    }
    void skipsWhatItDoesNotUnderstand()
    {
        const AwakeTime read =
            AwakeTime::parse("1 2\nx\n\n5 4\n1 9\n-7 8\n3 99999999999999999\n3 4");
        QCOMPARE(read.text(), std::string("1 2\n3 4\n"));
        const bool survived = test::forAll(2000, [](test::SeededRandom& random) {
            const Bytes bytes = random.bytes(static_cast<std::size_t>(random.below(80)));
            const AwakeTime time = AwakeTime::parse(asText(bytes));
            return AwakeTime::parse(time.text()).text() == time.text();
        });
        QVERIFY(survived);
    }
};

QTEST_GUILESS_MAIN(TestAwakeTime)
#include "test_awake_time.moc"
