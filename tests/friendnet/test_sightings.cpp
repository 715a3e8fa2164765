// What was seen of shares with members, and what may be said from it.
#include "profiles/friendnet/sightings.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;

namespace {

constexpr WallTime kNow{std::chrono::seconds(1'800'000'000)};
const std::set<std::string> kMembers{"a", "b", "c", "d", "e"};

ShareHolders oneEach(const std::set<std::string>& members)
{
    ShareHolders out;
    for (const std::string& member : members)
        out[member].insert(ShareNumber{static_cast<std::uint32_t>(member.front() - 'a')});
    return out;
}

} // namespace

class TestSightings final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whoSleepsCountsAndWhoStaysAwayDoesNot()
    {
        Sightings sightings;
        sightings.see("file", 2, 5, kMembers, oneEach(kMembers), kNow);
        QCOMPARE(sightings.summary(kMembers, kNow).mayVanish, 3);
        const WallTime later = kNow + std::chrono::hours(24 * 10);
        sightings.see("file", 2, 5, {"a", "b", "c"}, oneEach({"a", "b", "c"}), later);
        QCOMPARE(sightings.summary(kMembers, later).mayVanish, 3);
        const WallTime muchLater = kNow + Sightings::kTrust + std::chrono::hours(1);
        QCOMPARE(sightings.summary(kMembers, muchLater).mayVanish, 1);
    }
    void whoSaysItHasNothingHasNothing()
    {
        Sightings sightings;
        sightings.see("file", 2, 5, kMembers, oneEach(kMembers), kNow);
        sightings.see("file", 2, 5, {"a", "b"}, oneEach({"b"}), kNow);
        QCOMPARE(sightings.holdersOf("file", kMembers, kNow), oneEach({"b", "c", "d", "e"}));
        QCOMPARE(sightings.holdersOf("file", {"b", "c"}, kNow), oneEach({"b", "c"}));
        QVERIFY(sightings.holdersOf("another", kMembers, kNow).empty());
    }
    void theWorstFileDecides()
    {
        Sightings sightings;
        QCOMPARE(safetySentence(sightings.summary(kMembers, kNow), 5),
                 std::string("nothing is stored yet"));
        sightings.see("one", 2, 5, kMembers, oneEach(kMembers), kNow);
        QCOMPARE(safetySentence(sightings.summary(kMembers, kNow), 5),
                 std::string("any 3 of 5 members, this one included, can vanish and the file can "
                             "still be opened"));
        sightings.see("two", 2, 5, kMembers, oneEach({"a", "b", "c"}), kNow);
        QCOMPARE(safetySentence(sightings.summary(kMembers, kNow), 5),
                 std::string("any 1 of 5 members, this one included, can vanish and all 2 files "
                             "can still be opened"));
        sightings.see("three", 1, 1, kMembers, oneEach({"a"}), kNow);
        QCOMPARE(safetySentence(sightings.summary(kMembers, kNow), 5),
                 std::string("1 of 3 files are lost with the disk of one member"));
        sightings.see("four", 2, 5, kMembers, oneEach({"a"}), kNow);
        const Sightings::Summary summary = sightings.summary(kMembers, kNow);
        QCOMPARE(summary.missing, std::uint64_t{1});
        QVERIFY(safetySentence(summary, 5).starts_with("of 1 of 4 files too few shares"));
        sightings.keepOnly({"one"});
        QCOMPARE(sightings.size(), std::size_t{1});
    }
    void readsItsOwnText()
    {
        const bool held = test::forAll(300, [](test::SeededRandom& random) {
            Sightings sightings;
            for (std::uint64_t i = random.below(5); i > 0; --i) {
                ShareHolders holders;
                for (std::uint64_t j = random.below(4); j > 0; --j)
                    holders["v0-" + std::to_string(j)].insert(
                        ShareNumber{static_cast<std::uint32_t>(random.below(20))});
                sightings.see("file" + std::to_string(i), 3, 10, {}, holders, kNow);
            }
            const Sightings back = Sightings::parse(sightings.text());
            return back.text() == sightings.text() && back.size() == sightings.size();
        });
        QVERIFY(held);
    }
    void skipsWhatItDoesNotUnderstand()
    {
        const Sightings read = Sightings::parse("one 2 5 a@1800000000:0,1 b@1800000000:2\n"
                                                "bad\n\nbad 9 5\nbad 1 900\nbad 1 2 a@x:1\n"
                                                "bad 1 2 a@5:999\nbad 1 2 @5:1\ntwo 1 1\n");
        QCOMPARE(read.size(), std::size_t{2});
        QCOMPARE(read.holdersOf("one", {"a"}, kNow).at("a").size(), std::size_t{2});
        const bool survived = test::forAll(2000, [](test::SeededRandom& random) {
            const Bytes bytes = random.bytes(static_cast<std::size_t>(random.below(80)));
            return Sightings::parse(asText(bytes)).size() <= 80;
        });
        QVERIFY(survived);
    }
};

QTEST_GUILESS_MAIN(TestSightings)
#include "test_sightings.moc"
