#include "tests/client-gateway/grid_bench.h"
#include "tests/sim/sim_faults.h"
#include "tests/sim/sim_grid.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;
using test::Lie;
using test::SimGrid;
using test::SimGridShape;

namespace {

constexpr std::uint64_t kSeed = 20;

/// Small segments: many requests for few bytes.
SimGridShape shape(std::size_t servers, std::uint32_t needed, std::uint32_t happy,
                   std::uint32_t total)
{
    SimGridShape shape;
    shape.servers = servers;
    shape.onDisk = servers / 3;
    shape.encoding.needed = needed;
    shape.encoding.happy = happy;
    shape.encoding.total = total;
    shape.encoding.segmentSize = 32 * 1024;
    return shape;
}

asio::awaitable<Result<gateway::UploadResult>> slowUpload(SimGrid& grid, const Bytes& plain)
{
    return SimGrid::upload(grid.gateway().grid(), plain, gateway::UploadOptions());
}

/// Every link passes so many bytes per second.
void narrow(SimGrid& grid, double bytesPerSecond)
{
    test::SimLink link;
    link.latency = 5ms;
    link.bytesPerSecond = bytesPerSecond;
    grid.world.network.setDefaultLink(link);
}

void slowDown(SimGrid& grid, std::size_t server, Duration latency)
{
    test::SimLink link;
    link.latency = latency;
    grid.world.network.setLink(grid.gateway().name(), grid.server(server).name(), link);
}

#define VERIFY_OK(result) QVERIFY2((result), (result) ? "" : (result).error().text().c_str())

} // namespace

