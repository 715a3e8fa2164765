// Four of six servers answer one kind of request with anything but what the protocol allows. What
// k honest servers can do is done all the same: in bounded time and memory, others served
// meanwhile, the culprits seen in the gateway's health, the honest ones not blamed.
#include "core/base/log.h"
#include "tests/client-gateway/grid_bench.h"
#include "tests/sim/hostile_service.h"
#include "tests/sim/sim_grid.h"
#include "tests/support/memory_peak.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;
using test::Attack;
using test::SimGrid;
using wire::Operation;

namespace {

constexpr std::size_t kServers = 6;
constexpr std::size_t kHostile = 4;
constexpr Duration kBound = 5min;                ///< of an operation that meets them
constexpr std::uint64_t kMostBytes = 64'000'000; ///< over the network, of one such operation
constexpr std::size_t kMostMemory = 96'000'000;  ///< that the process grows by meanwhile

struct Target
{
    const char* name;
    Operation operation;
};

constexpr std::array<Target, 8> kTargets{{{"version", Operation::Version},
                                          {"list", Operation::ListShares},
                                          {"allocate", Operation::Allocate},
                                          {"write", Operation::WriteShare},
                                          {"read", Operation::ReadShare},
                                          {"corrupt", Operation::AdviseCorrupt},
                                          {"abort", Operation::AbortShare},
                                          {"lease", Operation::AddLease}}};

test::SimGridShape shape()
{
    test::SimGridShape shape;
    shape.servers = kServers;
    shape.encoding.needed = 2;
    shape.encoding.happy = 2;
    shape.encoding.total = 6;
    shape.encoding.segmentSize = 8 * 1024;
    shape.asking.idleAfter = 2h;
    return shape;
}

/// Every server fails all writes, so that shares begun there are aborted.
void failWrites(SimGrid& grid)
{
    for (std::size_t i = 0; i < kServers; ++i)
        grid.server(i).setPlan([](test::StoreCall call, std::uint64_t) {
            test::Fault fault;
            if (call == test::StoreCall::Write) fault.error = ErrorCode::IoFailure;
            return fault;
        });
}

/// One grid with two files, and what is done with it.
class Meeting
{
public:
    explicit Meeting(Operation operation) : m_grid(7, shape()), m_operation(operation) {}

    std::string run(Attack attack)
    {
        if (!prepare()) return "the grid does not work";
        for (std::size_t i = 0; i < kHostile; ++i)
            m_grid.server(i).setHostility({attack, {m_operation}});
        const std::uint64_t carried = m_grid.world.network.bytesCarried();
        test::MemoryPeak memory;
        std::string wrong = m_operation == Operation::Version ? askVersions() : operate();
        if (wrong.empty() && m_grid.world.network.bytesCarried() - carried > kMostBytes)
            wrong = "too many bytes were taken";
        if (wrong.empty() && memory.growth() > kMostMemory)
            wrong = "grew by " + std::to_string(memory.growth()) + " bytes";
        return wrong.empty() ? health(attack) : wrong;
    }

private:
    bool prepare()
    {
        const auto one = m_grid.put(m_plain);
        const auto other = m_grid.put(m_other);
        if (!one || !other) return false;
        m_cap = one->readCap;
        m_otherCap = other->readCap;
        m_grid.pass(1s);
        return true;
    }

    std::string askVersions()
    {
        for (const gateway::ServerPtr& server : servers()) {
            auto asking = server->store().version();
            auto limited = withDeadline<storage_api::ServerVersion>(m_grid.world.clock(), 15s,
                                                                    "version", std::move(asking));
            const auto operation = m_grid.start(std::move(limited));
            if (!m_grid.finish(operation, 1min)) return "the version request did not end";
        }
        return readBoth();
    }

    std::string operate()
    {
        switch (m_operation) {
        case Operation::Allocate:
        case Operation::WriteShare:
            return upload();
        case Operation::AbortShare:
            return failToUpload();
        case Operation::AdviseCorrupt:
            spoil();
            break;
        case Operation::AddLease:
            break;
        default: {
            const std::string wrong = readBoth();
            if (!wrong.empty()) return wrong;
            break;
        }
        }
        return check();
    }

