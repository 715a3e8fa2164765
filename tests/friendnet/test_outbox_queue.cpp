// Which file each member's lane looks at next.
#include "profiles/friendnet/outbox_queue.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

#include <algorithm>

using namespace tarn;
using namespace tarn::profiles;

namespace {

constexpr WallTime kBegin{std::chrono::seconds(1'800'000'000)};

StorageIndex indexOf(unsigned number)
{
    Bytes bytes(16);
    for (std::size_t i = 0; i < 4; ++i) // their order is not that of the numbers
        bytes[i] = static_cast<std::byte>((number * 2654435761U) >> (8 * i));
    return *StorageIndex::from(bytes);
}

WallTime timeOf(unsigned number)
{
    return kBegin + std::chrono::seconds(number);
}

std::size_t drain(OutboxQueue& queue, const std::string& member)
{
    std::size_t out = 0;
    while (queue.next(member))
        ++out;
    return out;
}

} // namespace

class TestOutboxQueue final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void oldestFirstAndOnce()
    {
        OutboxQueue queue;
        for (unsigned i = 0; i < 100; ++i)
            queue.add(indexOf(i), timeOf(i));
        QVERIFY(!queue.hasNext("a"));
        queue.begin("a");
        for (unsigned i = 0; i < 100; ++i)
            QVERIFY(queue.next("a") == indexOf(i));
        QVERIFY(!queue.hasNext("a") && !queue.next("a"));
        queue.begin("a");
        QVERIFY(queue.next("a") == indexOf(0));
        queue.drop("a");
        QVERIFY(!queue.hasNext("a"));
    }
    /// With twenty thousand files that wait, one that is new, or changed, is one step for each
    /// lane.
    void manyFilesCostNothing()
    {
        constexpr unsigned kMany = 20'000;
        OutboxQueue queue;
        for (unsigned i = 0; i < kMany; ++i)
            queue.add(indexOf(i), timeOf(i));
        for (const char* member : {"a", "b"}) {
            queue.begin(member);
            QCOMPARE(drain(queue, member), std::size_t{kMany});
        }
        queue.add(indexOf(kMany), timeOf(kMany));
        queue.add(indexOf(kMany), timeOf(kMany)); // its second share
        QCOMPARE(drain(queue, "a"), std::size_t{1});
        queue.add(indexOf(7), timeOf(7));
        QCOMPARE(drain(queue, "a"), std::size_t{1});
        QCOMPARE(drain(queue, "b"), std::size_t{2});
        QCOMPARE(queue.since(timeOf(kMany - 5), timeOf(kMany - 1)).size(), std::size_t{4});
        QCOMPARE(queue.since(std::nullopt, timeOf(9)).size(), std::size_t{10});
        const std::vector<StorageIndex> oldest = queue.oldest(20);
        QCOMPARE(oldest.size(), std::size_t{20});
        QVERIFY(oldest[0] == indexOf(0) && oldest[19] == indexOf(19));
    }
    void whatFailedComesLast()
    {
        OutboxQueue queue;
        for (unsigned i = 0; i < 3; ++i)
            queue.add(indexOf(i), timeOf(i));
        queue.begin("a");
        QVERIFY(queue.next("a") == indexOf(0));
        queue.later("a", indexOf(0));
        QVERIFY(queue.next("a") == indexOf(1));
        queue.again("a", indexOf(1));
        QVERIFY(queue.next("a") == indexOf(1));
        QVERIFY(queue.next("a") == indexOf(2));
        QVERIFY(queue.next("a") == indexOf(0));
        QVERIFY(!queue.hasNext("a"));
        queue.again("nobody", indexOf(1));
        queue.again("a", indexOf(99));
        QVERIFY(!queue.hasNext("a") && !queue.hasNext("nobody"));
    }
    /// Whatever happens, each lane sees every file that is there after its last change.
    void noneIsForgotten()
    {
        const bool held = test::forAll(300, [](test::SeededRandom& random) {
            OutboxQueue queue;
            std::map<std::string, std::set<StorageIndex>> owed;
            std::set<StorageIndex> there;
            for (unsigned step = 0; step < 200; ++step) {
                const StorageIndex index = indexOf(static_cast<unsigned>(random.below(12)));
                const std::string member(1, static_cast<char>('a' + random.below(3)));
                switch (random.below(6)) {
                case 0:
                    queue.add(index, timeOf(step));
                    there.insert(index);
                    for (auto& [id, files] : owed)
                        files.insert(index);
                    break;
                case 1:
                    queue.remove(index);
                    there.erase(index);
                    for (auto& [id, files] : owed)
                        files.erase(index);
                    break;
                case 2:
                    queue.begin(member);
                    owed[member] = there;
                    break;
                case 3:
                    queue.later(member, index);
                    if (owed.contains(member) && there.contains(index)) owed[member].insert(index);
                    break;
                case 4:
                    queue.again(member, index);
                    if (owed.contains(member) && there.contains(index)) owed[member].insert(index);
                    break;
                default:
                    if (const auto next = queue.next(member)) {
                        if (!there.contains(*next)) return false;
                        owed[member].erase(*next);
                    }
                }
            }
            for (auto& [member, files] : owed) {
                while (const auto next = queue.next(member))
                    files.erase(*next);
                if (!files.empty()) return false;
            }
            return true;
        });
        QVERIFY(held);
    }
};

QTEST_GUILESS_MAIN(TestOutboxQueue)
#include "test_outbox_queue.moc"
