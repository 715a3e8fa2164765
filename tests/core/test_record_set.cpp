#include "core/gossip/record_set.h"
#include "tests/support/property.h"
#include "tests/support/signed_records.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gossip;
using test::kTestSeconds;
using test::kTestTime;
using test::testAnnouncement;
using test::testKey;

namespace {

constexpr auto kRevocation = static_cast<RecordKind>(3);

SignerPolicy anybody()
{
    return [](const Record&) { return true; };
}

RecordSet openSet(RecordLimits limits = {})
{
    KindRules kinds = standardKinds();
    kinds[kRevocation] = {std::nullopt};
    return RecordSet(std::move(kinds), limits, anybody());
}

RecordPtr recordOf(std::uint32_t key, std::string_view subject, std::uint64_t sequence,
                   std::size_t bodySize = 0, std::int64_t issued = kTestSeconds)
{
    RecordContent content;
    content.subject = toBytes(subject);
    content.sequence = sequence;
    content.issued = issued;
    content.expires = issued + 3600;
    content.body = zeroBytes(bodySize);
    return *signRecord(testKey(key), std::move(content));
}

RecordPtr timed(std::int64_t issued, std::int64_t expires,
                RecordKind kind = RecordKind::Announcement)
{
    RecordContent content;
    content.kind = kind;
    content.subject = toBytes("x");
    content.issued = issued;
    content.expires = expires;
    return *signRecord(testKey(1), std::move(content));
}

Acceptance outcome(RecordSet& set, const RecordPtr& record, WallTime now = kTestTime)
{
    return set.accept(record, now).outcome;
}

} // namespace

