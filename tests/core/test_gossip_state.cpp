#include "core/gossip/gossip_state.h"
#include "tests/support/property.h"
#include "tests/support/signed_records.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gossip;
using test::kTestTime;
using test::testAnnouncement;

namespace {

/// Some states that know each other, in the test's hand.
class Circle
{
public:
    explicit Circle(std::uint32_t count, GossipSettings settings = {}, RecordLimits limits = {},
                    std::uint64_t seed = 1)
        : m_random(seed)
    {
        for (std::uint32_t i = 0; i < count; ++i)
            m_states.push_back(std::make_unique<GossipState>(
                RecordSet(standardKinds(), limits, serversOnly({})), settings, m_random));
        for (std::uint32_t i = 0; i < count; ++i) {
            std::vector<PeerNumber> others;
            for (std::uint32_t j = 0; j < count; ++j)
                if (j != i) others.push_back(j);
            m_states[i]->setPeers(others);
        }
    }
    GossipState& operator[](std::uint32_t i) { return *m_states[i]; }
    WallTime now = kTestTime;
    std::set<PeerNumber> dead;
    std::uint64_t messages = 0;
    std::uint64_t recordsSent = 0;

    void add(std::uint32_t who, const RecordPtr& record)
    {
        Actions out;
        m_states[who]->add(record, now, out);
        carry(who, std::move(out));
    }
    void round()
    {
        now += std::chrono::seconds(5);
        for (std::uint32_t i = 0; i < m_states.size(); ++i)
            if (!dead.contains(i)) carry(i, m_states[i]->tick(now));
    }
    bool allHave(std::size_t records)
    {
        for (const auto& state : m_states)
            if (state->records().size() != records) return false;
        return true;
    }
    /// \return rounds, or 1000 when it does not come to that.
    int roundsUntilAllHave(std::size_t records)
    {
        for (int rounds = 0; rounds < 1000; ++rounds) {
            if (allHave(records)) return rounds;
            round();
        }
        return 1000;
    }

private:
    void carry(std::uint32_t from, Actions actions)
    {
        for (std::size_t i = 0; i < actions.sends.size(); ++i) {
            const Send send = std::move(actions.sends[i]);
            ++messages;
            recordsSent += send.message.records.size();
            if (dead.contains(send.peer)) {
                m_states[from]->failed(send.peer);
                continue;
            }
            Actions theirs;
            const GossipMessage reply =
                m_states[send.peer]->answer(from, send.message, now, theirs);
            recordsSent += reply.records.size();
            Actions more = m_states[from]->answered(send.peer, reply, now);
            for (Send& next : more.sends)
                actions.sends.push_back(std::move(next));
        }
    }

    test::SeededRandom m_random;
    std::vector<std::unique_ptr<GossipState>> m_states;
};

} // namespace