class TestSimGrid final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void sevenOfTenServersDie_data()
    {
        QTest::addColumn<int>("size");
        for (const int size : {0, 1, 55, 56, 32'768, 32'769, 300'000})
            QTest::addRow("%d bytes", size) << size;
    }
    void sevenOfTenServersDie()
    {
        QFETCH(int, size);
        SimGrid grid(kSeed, shape(10, 3, 7, 10));
        const Bytes plain = test::plaintext(static_cast<std::size_t>(size));
        const auto put = grid.put(plain);
        VERIFY_OK(put);
        for (std::size_t server = 0; server < 7; ++server)
            grid.crash(server);
        const auto got = grid.get(put->readCap, plain);
        VERIFY_OK(got);
        if (size <= 55) return;
        QCOMPARE(put->happiness, 10U);
        grid.crash(7);
        const auto lost = grid.get(put->readCap, plain);
        QVERIFY(!lost);
        QCOMPARE(lost.error().code(), ErrorCode::NotEnoughShares);
    }
    void serversComeBack()
    {
        SimGrid grid(kSeed, shape(6, 3, 4, 6));
        const Bytes plain = test::plaintext(100'000);
        const auto put = grid.put(plain);
        VERIFY_OK(put);
        for (std::size_t server = 0; server < 6; ++server)
            grid.crash(server);
        QVERIFY(!grid.get(put->readCap, plain));
        for (std::size_t server = 0; server < 3; ++server)
            QVERIFY(grid.restart(server));
        grid.pass(3s); // a server that was dialled in vain is not dialled again at once
        const auto got = grid.get(put->readCap, plain);
        VERIFY_OK(got);
    }

    void oneServerDiesInTheMiddleOfAnUpload()
    {
        SimGrid grid(kSeed, shape(10, 3, 7, 10));
        narrow(grid, 100'000);
        const Bytes plain = test::plaintext(600'000);
        const auto upload = grid.start(slowUpload(grid, plain));
        grid.pass(1500ms);
        QVERIFY(!upload->ended());
        QVERIFY(grid.uploadsOpen() > 0);
        grid.crash(3);
        QVERIFY(grid.finish(upload, 5min));
        VERIFY_OK(*upload->result);
        QVERIFY((*upload->result)->happiness >= 7);
        grid.pass(1min);
        QCOMPARE(grid.uploadsOpen(), std::size_t{0});
        const auto got = grid.get((*upload->result)->readCap, plain);
        VERIFY_OK(got);
    }
    void aSilentServerDelaysAnUploadOnly()
    {
        SimGrid grid(kSeed, shape(10, 3, 7, 10));
        grid.world.network.isolate(grid.server(4).name());
        const Bytes plain = test::plaintext(100'000);
        const auto put = grid.put(plain);
        VERIFY_OK(put);
        QVERIFY(put->timings.total < 1min);
        const auto got = grid.get(put->readCap, plain);
        VERIFY_OK(got);
    }

    void slowServersAreHedged()
    {
        SimGrid grid(kSeed, shape(10, 3, 7, 10));
        const Bytes plain = test::plaintext(300'000);
        const auto put = grid.put(plain);
        VERIFY_OK(put);
        for (std::size_t server = 0; server < 6; ++server)
            slowDown(grid, server, 30s);
        const TimePoint begun = grid.world.clock().now();
        const auto got = grid.get(put->readCap, plain);
        VERIFY_OK(got);
        // One exchange with a slow server alone takes a minute.
        QVERIFY(grid.world.clock().now() - begun < 50s);
    }

    void liarsAreReportedAndReplaced_data()
    {
        QTest::addColumn<int>("lie");
        QTest::addColumn<bool>("reported");
        const auto add = [](Lie lie, bool reported) {
            QTest::newRow(nameOf(lie)) << static_cast<int>(lie) << reported;
        };
        add(Lie::WrongBytes, true);
        add(Lie::OldShares, true);
        add(Lie::ShortAnswers, false);
        add(Lie::WrongNumbers, false); // the number that is reported is not there
        add(Lie::Errors, false);
    }
    void liarsAreReportedAndReplaced()
    {
        QFETCH(int, lie);
        QFETCH(bool, reported);
        SimGrid grid(kSeed, shape(10, 3, 7, 10));
        const Bytes other = test::plaintext(100'000, 9);
        const auto old = grid.put(other);
        VERIFY_OK(old);
        const Bytes plain = test::plaintext(100'000);
        const auto put = grid.put(plain);
        VERIFY_OK(put);
        for (std::size_t server = 0; server < 7; ++server)
            grid.server(server).setPlan(
                test::planOf(static_cast<Lie>(lie), server, test::storageIndexOf(old->readCap)));
        const auto got = grid.get(put->readCap, plain);
        VERIFY_OK(got);
        grid.pass(1min);
        if (reported) QVERIFY(grid.advisories() > 0);
    }

    void tooFewServersLeaveNothing_data()
    {
        QTest::addColumn<bool>("silent");
        QTest::newRow("dead") << false;
        QTest::newRow("silent") << true;
    }
    void tooFewServersLeaveNothing()
    {
        QFETCH(bool, silent);
        SimGrid grid(kSeed, shape(10, 3, 7, 10));
        for (std::size_t server = 0; server < 4; ++server) {
            if (silent) {
                grid.world.network.isolate(grid.server(server).name());
            } else {
                grid.crash(server);
            }
        }
        const Bytes plain = test::plaintext(100'000);
        const auto put = grid.put(plain);
        QVERIFY(!put);
        QCOMPARE(put.error().code(), ErrorCode::Unhappy);
        grid.pass(1min);
        QCOMPARE(grid.uploadsOpen(), std::size_t{0});
    }
    void writesThatFailLeaveNothing()
    {
        SimGrid grid(kSeed, shape(10, 3, 7, 10));
        for (std::size_t server = 0; server < 4; ++server)
            grid.server(server).setPlan([](test::StoreCall call, std::uint64_t) {
                test::Fault fault;
                if (call == test::StoreCall::Write) fault.error = ErrorCode::IoFailure;
                return fault;
            });
        const auto put = grid.put(test::plaintext(200'000));
        QVERIFY(!put);
        QCOMPARE(put.error().code(), ErrorCode::Unhappy);
        grid.pass(1min);
        QCOMPARE(grid.uploadsOpen(), std::size_t{0});
    }
    void cancelledUploadsLeaveNothing()
    {
        for (const Duration after : {10ms, 200ms, 700ms, 1500ms}) {
            SimGrid grid(kSeed, shape(10, 3, 7, 10));
            narrow(grid, 100'000);
            const auto upload = grid.start(slowUpload(grid, test::plaintext(600'000)));
            grid.pass(after);
            QVERIFY(!upload->ended());
            grid.cancel(upload);
            QVERIFY(upload->ended());
            QVERIFY(!*upload->result);
            grid.pass(1min);
            QCOMPARE(grid.uploadsOpen(), std::size_t{0});
        }
    }

    void repairRestoresAllShares()
    {
        SimGrid grid(kSeed, shape(10, 3, 7, 10));
        const Bytes plain = test::plaintext(300'000);
        const auto put = grid.put(plain);
        VERIFY_OK(put);
        const StorageIndex index = test::storageIndexOf(put->readCap);
        std::size_t lost = 0;
        for (const auto& [server, shares] : grid.sharesOf(index))
            for (const ShareNumber share : shares)
                if (lost < 3 && grid.server(server).lose(index, share)) ++lost;
        std::size_t spoilt = 0;
        for (const auto& [server, shares] : grid.sharesOf(index))
            for (const ShareNumber share : shares)
                if (spoilt < 2 && grid.server(server).spoil(index, share)) ++spoilt;
        QCOMPARE(lost + spoilt, std::size_t{5});
        gateway::CheckOptions verify;
        verify.verify = true;
        const auto repaired = grid.run(grid.gateway().grid().checkAndRepair(put->readCap, verify));
        VERIFY_OK(repaired);
        QVERIFY(repaired->attempted);
        QVERIFY2(repaired->successful, repaired->failure.c_str());
        QCOMPARE(repaired->before.sharesGood, 5U);
        const auto after = grid.run(grid.gateway().grid().check(put->readCap, verify));
        VERIFY_OK(after);
        QCOMPARE(after->sharesGood, 10U);
        QVERIFY(after->healthy);
        QCOMPARE(grid.uploadsOpen(), std::size_t{0});
    }
    void equalFilesOfTwoGatewaysShareStorage()
    {
        SimGridShape two = shape(10, 3, 7, 10);
        two.gateways = 2;
        SimGrid grid(kSeed, two);
        const Bytes plain = test::plaintext(100'000);
        const gateway::UploadOptions options;
        // At the same time: each finds places that the other has begun.
        const auto one = grid.start(SimGrid::upload(grid.gateway(0).grid(), plain, options));
        const auto other = grid.start(SimGrid::upload(grid.gateway(1).grid(), plain, options));
        QVERIFY(grid.finish(one, 1h) && grid.finish(other, 1h));
        QVERIFY(*one->result || *other->result);
        grid.pass(1min);
        QCOMPARE(grid.uploadsOpen(), std::size_t{0});
        const auto again = grid.run(SimGrid::upload(grid.gateway(1).grid(), plain, options));
        VERIFY_OK(again);
        const auto got = grid.get(again->readCap, plain);
        VERIFY_OK(got);
        QCOMPARE(grid.distinctShares(test::storageIndexOf(again->readCap)), std::size_t{10});
    }
};

QTEST_GUILESS_MAIN(TestSimGrid)
#include "test_sim_grid.moc"
