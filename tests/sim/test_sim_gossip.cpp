// Hundreds of nodes; the bench part `gossip` tells the same story of 10,000.
// TARN_SIM_SEED=N runs one seed alone.
#include "tests/sim/gossip_story.h"

#include <QtTest/QTest>

using namespace tarn;
using test::GossipFigures;
using test::GossipWorldSettings;

class TestSimGossip final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void staysWithinItsBounds_data()
    {
        QTest::addColumn<quint64>("seed");
        QTest::addColumn<quint32>("nodes");
        QTest::addColumn<quint32>("servers");
        const QByteArray alone = qgetenv("TARN_SIM_SEED");
        for (quint64 seed = 1; seed <= 4; ++seed)
            if (alone.isEmpty() || alone.toULongLong() == seed)
                QTest::addRow("seed %llu", seed)
                    << seed << quint32(seed % 2 == 0 ? 300 : 60) << quint32(seed > 2 ? 60 : 20);
    }
    void staysWithinItsBounds()
    {
        QFETCH(quint64, seed);
        QFETCH(quint32, nodes);
        QFETCH(quint32, servers);
        GossipWorldSettings settings;
        settings.nodes = nodes;
        settings.announcers = servers;
        const GossipFigures figures = tellGossipStory(seed, settings);
        const double most = std::max(figures.allowedRounds, 27.0); // small grids wait for a digest
        QVERIFY2(figures.joinRounds <= most, std::to_string(figures.joinRounds).c_str());
        QVERIFY2(figures.changeRounds <= most, std::to_string(figures.changeRounds).c_str());
        QVERIFY2(figures.newcomerRounds <= most, std::to_string(figures.newcomerRounds).c_str());
        QVERIFY2(figures.afterChurnRounds <= most,
                 std::to_string(figures.afterChurnRounds).c_str());
        QVERIFY2(figures.healRounds <= most, std::to_string(figures.healRounds).c_str());
        QVERIFY2(figures.hourBytes <= figures.hourAllowed,
                 std::to_string(figures.hourBytes).c_str());
    }
    /// Some were away, some cut off: those still have the old announcement when they come back.
    void aWithdrawnServerIsForgottenByAll()
    {
        for (const std::uint64_t seed : {1U, 2U, 3U}) {
            GossipWorldSettings settings;
            settings.nodes = 60;
            settings.announcers = 10;
            test::GossipWorld world(seed, settings);
            for (std::uint32_t server = 0; server < settings.announcers; ++server)
                world.announce(server);
            constexpr unsigned kMost = 60;
            QVERIFY(world.roundsUntilEqual(kMost) < kMost);
            QCOMPARE(world.believers(0), std::size_t(60));
            for (std::uint32_t node = 50; node < 60; ++node)
                world.kill(node);
            world.divide();
            world.withdraw(0);
            world.run(std::chrono::minutes(5));
            QCOMPARE(world.believers(0), std::size_t(25)); // the other half of the living
            world.heal();
            for (std::uint32_t node = 50; node < 60; ++node)
                world.revive(node);
            const unsigned rounds = world.roundsUntilEqual(kMost);
            QVERIFY2(rounds <= 27, std::to_string(rounds).c_str()); // as any change
            QCOMPARE(world.believers(0), std::size_t(0));
            world.run(std::chrono::hours(1));
            QCOMPARE(world.believers(0), std::size_t(0));
            QCOMPARE(world.believers(1), std::size_t(60));
            world.announce(0); // it is one again
            QVERIFY(world.roundsUntilEqual(kMost) < kMost);
            QCOMPARE(world.believers(0), std::size_t(60));
        }
    }
    void theSameSeedIsTheSameStory()
    {
        GossipWorldSettings settings;
        settings.nodes = 30;
        settings.announcers = 10;
        const GossipFigures a = tellGossipStory(9, settings);
        const GossipFigures b = tellGossipStory(9, settings);
        QCOMPARE(a.hourBytes, b.hourBytes);
        QCOMPARE(a.healRounds, b.healRounds);
        const GossipFigures c = tellGossipStory(10, settings);
        QVERIFY(a.hourBytes != c.hourBytes);
    }
};

QTEST_GUILESS_MAIN(TestSimGossip)
#include "test_sim_gossip.moc"
