// What was seen of shares with members, and what may be said from it.
#include "profiles/friendnet/sightings_file.h"
#include "tests/support/property.h"

#include <QtCore/QTemporaryDir>
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

Sightings::What what(std::string index, std::uint32_t needed, std::uint32_t total,
                     std::string version = {})
{
    Sightings::What out;
    out.index = std::move(index);
    out.version = std::move(version);
    out.needed = needed;
    out.total = total;
    return out;
}

Sightings parsed(std::string_view text)
{
    std::uint64_t skipped = 0;
    return Sightings::parse(text, skipped);
}

} // namespace

class TestSightings final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whoSleepsCountsAndWhoStaysAwayDoesNot()
    {
        Sightings sightings;
        sightings.see(what("file", 2, 5), kMembers, oneEach(kMembers), kNow);
        QCOMPARE(sightings.summary(kMembers, kNow).mayVanish, 3);
        const WallTime later = kNow + std::chrono::hours(24 * 10);
        sightings.see(what("file", 2, 5), {"a", "b", "c"}, oneEach({"a", "b", "c"}), later);
        QCOMPARE(sightings.summary(kMembers, later).mayVanish, 3);
        const WallTime muchLater = kNow + Sightings::kTrust + std::chrono::hours(1);
        QCOMPARE(sightings.summary(kMembers, muchLater).mayVanish, 1);
    }
    void whoSaysItHasNothingHasNothing()
    {
        Sightings sightings;
        sightings.see(what("file", 2, 5), kMembers, oneEach(kMembers), kNow);
        sightings.see(what("file", 2, 5), {"a", "b"}, oneEach({"b"}), kNow);
        QCOMPARE(sightings.holdersOf("file", kMembers, kNow), oneEach({"b", "c", "d", "e"}));
        QCOMPARE(sightings.holdersOf("file", {"b", "c"}, kNow), oneEach({"b", "c"}));
        QVERIFY(sightings.holdersOf("another", kMembers, kNow).empty());
    }
    /// Who slept through a write has an older version, which counts no more.
    void anotherVersionBeginsAnew()
    {
        Sightings sightings;
        sightings.see(what("file", 2, 5, "seq1-aaaa"), kMembers, oneEach(kMembers), kNow);
        QCOMPARE(sightings.summary(kMembers, kNow).mayVanish, 3);
        sightings.see(what("file", 2, 5, "seq2-bbbb"), {"a", "b", "c"}, oneEach({"a", "b", "c"}),
                      kNow);
        QCOMPARE(sightings.holdersOf("file", kMembers, kNow), oneEach({"a", "b", "c"}));
        QCOMPARE(sightings.summary(kMembers, kNow).mayVanish, 1);
        Sightings back = parsed(sightings.text());
        QCOMPARE(back.versionOf("file"), std::string("seq2-bbbb"));
        back.see(what("file", 2, 5, "seq2-bbbb"), {"d"}, oneEach({"d"}), kNow);
        QCOMPARE(back.summary(kMembers, kNow).mayVanish, 2);
        back.see(what("file", 2, 5, "seq2-cccc"), {"d"}, oneEach({"d"}), kNow);
        QCOMPARE(back.summary(kMembers, kNow).missing, std::uint64_t{1});
    }
    void whatCouldNotBeLookedAtIsTold()
    {
        Sightings sightings;
        Sightings::Summary summary = sightings.summary(kMembers, kNow);
        summary.unreadable = 1;
        QVERIFY(safetySentence(summary, 5).find("1 files or folders could not be looked at") !=
                std::string::npos);
        sightings.see(what("one", 2, 5), kMembers, oneEach(kMembers), kNow);
        sightings.see(what("two", 2, 5), kMembers, oneEach(kMembers), kNow);
        summary = sightings.summary(kMembers, kNow);
        summary.unreadable = 3;
        const std::string told = safetySentence(summary, 5);
        QVERIFY2(told.find("all") == std::string::npos, told.c_str());
        QVERIFY2(
            told.find("2 files can still be opened; 3 files or folders could not be looked at, "
                      "and are not counted") != std::string::npos,
            told.c_str());
    }
    /// As many as one keeps for long, through the state directory.
    void manyFilesAreThereAfterARestart()
    {
        QTemporaryDir folder;
        const auto dir =
            node::StateDir::openBlocking(folder.filePath("node").toStdString(), "node");
        QVERIFY(dir);
        QCOMPARE(readSightingsBlocking(*dir).size(), std::size_t{0});
        Sightings sightings;
        const std::string tail(50, 'x');
        std::set<std::string> members;
        ShareHolders holders;
        for (std::uint32_t i = 0; i < 5; ++i) {
            members.insert("v0-" + tail + std::to_string(i));
            holders[*members.rbegin()].insert(ShareNumber{i});
        }
        for (unsigned i = 0; i < 3000; ++i)
            sightings.see(what("aaaaaaaaaaaaaaaaaaaa" + std::to_string(i), 2, 5), members, holders,
                          kNow);
        QVERIFY(writeSightingsBlocking(*dir, sightings.text()));
        const Sightings back = readSightingsBlocking(*dir);
        QCOMPARE(back.size(), std::size_t{3000});
        QVERIFY(back.text() == sightings.text());
        QCOMPARE(back.summary(members, kNow).mayVanish, 3);
        // The bound on what is read is enough for as many files as are kept.
        QVERIFY(sightings.text().size() / 3000 * Sightings::kMostFiles < Sightings::kMostText);
    }
    void theLastRoundIsKept()
    {
        Sightings sightings;
        QVERIFY(!sightings.round());
        Sightings::Round round;
        round.at = kNow;
        round.unreadable = 3;
        sightings.noteRound(round);
        sightings.see(what("one", 1, 1), kMembers, oneEach({"a"}), kNow);
        const Sightings back = parsed(sightings.text());
        QVERIFY(back.round() && back.round()->at == kNow);
        QCOMPARE(back.round()->unreadable, std::uint64_t{3});
        QCOMPARE(back.size(), std::size_t{1});
        std::uint64_t skipped = 0;
        const char* const wrong = "round -5 0\nround x 0\nround 999999999999999 0\nround 5\nround ";
        QVERIFY(!Sightings::parse(wrong, skipped).round());
        QCOMPARE(skipped, std::uint64_t{5});
    }
    void theWorstFileDecides()
    {
        Sightings sightings;
        QCOMPARE(safetySentence(sightings.summary(kMembers, kNow), 5),
                 std::string("nothing is stored yet"));
        sightings.see(what("one", 2, 5), kMembers, oneEach(kMembers), kNow);
        QCOMPARE(safetySentence(sightings.summary(kMembers, kNow), 5),
                 std::string("any 3 of 5 members, this one included, can vanish and the file can "
                             "still be opened"));
        sightings.see(what("two", 2, 5), kMembers, oneEach({"a", "b", "c"}), kNow);
        QCOMPARE(safetySentence(sightings.summary(kMembers, kNow), 5),
                 std::string("any 1 of 5 members, this one included, can vanish and all 2 files "
                             "can still be opened"));
        sightings.see(what("three", 1, 1), kMembers, oneEach({"a"}), kNow);
        QCOMPARE(safetySentence(sightings.summary(kMembers, kNow), 5),
                 std::string("1 of 3 files are lost with the disk of one member"));
        sightings.see(what("four", 2, 5), kMembers, oneEach({"a"}), kNow);
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
                const std::string version = "seq" + std::to_string(random.below(9)) + "-abcd";
                sightings.see(what("file" + std::to_string(i), 3, 10, version), {}, holders, kNow);
            }
            std::uint64_t skipped = 0;
            const Sightings back = Sightings::parse(sightings.text(), skipped);
            return skipped == 0 && back.text() == sightings.text() &&
                   back.size() == sightings.size();
        });
        QVERIFY(held);
    }
    void skipsWhatItDoesNotUnderstand()
    {
        std::uint64_t skipped = 0;
        const Sightings read = Sightings::parse(
            "members a b\none - 2 5 0@1800000000:0,1 1@1800000000:2\n"
            "bad\n\nbad - 9 5\nbad - 1 900\nbad - 1 2 0@x:1\nbad - 1 2\n"
            "bad2 - 1 2 0@5:999\nbad2 - 1 2 2@5:1\nbad2 - 1 2 a@5:1\ntwo seq4-abcd 1 1\n",
            skipped);
        QCOMPARE(skipped, std::uint64_t{8});
        QCOMPARE(read.size(), std::size_t{3});
        QCOMPARE(read.holdersOf("one", {"a"}, kNow).at("a").size(), std::size_t{2});
        QCOMPARE(read.versionOf("two"), std::string("seq4-abcd"));
        const bool survived = test::forAll(2000, [](test::SeededRandom& random) {
            const Bytes bytes = random.bytes(static_cast<std::size_t>(random.below(80)));
            return parsed(asText(bytes)).size() <= 80;
        });
        QVERIFY(survived);
    }
};

QTEST_GUILESS_MAIN(TestSightings)
#include "test_sightings.moc"
