#include "storage-server/server_identity.h"
#include "tests/support/seeded_random.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <filesystem>
#include <thread>

using namespace tarn;
using namespace tarn::storage;

class TestServerIdentity final : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;
    unsigned m_count = 0;
    test::SeededRandom m_random{11};

    Result<node::StateDir> fresh()
    {
        return node::StateDir::openBlocking(
            m_folder.filePath(QString::number(++m_count)).toStdString(), "storage");
    }
    static ServiceConfig config()
    {
        ServiceConfig out;
        out.nickname = "alpha";
        out.listen.host = "127.0.0.1";
        return out;
    }

private Q_SLOTS:
    void isMadeOnceAndKept()
    {
        const Result<node::StateDir> dir = fresh();
        QVERIFY(dir);
        QVERIFY(!readServerIdentity(*dir));
        const auto first = readOrMakeServerIdentity(*dir, m_random);
        QVERIFY(first);
        const auto second = readOrMakeServerIdentity(*dir, m_random);
        const auto third = readServerIdentity(*dir);
        QVERIFY(second && third);
        const wire::Announcement one = announcementOf(*first, config(), 7);
        QCOMPARE(wire::serversYaml(announcementOf(*second, config(), 7)), wire::serversYaml(one));
        QCOMPARE(wire::serversYaml(announcementOf(*third, config(), 7)), wire::serversYaml(one));
    }
    void announcesWhatClientsNeed()
    {
        const Result<node::StateDir> dir = fresh();
        const auto identity = readOrMakeServerIdentity(*dir, m_random);
        QVERIFY(identity);
        const wire::Announcement ann = announcementOf(*identity, config(), 41001);
        QCOMPARE(ann.serverId, identity->node.serverId());
        QCOMPARE("v0-" + *ann.permutationSeedBase32, ann.serverId);
        QVERIFY(*wire::tubIdOf(ann.furl) == identity->node.tubId);
        QCOMPARE(ann.nurls.size(), std::size_t(1));
        const Result<wire::Nurl> nurl = wire::parseNurl(ann.nurls.front());
        QVERIFY(nurl);
        QCOMPARE(nurl->port, std::uint16_t(41001));
        QVERIFY(nurl->spkiHash == identity->node.tls.spkiHash);
        QCOMPARE(nurl->swissnum, tarn::textOf(identity->swissnum.view()));
        QCOMPARE(nurl->swissnum.size(), std::size_t(32));
    }
    void withoutAnAccountThereAreNoNurls()
    {
        const Result<node::StateDir> dir = fresh();
        const auto identity = readOrMakeServerIdentity(*dir, m_random);
        QVERIFY(identity);
        ServiceConfig closed = config();
        closed.anonymous = false;
        const wire::Announcement ann = announcementOf(*identity, closed, 1);
        QVERIFY(ann.nurls.empty());
        QVERIFY(ann.furl.ends_with("@/none"));
        QVERIFY(wire::serversYaml(ann).find("anonymous-storage-NURLs: []") != std::string::npos);
    }
    void aDeletedSwissnumIsMadeAnew()
    {
        const Result<node::StateDir> dir = fresh();
        const auto before = readOrMakeServerIdentity(*dir, m_random);
        QVERIFY(before);
        std::filesystem::remove(dir->pathOf("private/swissnum"));
        const auto after = readOrMakeServerIdentity(*dir, m_random);
        QVERIFY(after);
        QVERIFY(!after->swissnum.matches(before->swissnum.view()));
        QCOMPARE(after->node.serverId(), before->node.serverId());
    }
    void isFoundInAnyState()
    {
        const std::string path = m_folder.filePath("found").toStdString();
        const auto made = findServerIdentityBlocking(path, m_random);
        QVERIFY(made);
        const Result<node::StateDir> running = node::StateDir::openBlocking(path, "storage");
        QVERIFY(running);
        const auto found = findServerIdentityBlocking(path, m_random);
        QVERIFY(found);
        QCOMPARE(found->node.serverId(), made->node.serverId());
        std::filesystem::remove(running->pathOf("private/swissnum"));
        const auto incomplete = findServerIdentityBlocking(path, m_random, Duration(0));
        QVERIFY(!incomplete);
        QVERIFY(incomplete.error().message().find("private/swissnum") != std::string::npos);
        QVERIFY(!findServerIdentityBlocking("/proc/nothing", m_random));
    }
    void isMadeOnceByManyAtATime()
    {
        constexpr unsigned kAtATime = 8;
        for (unsigned round = 0; round < 5; ++round) {
            const std::string path = m_folder.filePath(QString("many%1").arg(round)).toStdString();
            std::vector<std::string> texts(kAtATime);
            {
                std::vector<std::jthread> threads;
                for (std::string& text : texts) {
                    threads.emplace_back([&path, &text] {
                        SystemRandom random;
                        const auto found = findServerIdentityBlocking(path, random);
                        text = found ? wire::serversYaml(announcementOf(*found, config(), 7))
                                     : found.error().message();
                    });
                }
            }
            for (const std::string& text : texts) {
                QVERIFY2(text.starts_with("storage:"), text.c_str());
                QCOMPARE(text, texts.front());
            }
        }
    }
    void refusesWhatDoesNotFitIntoANurl()
    {
        const Result<node::StateDir> dir = fresh();
        QVERIFY(readOrMakeServerIdentity(*dir, m_random));
        QVERIFY(dir->writePrivateText("swissnum", "two/parts"));
        QVERIFY(!readServerIdentity(*dir));
        QVERIFY(dir->writePrivateText("swissnum", "plain"));
        QVERIFY(readServerIdentity(*dir));
        QVERIFY(dir->writeFile("permutation-seed", "not base32!\n"));
        QVERIFY(!readServerIdentity(*dir));
    }
};

QTEST_GUILESS_MAIN(TestServerIdentity)
#include "test_server_identity.moc"