class TestGossipState final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void newsGoesOutAtOnce()
    {
        Circle two(2);
        two.add(0, testAnnouncement(1));
        QVERIFY(two.allHave(1));
    }
    void newsReachesMany()
    {
        Circle circle(60);
        circle.add(0, testAnnouncement(1));
        QVERIFY(circle.roundsUntilAllHave(1) <= 18); // 3 log2 60
        // Offers come often, the record itself about once.
        QVERIFY(circle.recordsSent <= 70);
    }
    void aNewerOneReplacesEverywhere()
    {
        Circle circle(10);
        circle.add(0, testAnnouncement(1, 1));
        circle.roundsUntilAllHave(1);
        circle.add(3, testAnnouncement(1, 2));
        for (int i = 0; i < 30; ++i)
            circle.round();
        for (std::uint32_t i = 0; i < 10; ++i)
            QCOMPARE(circle[i].records().all()[0]->content().sequence, std::uint64_t(2));
    }
    void whatWasThereBeforeIsFoundByDigest()
    {
        Circle two(2);
        for (std::uint32_t i = 1; i <= 100; ++i)
            two[i % 2].restore(testAnnouncement(i, 1, kTestTime - std::chrono::hours(1)),
                               kTestTime);
        QVERIFY(two.roundsUntilAllHave(100) <= 2);
        QVERIFY(two.recordsSent == 100);
    }
    void manyRecordsTakeManyMessages()
    {
        GossipSettings settings;
        settings.recordBytesPerMessage = 1000;
        settings.namesPerMessage = 16;
        Circle two(2, settings);
        for (std::uint32_t i = 1; i <= 100; ++i)
            two[0].restore(testAnnouncement(i, 1, kTestTime - std::chrono::hours(1)), kTestTime);
        QVERIFY(two.roundsUntilAllHave(100) <= 40);
    }
    void equalSetsSayLittle()
    {
        Circle two(2);
        for (std::uint32_t i = 1; i <= 50; ++i) {
            two[0].restore(testAnnouncement(i), kTestTime);
            two[1].restore(testAnnouncement(i), kTestTime);
        }
        for (int i = 0; i < 60; ++i)
            two.round();
        QVERIFY(two.messages <= 10);
        QCOMPARE(two.recordsSent, std::uint64_t(0));
    }
    /// Comparisons become rare while they find nothing, and come again where one does.
    void thoseWhoAgreeCompareSeldom()
    {
        GossipSettings settings;
        settings.syncEvery = 5;
        settings.longestSync = 60;
        Circle two(2, settings);
        for (std::uint32_t i = 0; i < 2; ++i)
            two[i].restore(testAnnouncement(1), kTestTime);
        const auto messagesOf = [&two](int rounds) {
            const std::uint64_t before = two.messages;
            for (int i = 0; i < rounds; ++i)
                two.round();
            return two.messages - before;
        };
        QVERIFY(messagesOf(40) >= 6); // 5, 10 and 20 rounds apart
        messagesOf(100);
        QVERIFY(messagesOf(600) <= 24);
        two[1].restore(testAnnouncement(2), kTestTime);
        QVERIFY(two.roundsUntilAllHave(2) <= 60);
        QVERIFY(messagesOf(40) >= 6);
    }
    /// Of many, the one who has just come back, though it rested after failures.
    void whoComesBackIsComparedWithFirst()
    {
        Circle circle(12);
        circle.dead = {7};
        for (int i = 0; i < 60; ++i)
            circle.round();
        circle[0].restore(testAnnouncement(1), kTestTime);
        circle.dead.clear();
        circle[0].meet(7);
        circle.round();
        QCOMPARE(circle[7].records().size(), std::size_t(1));
    }
    void aPeerThatWasAwayCatchesUp()
    {
        Circle circle(3);
        circle.dead = {2};
        circle.add(0, testAnnouncement(1));
        for (int i = 0; i < 40; ++i)
            circle.round();
        QCOMPARE(circle[2].records().size(), std::size_t(0));
        const std::uint64_t before = circle.messages;
        for (int i = 0; i < 500; ++i)
            circle.round();
        QVERIFY(circle.messages - before < 200); // they do not storm it
        circle.dead.clear();
        QVERIFY(circle.roundsUntilAllHave(1) <= 20);
    }
    void expiredRecordsVanishEverywhere()
    {
        Circle circle(4);
        circle.add(0, testAnnouncement(1));
        circle.roundsUntilAllHave(1);
        circle.now += std::chrono::hours(48);
        circle.round();
        QVERIFY(circle.allHave(0));
        for (int i = 0; i < 40; ++i)
            circle.round();
        QVERIFY(circle.allHave(0));
    }
    void whatIsRefusedIsNotAskedForAgain()
    {
        RecordLimits limits;
        limits.records = 10;
        test::SeededRandom random(1);
        GossipState full(RecordSet(standardKinds(), limits, serversOnly({})), {}, random);
        for (std::uint32_t i = 1; i <= 10; ++i)
            full.restore(testAnnouncement(i), kTestTime);
        GossipMessage message;
        const RecordPtr more = testAnnouncement(11);
        message.offers = {more->name()};
        Actions out;
        QCOMPARE(full.answer(1, message, kTestTime, out).wants.size(), std::size_t(1));
        GossipMessage brought;
        brought.records = {more};
        full.answer(1, brought, kTestTime, out);
        QVERIFY(out.taken.empty());
        QVERIFY(full.answer(1, message, kTestTime, out).wants.empty());
    }
    void theSameIsAskedOfOnePeerAtATime()
    {
        test::SeededRandom random(1);
        GossipState state(RecordSet(standardKinds(), {}, serversOnly({})), {}, random);
        GossipMessage message;
        message.offers = {testAnnouncement(1)->name()};
        Actions out;
        QCOMPARE(state.answer(1, message, kTestTime, out).wants.size(), std::size_t(1));
        QVERIFY(state.answer(2, message, kTestTime, out).wants.empty());
        for (int i = 0; i < 3; ++i)
            state.tick(kTestTime);
        QCOMPARE(state.answer(2, message, kTestTime, out).wants.size(), std::size_t(1));
    }
    void answersNobodyAskedForAreDropped()
    {
        test::SeededRandom random(1);
        GossipState state(RecordSet(standardKinds(), {}, serversOnly({})), {}, random);
        state.setPeers({1});
        GossipMessage message;
        message.records = {testAnnouncement(1)};
        QVERIFY(state.answered(1, message, kTestTime).taken.empty());
        QVERIFY(state.answered(2, message, kTestTime).taken.empty());
        state.failed(1);
        state.failed(2);
        QCOMPARE(state.records().size(), std::size_t(0));
    }
    void aPeerThatAlwaysWantsMoreIsLeft()
    {
        GossipSettings settings;
        settings.stepsPerExchange = 20;
        test::SeededRandom random(1);
        GossipState state(RecordSet(standardKinds(), {}, serversOnly({})), settings, random);
        state.setPeers({1});
        Actions out;
        const RecordPtr record = testAnnouncement(1);
        state.add(record, kTestTime, out);
        int steps = 0;
        for (; !out.sends.empty() && steps < 100; ++steps) {
            GossipMessage greedy;
            greedy.wants = {record->name().slot, record->name().slot};
            out = state.answered(1, greedy, kTestTime);
        }
        QVERIFY(steps <= 20);
    }
    void noPeersNoMessages()
    {
        test::SeededRandom random(1);
        GossipState state(RecordSet(standardKinds(), {}, serversOnly({})), {}, random);
        Actions out;
        QVERIFY(state.add(testAnnouncement(1), kTestTime, out).changed());
        QVERIFY(out.sends.empty());
        for (int i = 0; i < 5; ++i)
            QVERIFY(state.tick(kTestTime).sends.empty());
        QVERIFY(!state.busy());
    }
    void peersComeAndGo()
    {
        Circle circle(3);
        circle[0].setPeers({});
        circle.add(0, testAnnouncement(1));
        QCOMPARE(circle[1].records().size(), std::size_t(0));
        circle[0].setPeers({1});
        circle[1].setPeers({2});
        circle[2].setPeers({});
        QVERIFY(circle.roundsUntilAllHave(1) < 40);
    }
    void anyHistoryEndsEqual()
    {
        QVERIFY(test::forAll(20, [](test::SeededRandom& random) {
            const auto count = static_cast<std::uint32_t>(random.between(2, 12));
            Circle circle(count, {}, {}, random.next());
            for (int step = 0; step < 60; ++step) {
                if (random.chance(0.3))
                    circle.add(static_cast<std::uint32_t>(random.below(count)),
                               testAnnouncement(static_cast<std::uint32_t>(random.between(1, 5)),
                                                random.between(1, 50), circle.now));
                if (random.chance(0.1))
                    circle.dead.insert(static_cast<PeerNumber>(random.below(count)));
                if (random.chance(0.1)) circle.dead.clear();
                circle.round();
            }
            circle.dead.clear();
            for (int i = 0; i < 200; ++i)
                circle.round();
            const Buckets one{1, 1};
            for (std::uint32_t i = 1; i < count; ++i)
                if (circle[i].records().namesIn(one, 0) != circle[0].records().namesIn(one, 0))
                    return false;
            return true;
        }));
    }
};

QTEST_GUILESS_MAIN(TestGossipState)
#include "test_gossip_state.moc"
