#include "core/codec/base32.h"
#include "core/node/secrets.h"
#include "core/node/state_dir.h"
#include "tests/support/seeded_random.h"

#include <sys/stat.h>
#include <unistd.h>

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <latch>
#include <thread>

using namespace tarn;
using node::StateDir;

namespace {

mode_t modeOf(const std::string& path)
{
    struct stat info = {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777U : 0;
}

} // namespace

class TestStateDir final : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;
    unsigned m_count = 0;
    std::string fresh() { return m_folder.filePath(QString::number(++m_count)).toStdString(); }

private Q_SLOTS:
    void makesItsFolders()
    {
        const std::string path = fresh() + "/deep/er";
        const Result<StateDir> dir = StateDir::openBlocking(path, "storage");
        QVERIFY(dir);
        QCOMPARE(modeOf(path), mode_t(0700));
        QCOMPARE(modeOf(path + "/private"), mode_t(0700));
        QCOMPARE(modeOf(path + "/role"), mode_t(0600));
        QCOMPARE(dir->pathOf("storage"), path + "/storage");
        QCOMPARE(dir->pathOf("/srv/storage"), std::string("/srv/storage"));
    }
    void refusesAnotherRole()
    {
        const std::string path = fresh();
        QVERIFY(StateDir::openBlocking(path, "storage"));
        const Result<StateDir> other = StateDir::openBlocking(path, "gateway");
        QVERIFY(!other);
        QCOMPARE(other.error().code(), ErrorCode::Conflict);
        QVERIFY(other.error().message().find("the state directory of a tarn-storage") !=
                std::string::npos);
        QVERIFY(!StateDir::inspectBlocking(path, "gateway"));
        QVERIFY(StateDir::inspectBlocking(path, "storage"));
        QVERIFY(!StateDir::inspectBlocking(fresh(), "storage"));
    }
    void refusesATahoeNode()
    {
        const std::string path = fresh();
        std::filesystem::create_directories(path);
        std::ofstream(path + "/tahoe.cfg") << "[node]\n";
        const Result<StateDir> out = StateDir::openBlocking(path, "storage");
        QVERIFY(!out);
        QVERIFY(out.error().message().find("Tahoe-LAFS") != std::string::npos);
        QVERIFY(!std::filesystem::exists(path + "/role"));
        QVERIFY(!std::filesystem::exists(path + "/lock"));
    }
    void isOpenedByOneOfMany()
    {
        for (unsigned round = 0; round < 20; ++round) {
            const std::string path = fresh();
            std::atomic<int> opened = 0;
            std::atomic<int> refused = 0;
            std::latch allTried(4);
            {
                std::vector<std::jthread> threads;
                for (unsigned i = 0; i < 4; ++i) {
                    threads.emplace_back([&] {
                        const Result<StateDir> dir = StateDir::openBlocking(path, "storage");
                        opened += dir ? 1 : 0;
                        refused += !dir && dir.error().code() == ErrorCode::Conflict ? 1 : 0;
                        allTried.arrive_and_wait();
                    });
                }
            }
            QCOMPARE(opened.load(), 1);
            QCOMPARE(refused.load(), 3);
        }
    }
    void isOfTheRoleThatCameFirst()
    {
        for (unsigned round = 0; round < 20; ++round) {
            const std::string path = fresh();
            std::array<bool, 2> opened{};
            {
                const std::array<std::string_view, 2> roles{"storage", "gateway"};
                std::vector<std::jthread> threads;
                for (std::size_t i = 0; i < roles.size(); ++i) {
                    threads.emplace_back([&, i] {
                        opened[i] = StateDir::openBlocking(path, roles[i], std::chrono::seconds(10))
                                        .has_value();
                    });
                }
            }
            QVERIFY(opened[0] != opened[1]);
        }
    }
    void refusesASecondUser()
    {
        const std::string path = fresh();
        {
            const Result<StateDir> first = StateDir::openBlocking(path, "storage");
            QVERIFY(first);
            const Result<StateDir> second = StateDir::openBlocking(path, "storage");
            QVERIFY(!second);
            QCOMPARE(second.error().code(), ErrorCode::Conflict);
            const std::string id = "(process id " + std::to_string(::getpid()) + ")";
            QVERIFY(second.error().message().find(id) != std::string::npos);
            QVERIFY(StateDir::inspectBlocking(path, "storage"));
        }
        QVERIFY(StateDir::openBlocking(path, "storage"));
    }
    void keepsWhatItMade()
    {
        const std::string path = fresh();
        test::SeededRandom random(1);
        std::string made;
        {
            const Result<StateDir> dir = StateDir::openBlocking(path, "storage");
            QVERIFY(dir);
            QVERIFY(!dir->hasPrivate("swissnum"));
            const Result<Secret> text = dir->readOrMakePrivateBase32("swissnum", 20, random);
            QVERIFY(text);
            made = textOf(text->view());
        }
        QCOMPARE(made.size(), std::size_t(32));
        QCOMPARE(modeOf(path + "/private/swissnum"), mode_t(0600));
        const Result<StateDir> again = StateDir::openBlocking(path, "storage");
        QVERIFY(again);
        const Result<Secret> text = again->readOrMakePrivateBase32("swissnum", 20, random);
        QVERIFY(text);
        QCOMPARE(textOf(text->view()), made);
    }
    void refusesLooseSecrets_data()
    {
        QTest::addColumn<unsigned>("mode");
        QTest::newRow("group reads") << 0640U;
        QTest::newRow("others read") << 0604U;
        QTest::newRow("group writes") << 0620U;
    }
    void refusesLooseSecrets()
    {
        QFETCH(unsigned, mode);
        const Result<StateDir> dir = StateDir::openBlocking(fresh(), "storage");
        QVERIFY(dir);
        QVERIFY(dir->writePrivateText("secret", "abc"));
        ::chmod(dir->pathOf("private/secret").c_str(), mode);
        const Result<Secret> text = dir->readPrivateText("secret");
        QVERIFY(!text);
        QCOMPARE(text.error().code(), ErrorCode::InvalidInput);
        QVERIFY(text.error().message().find("chmod 600") != std::string::npos);
    }
    void refusesWhatIsNoFile()
    {
        const Result<StateDir> dir = StateDir::openBlocking(fresh(), "storage");
        QVERIFY(dir);
        std::filesystem::create_directory(dir->pathOf("private/secret"));
        QVERIFY(!dir->readPrivateText("secret"));
        QVERIFY(!dir->readPrivateText("absent"));
        QVERIFY(dir->writeFile("large", std::string(70'000, 'x')));
        const Result<std::string> large = dir->readFile("large");
        QVERIFY(!large);
        QCOMPARE(large.error().code(), ErrorCode::InvalidInput);
    }
    void replacesFilesWhole()
    {
        const Result<StateDir> dir = StateDir::openBlocking(fresh(), "storage");
        QVERIFY(dir);
        QVERIFY(dir->writeFile("storage.nurl", "one\n"));
        QVERIFY(dir->writeFile("storage.nurl", "two\n"));
        QCOMPARE(*dir->readFile("storage.nurl"), std::string("two"));
        QCOMPARE(modeOf(dir->pathOf("storage.nurl")), mode_t(0600));
        QVERIFY(!std::filesystem::exists(dir->pathOf("storage.nurl.new")));
        std::filesystem::create_directories(dir->pathOf("busy/inside"));
        QVERIFY(!dir->writeFile("busy", "x"));
        QVERIFY(!std::filesystem::exists(dir->pathOf("busy.new")));
    }
    void clientSecretsAreTahoes()
    {
        const Result<StateDir> dir = StateDir::openBlocking(fresh(), "gateway");
        QVERIFY(dir);
        test::SeededRandom random(2);
        const Result<Secret> secret = node::readOrMakeLeaseSecret(*dir, random);
        QVERIFY(secret);
        QCOMPARE(secret->size(), std::size_t(32));
        QCOMPARE(textOf(dir->readPrivateText("secret")->view()),
                 codec::encodeBase32(secret->view()));
        QVERIFY(node::readOrMakeLeaseSecret(*dir, random)->matches(secret->view()));
        QVERIFY(node::readOrMakeConvergence(*dir, random)->size() == 32);

        QVERIFY(dir->writePrivateText("convergence", " nbswy3dp \n"));
        QCOMPARE(textOf(node::readOrMakeConvergence(*dir, random)->view()), std::string("hello"));
        QVERIFY(dir->writePrivateText("secret", "nbswy3dp"));
        QVERIFY(!node::readOrMakeLeaseSecret(*dir, random));
        QVERIFY(dir->writePrivateText("convergence", "UPPER!"));
        QVERIFY(!node::readOrMakeConvergence(*dir, random));
    }
    void tokensAreNewAtEveryStart()
    {
        const Result<StateDir> dir = StateDir::openBlocking(fresh(), "gateway");
        QVERIFY(dir);
        test::SeededRandom random(3);
        const Result<Secret> first = node::makeApiToken(*dir, random);
        QVERIFY(first);
        QCOMPARE(first->size(), std::size_t(44));
        QVERIFY(dir->readPrivateText("api_auth_token")->matches(first->view()));
        const Result<Secret> second = node::makeApiToken(*dir, random);
        QVERIFY(second);
        QVERIFY(!second->matches(first->view()));
    }
};

QTEST_GUILESS_MAIN(TestStateDir)
#include "test_state_dir.moc"