    std::string readBoth()
    {
        const auto one = m_grid.start(read(m_cap, m_plain));
        const auto other = m_grid.start(read(m_otherCap, m_other));
        if (!m_grid.finish(one, kBound) || !m_grid.finish(other, kBound))
            return "a download did not end";
        if (!*one->result) return one->result->error().text();
        return *other->result ? "" : other->result->error().text();
    }
    std::string upload()
    {
        const auto put = m_grid.start(SimGrid::upload(m_grid.gateway().grid(), m_third, {}));
        const auto other = m_grid.start(read(m_otherCap, m_other));
        if (!m_grid.finish(other, 30s)) return "the download meanwhile did not end";
        if (!*other->result) return other->result->error().text();
        if (!m_grid.finish(put, kBound)) return "the upload did not end";
        if (!*put->result) return put->result->error().text();
        const auto back = m_grid.start(read((*put->result)->readCap, m_third));
        if (!m_grid.finish(back, kBound)) return "the download did not end";
        return *back->result ? "" : back->result->error().text();
    }
    std::string failToUpload()
    {
        failWrites(m_grid);
        const auto put = m_grid.start(SimGrid::upload(m_grid.gateway().grid(), m_third, {}));
        if (!m_grid.finish(put, kBound)) return "the upload did not end";
        if (*put->result) return "an upload without a server succeeded";
        m_grid.pass(1min);
        for (std::size_t i = kHostile; i < kServers; ++i)
            if (m_grid.uploadsOpenOn(i) > 0) return "an unfinished share is left";
        return readBoth();
    }
    void spoil()
    {
        const StorageIndex index = test::storageIndexOf(m_cap);
        for (const auto& [server, shares] : m_grid.sharesOf(index))
            for (const ShareNumber share : shares)
                if (server < kHostile) m_grid.server(server).spoil(index, share);
    }
    std::string check()
    {
        gateway::CheckOptions options;
        options.verify = true;
        options.addLease = true;
        const auto checked = m_grid.start(m_grid.gateway().grid().check(m_cap, options));
        if (!m_grid.finish(checked, kBound)) return "the check did not end";
        if (!*checked->result) return checked->result->error().text();
        m_grid.pass(1min);
        return (*checked->result)->recoverable ? "" : "the check says it is lost";
    }

    /// The reference says 500 where it has no room for a lease, and to writes past the end.
    bool meansNoRoom(Attack attack) const
    {
        return attack == Attack::ServerError &&
               (m_operation == Operation::WriteShare || m_operation == Operation::AddLease);
    }

    /// What a person is told afterwards.
    std::string health(Attack attack)
    {
        std::uint64_t attacked = 0;
        for (std::size_t i = 0; i < kHostile; ++i)
            attacked += m_grid.server(i).attacked();
        if (attacked == 0) return "nobody met the attack";
        for (std::size_t i = 0; i < kServers; ++i) {
            const gateway::ServerStatus status = m_grid.gateway()
                                                     .grid()
                                                     .servers()
                                                     .find(m_grid.server(i).name())
                                                     ->connection->status();
            const bool expected = i < kHostile && m_grid.server(i).attacked() > 0 &&
                                  test::breaksProtocol(attack) && !meansNoRoom(attack);
            if (expected && status.lastProblem.empty()) return "no problem is shown";
            if (i >= kHostile && status.badAnswers > 0)
                return "an honest server is blamed: " + status.lastProblem;
        }
        return {};
    }

    const std::vector<gateway::ServerPtr>& servers()
    {
        return m_grid.gateway().grid().servers().servers();
    }
    asio::awaitable<Result<void>> read(const std::string& cap, const Bytes& plain)
    {
        return SimGrid::download(m_grid.gateway().grid(), cap, ByteRange{0, plain.size()}, plain);
    }

    SimGrid m_grid;
    Operation m_operation;
    const Bytes m_plain = test::plaintext(20'000, 1);
    const Bytes m_other = test::plaintext(5'000, 2);
    const Bytes m_third = test::plaintext(30'000, 3);
    std::string m_cap;
    std::string m_otherCap;
};

} // namespace

class TestSimHostile final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { log::configure(log::Level::Error, log::Format::Text); }
    void hostileAnswers_data()
    {
        QTest::addColumn<int>("attack");
        QTest::addColumn<int>("target");
        for (std::size_t attack = 1; attack < test::kAttacks; ++attack) {
            for (std::size_t target = 0; target < kTargets.size(); ++target)
                QTest::addRow("%s to %s", test::nameOf(static_cast<Attack>(attack)),
                              kTargets[target].name)
                    << static_cast<int>(attack) << static_cast<int>(target);
        }
    }
    void hostileAnswers()
    {
        QFETCH(int, attack);
        QFETCH(int, target);
        Meeting meeting(kTargets[static_cast<std::size_t>(target)].operation);
        const std::string wrong = meeting.run(static_cast<Attack>(attack));
        QVERIFY2(wrong.empty(), wrong.c_str());
    }

    void corruptSharesAreSeenInTheHealth()
    {
        SimGrid grid(7, shape());
        const Bytes plain = test::plaintext(20'000);
        const auto put = grid.put(plain);
        QVERIFY(put);
        const StorageIndex index = test::storageIndexOf(put->readCap);
        for (const auto& [server, shares] : grid.sharesOf(index))
            for (const ShareNumber share : shares)
                if (server < kHostile) QVERIFY(grid.server(server).spoil(index, share));
        gateway::CheckOptions verify;
        verify.verify = true;
        const auto checked = grid.run(grid.gateway().grid().check(put->readCap, verify));
        QVERIFY(checked);
        QVERIFY(checked->recoverable && !checked->healthy);
        grid.pass(1min);
        QCOMPARE(grid.advisories(), kHostile);
        for (std::size_t i = 0; i < kServers; ++i) {
            const std::string name = grid.server(i).name();
            const auto status = grid.gateway().grid().servers().find(name)->connection->status();
            QCOMPARE(status.corruptShares, std::uint64_t(i < kHostile ? 1 : 0));
            QCOMPARE(status.lastProblem.find("corruption in share[") != std::string::npos,
                     i < kHostile);
            QCOMPARE(status.lastProblemAt.has_value(), i < kHostile);
        }
    }
};

QTEST_GUILESS_MAIN(TestSimHostile)
#include "test_sim_hostile.moc"