class TestRecordSet final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theHighestNumberWins()
    {
        RecordSet set = openSet();
        QCOMPARE(outcome(set, recordOf(1, "a", 5)), Acceptance::Added);
        QCOMPARE(outcome(set, recordOf(1, "a", 5)), Acceptance::Known);
        QCOMPARE(outcome(set, recordOf(1, "a", 4)), Acceptance::Older);
        QCOMPARE(outcome(set, recordOf(1, "a", 6)), Acceptance::Replaced);
        QCOMPARE(outcome(set, recordOf(2, "a", 1)), Acceptance::Added); // another signer
        QCOMPARE(outcome(set, recordOf(1, "b", 1)), Acceptance::Added); // another subject
        QCOMPARE(set.size(), std::size_t(3));
    }
    void timesAreChecked_data()
    {
        QTest::addColumn<qint64>("issued");
        QTest::addColumn<qint64>("expires");
        QTest::addColumn<bool>("good");
        constexpr qint64 day = 86'400;
        QTest::newRow("now") << 0LL << day << true;
        QTest::newRow("10 min ahead") << 600LL << day << true;
        QTest::newRow("more than 10 min ahead") << 601LL << day << false;
        QTest::newRow("48 h long") << 0LL << 2 * day << true;
        QTest::newRow("longer") << 0LL << 2 * day + 1 << false;
        QTest::newRow("for ever") << 0LL << -qint64(kTestSeconds) << false;
        QTest::newRow("ends now") << -10LL << 0LL << false;
        QTest::newRow("ends soon") << -10LL << 1LL << true;
    }
    void timesAreChecked()
    {
        QFETCH(qint64, issued);
        QFETCH(qint64, expires);
        QFETCH(bool, good);
        RecordSet set = openSet();
        const Verdict verdict =
            set.accept(timed(kTestSeconds + issued, kTestSeconds + expires), kTestTime);
        QCOMPARE(verdict.outcome, good ? Acceptance::Added : Acceptance::Refused);
        QCOMPARE(verdict.reason.empty(), good);
    }
    void whatExpiredVanishes()
    {
        RecordSet set = openSet();
        QCOMPARE(outcome(set, recordOf(1, "a", 1)), Acceptance::Added);
        QCOMPARE(outcome(set, recordOf(2, "a", 1, 0, kTestSeconds + 60)), Acceptance::Added);
        QVERIFY(set.expire(kTestTime + std::chrono::seconds(3599)).empty());
        QCOMPARE(set.expire(kTestTime + std::chrono::seconds(3600)).size(), std::size_t(1));
        QCOMPARE(set.size(), std::size_t(1));
        QCOMPARE(set.expire(kTestTime + std::chrono::seconds(3660)).size(), std::size_t(1));
        QCOMPARE(set.bytes(), std::size_t(0));
    }
    void aKindMayNeverExpire()
    {
        RecordSet set = openSet();
        QCOMPARE(outcome(set, timed(5, 6, kRevocation)), Acceptance::Refused);
        QCOMPARE(outcome(set, timed(5, 0, kRevocation)), Acceptance::Added); // however old
        QVERIFY(set.expire(kTestTime + std::chrono::hours(1'000'000)).empty());
        QCOMPARE(set.size(), std::size_t(1));
    }
    void unknownKindsAreRefused()
    {
        RecordSet set = openSet();
        QCOMPARE(outcome(set, timed(kTestSeconds, 0, static_cast<RecordKind>(77))),
                 Acceptance::Refused);
    }
    void onlyAllowedKeysAnnounceThemselves()
    {
        RecordSet set(standardKinds(), RecordLimits(), serversOnly({testKey(1).publicKey()}));
        QCOMPARE(outcome(set, testAnnouncement(1)), Acceptance::Added);
        QCOMPARE(outcome(set, testAnnouncement(2)), Acceptance::Refused);
        QCOMPARE(outcome(set, recordOf(1, "about another", 1)), Acceptance::Refused);
        QCOMPARE(set.setPolicy(serversOnly({testKey(2).publicKey()})).size(), std::size_t(1));
        QCOMPARE(set.size(), std::size_t(0));
        QCOMPARE(outcome(set, testAnnouncement(2)), Acceptance::Added);
        QVERIFY(set.setPolicy(serversOnly({})).empty());
        QCOMPARE(outcome(set, testAnnouncement(3)), Acceptance::Added);
    }
    void aSignerHasBounds()
    {
        RecordLimits limits;
        limits.recordsPerSigner = 2;
        limits.bytesPerSigner = 3000;
        RecordSet set = openSet(limits);
        QCOMPARE(outcome(set, recordOf(1, "a", 1)), Acceptance::Added);
        QCOMPARE(outcome(set, recordOf(1, "b", 1)), Acceptance::Added);
        QCOMPARE(outcome(set, recordOf(1, "c", 1)), Acceptance::Full);
        QCOMPARE(outcome(set, recordOf(1, "a", 2)), Acceptance::Replaced); // takes no more room
        QCOMPARE(outcome(set, recordOf(1, "a", 3, 4000)), Acceptance::Full);
        QCOMPARE(outcome(set, recordOf(2, "c", 1)), Acceptance::Added);
    }
    void aFloodOfKeysEndsAtTheBounds()
    {
        RecordLimits limits;
        limits.records = 20;
        RecordSet set = openSet(limits);
        for (std::uint32_t key = 1; key <= 20; ++key)
            QCOMPARE(outcome(set, recordOf(key, "a", 1)), Acceptance::Added);
        QCOMPARE(outcome(set, recordOf(21, "a", 1)), Acceptance::Full);
        QCOMPARE(outcome(set, recordOf(5, "a", 2)), Acceptance::Replaced); // those there go on
        limits = {};
        limits.bytes = 1000;
        RecordSet small = openSet(limits);
        QCOMPARE(outcome(small, recordOf(1, "a", 1, 600)), Acceptance::Added);
        QCOMPARE(outcome(small, recordOf(2, "a", 1, 600)), Acceptance::Full);
        QCOMPARE(outcome(small, recordOf(1, "a", 2, 700)), Acceptance::Replaced);
        QVERIFY(small.bytes() <= limits.bytes);
    }
    void digestsShowWhereSetsDiffer()
    {
        QVERIFY(test::forAll(50, [](test::SeededRandom& random) {
            RecordSet a = openSet();
            RecordSet b = openSet();
            const auto common = static_cast<std::uint32_t>(random.between(0, 60));
            for (std::uint32_t key = 1; key <= common; ++key) {
                a.accept(recordOf(key, "a", 1), kTestTime);
                b.accept(recordOf(key, "a", 1), kTestTime);
            }
            const Buckets buckets{random.next(), 16};
            if (a.digest(buckets) != b.digest(buckets)) return false;
            const RecordPtr more = recordOf(1000, "a", 1);
            b.accept(more, kTestTime);
            std::size_t differing = 0;
            const auto left = a.digest(buckets);
            const auto right = b.digest(buckets);
            for (std::uint32_t i = 0; i < 16; ++i) {
                if (left[i] == right[i]) continue;
                ++differing;
                const std::vector<RecordName> names = b.namesIn(buckets, i);
                if (std::count(names.begin(), names.end(), more->name()) != 1) return false;
            }
            return differing == 1 &&
                   b.digest(buckets, std::vector<std::uint64_t>{more->name().slot}) == left;
        }));
    }
    void everyRecordIsInOneBucket()
    {
        RecordSet set = openSet();
        for (std::uint32_t key = 1; key <= 100; ++key)
            set.accept(recordOf(key, "a", 1), kTestTime);
        const Buckets buckets{99, set.fittingBuckets()};
        std::size_t count = 0;
        for (std::uint32_t i = 0; i < buckets.count; ++i)
            count += set.namesIn(buckets, i).size();
        QCOMPARE(count, std::size_t(100));
        QVERIFY(buckets.count >= 16 && buckets.count <= 64);
    }
    void anyOrderGivesTheSameSet()
    {
        QVERIFY(test::forAll(50, [](test::SeededRandom& random) {
            std::vector<RecordPtr> records;
            for (int i = 0; i < 30; ++i)
                records.push_back(recordOf(static_cast<std::uint32_t>(random.between(1, 6)), "a",
                                           random.between(1, 4),
                                           static_cast<std::size_t>(random.between(0, 2))));
            RecordSet forward = openSet();
            for (const RecordPtr& record : records)
                forward.accept(record, kTestTime);
            for (std::size_t left = records.size(); left > 1; --left)
                std::swap(records[left - 1], records[random.below(left)]);
            RecordSet shuffled = openSet();
            for (const RecordPtr& record : records)
                shuffled.accept(record, kTestTime);
            const Buckets one{1, 1};
            return forward.namesIn(one, 0) == shuffled.namesIn(one, 0) &&
                   forward.bytes() == shuffled.bytes();
        }));
    }
};

QTEST_GUILESS_MAIN(TestRecordSet)
#include "test_record_set.moc"
