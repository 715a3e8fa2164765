// What a node keeps in its state directory besides what its roles keep: port, grid.
#include "profiles/friendnet/grid_identity.h"
#include "profiles/friendnet/listen_port.h"
#include "tests/support/seeded_random.h"

#include <boost/asio/io_context.hpp>

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;

class TestNodeState final : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;
    test::SeededRandom m_random{7};

    node::StateDir open(const char* name)
    {
        return *node::StateDir::openBlocking(m_folder.filePath(name).toStdString(), "node");
    }

private Q_SLOTS:
    void aPortStays()
    {
        const node::StateDir dir = open("port");
        const net::Endpoint any = *net::parseEndpoint("127.0.0.1:0");
        QCOMPARE(portToListenOn(dir, any), std::uint16_t{0});
        std::uint16_t given = 0;
        {
            asio::io_context engine;
            const asio::ip::tcp::acceptor busy(engine, any);
            given = busy.local_endpoint().port();
            QVERIFY(keepPort(dir, given));
            QCOMPARE(portToListenOn(dir, any), std::uint16_t{0}); // somebody else has it now
        }
        QCOMPARE(portToListenOn(dir, any), given);
        QCOMPARE(portToListenOn(dir, *net::parseEndpoint("127.0.0.1:9")), std::uint16_t{9});
        QVERIFY(dir.writeFile("port", "99999999\n"));
        QCOMPARE(portToListenOn(dir, any), std::uint16_t{0});
    }
    void aGridIsFoundedOnce()
    {
        const node::StateDir dir = open("grid");
        const auto first = crypto::Ed25519Key::generate(m_random);
        QVERIFY(readGrid(dir) && !*readGrid(dir));
        const Result<GridIdentity> founded = foundGrid(dir, first.publicKey());
        QVERIFY(founded && founded->root == first.publicKey());
        QCOMPARE(founded->id().size(), std::size_t{26});
        const Result<std::optional<GridIdentity>> again = readGrid(dir);
        QVERIFY(again && *again && (*again)->root == first.publicKey());
        QCOMPARE((*again)->id(), founded->id());
        QVERIFY(dir.writeFile("grid", "v0-nonsense\n"));
        const Result<std::optional<GridIdentity>> bad = readGrid(dir);
        QVERIFY(!bad && bad.error().code() == ErrorCode::InvalidInput);
    }
};

QTEST_GUILESS_MAIN(TestNodeState)
#include "test_node_state.moc"
