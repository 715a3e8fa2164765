// Links that members give each other: delivered once, kept over restarts, and what members may do
// who mean ill, or whose disks are full.
#include "core/cap/parse.h"
#include "core/codec/base32.h"
#include "profiles/friendnet/link_exchange.h"
#include "tests/support/engine.h"
#include "tests/support/seeded_random.h"

#include <boost/asio/detached.hpp>

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;
using namespace tarn::test;

namespace {

constexpr const char* kKeys = "ytqmgsaqoajx4wmcx3mxbn5n5e:"
                              "6aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const std::string kFolder = std::string("URI:DIR2:") + kKeys;
const std::string kFile = std::string("URI:CHK:") + kKeys + ":1:3:60000";

/// What reads the folder, and does no more.
std::string readFolder()
{
    return cap::printCap(cap::readOnlyOf(*cap::parseKnownCap(kFolder)));
}

/// A node with a disk, and members who are there or not. open() and close() may be called again.
class Rig
{
public:
    Rig()
    {
        bob = crypto::Ed25519Key::generate(random).publicKey();
        carol = crypto::Ed25519Key::generate(random).publicKey();
        members = {bob, carol};
        open();
    }
    ~Rig() { close(); }

    void open()
    {
        LinkExchange::Parts parts{
            engine.executor(),
            engine.clock(),
            random,
            *pool,
            dir,
            [this](const Ed25519PublicKey& key) { return members.contains(key); },
            [this](const Ed25519PublicKey& key) { return online.contains(key); },
            [this](Ed25519PublicKey to, Bytes body) { return post(to, std::move(body)); },
            [this] { ++changes; }};
        exchange = std::make_unique<LinkExchange>(std::move(parts), *node::readLinksBlocking(dir));
        engine.onEngine([this] { exchange->start(); });
    }
    void close()
    {
        if (!exchange) return;
        engine.run(stop(*exchange));
        exchange.reset();
    }
    void restart()
    {
        close();
        open();
    }
    static asio::awaitable<bool> stop(LinkExchange& exchange)
    {
        co_await exchange.stop();
        co_return true;
    }
    asio::awaitable<Result<unsigned>> post(Ed25519PublicKey to, Bytes body)
    {
        posted.emplace_back(to, *node::decodeShare(asText(body)));
        if (delay.count() > 0) co_await engine.clock().sleep(delay);
        if (failure) co_return *failure;
        co_return status;
    }
    void comes(const Ed25519PublicKey& who)
    {
        online.insert(who);
        engine.onEngine([this] { exchange->look(); });
    }
    void pass(Duration time) { engine.run(sleep(engine.clock(), time)); }
    static asio::awaitable<bool> sleep(Clock& clock, Duration time)
    {
        co_await clock.sleep(time);
        co_return true;
    }

    Result<node::SharedLink> give(const Ed25519PublicKey& to, const std::string& cap,
                                  const std::string& name = "photos")
    {
        const auto given = engine.run(exchange->give(to, cap, name));
        return given ? *given : Result<node::SharedLink>(Error(ErrorCode::Timeout, "no end"));
    }
    Result<void> take(const Ed25519PublicKey& from, node::SharedLink link)
    {
        const auto taken = engine.run(exchange->take(from, std::move(link)));
        return taken ? *taken : Result<void>(Error(ErrorCode::Timeout, "no end"));
    }
    Result<void> drop(const std::string& id)
    {
        const auto dropped = engine.run(exchange->drop(id));
        return dropped ? *dropped : Result<void>(Error(ErrorCode::Timeout, "no end"));
    }
    node::SharedLink link(const std::string& name = "letters")
    {
        node::SharedLink out;
        out.id = codec::encodeBase32(random.bytes(node::kLinkIdBytes));
        out.name = name;
        out.cap = kFile;
        return out;
    }
    std::size_t received() const { return exchange->links().received().size(); }
    std::size_t sent() const { return exchange->links().sent().size(); }
    bool delivered() const { return exchange->links().sent().front().delivered; }
    QString file() const { return QString::fromStdString(dir.pathOf(node::kLinksFile)); }

    QTemporaryDir folder;
    Engine engine;
    SeededRandom random{11};
    std::unique_ptr<WorkPool> pool = makeInlinePool();
    node::StateDir dir =
        *node::StateDir::openBlocking(folder.filePath("node").toStdString(), "node");
    Ed25519PublicKey bob;
    Ed25519PublicKey carol;
    std::set<Ed25519PublicKey> members;
    std::set<Ed25519PublicKey> online;
    std::vector<std::pair<Ed25519PublicKey, node::SharedLink>> posted;
    unsigned status = 200;
    std::optional<Error> failure;
    Duration delay{};
    unsigned changes = 0;
    std::unique_ptr<LinkExchange> exchange;
};

} // namespace

class TestLinkExchange final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whatIsGivenReadsAndDoesNoMore()
    {
        Rig rig;
        rig.online.insert(rig.bob);
        const Result<node::SharedLink> given = rig.give(rig.bob, kFolder);
        QVERIFY(given && given->delivered && given->cap == readFolder());
        QCOMPARE(rig.posted.size(), std::size_t{1});
        QCOMPARE(rig.posted[0].second.cap, readFolder());
        QVERIFY(rig.posted[0].first == rig.bob && rig.delivered());
        for (const char* bad : {"", "x", "URI:", "URI:DIR2:x"})
            QVERIFY2(!rig.give(rig.bob, bad), bad);
        QVERIFY(!rig.give(rig.bob, std::string(2000, 'x')));
        QVERIFY(!rig.give(rig.bob, kFile, "a/b") && !rig.give(rig.bob, kFile, "\xe2\x80\xae"));
        QCOMPARE(rig.posted.size(), std::size_t{1});
    }
    void allOfTheOwnersFilesNeverLeave()
    {
        Rig rig;
        QVERIFY(rig.dir.writePrivateText("root_dir.cap", kFolder));
        rig.online.insert(rig.bob);
        for (const std::string& cap : {kFolder, readFolder()}) {
            const Result<node::SharedLink> given = rig.give(rig.bob, cap);
            QVERIFY(!given && given.error().code() == ErrorCode::Conflict);
            QVERIFY(given.error().text().find(kKeys) == std::string::npos);
        }
        QVERIFY(rig.posted.empty() && rig.sent() == 0);
    }
    void itWaitsUntilSheIsThere()
    {
        Rig rig;
        const Result<node::SharedLink> given = rig.give(rig.bob, kFile);
        QVERIFY(given && !given->delivered && rig.posted.empty());
        rig.restart();
        rig.comes(rig.carol);
        QVERIFY(rig.posted.empty() && !rig.delivered());
        rig.comes(rig.bob);
        QCOMPARE(rig.posted.size(), std::size_t{1});
        QCOMPARE(rig.posted[0].second.id, given->id);
        QVERIFY(rig.delivered());
        rig.restart();
        rig.comes(rig.bob);
        rig.pass(std::chrono::hours(1));
        QCOMPARE(rig.posted.size(), std::size_t{1});
    }
    /// The answer got lost, or the inbox there is full: again, with the same id.
    void whatFailsIsTriedAgain()
    {
        Rig rig;
        rig.online.insert(rig.bob);
        rig.failure = Error(ErrorCode::Timeout, "lost");
        const Result<node::SharedLink> given = rig.give(rig.bob, kFile);
        QVERIFY(given && !given->delivered);
        rig.failure.reset();
        rig.status = 503;
        rig.pass(std::chrono::minutes(3));
        QVERIFY(!rig.delivered());
        rig.status = 200;
        rig.pass(std::chrono::minutes(3));
        QVERIFY(rig.delivered());
        for (const auto& [to, link] : rig.posted)
            QVERIFY(to == rig.bob && link.id == given->id);
        QCOMPARE(rig.posted.size(), std::size_t{3});
    }
    /// One answer takes long: it is not asked twice at the same time.
    void onceAtATime()
    {
        Rig rig;
        QVERIFY(rig.give(rig.bob, kFile));
        rig.delay = std::chrono::minutes(10);
        for (unsigned i = 0; i < 5; ++i) {
            rig.comes(rig.bob);
            rig.pass(std::chrono::minutes(1));
        }
        QCOMPARE(rig.posted.size(), std::size_t{1});
        rig.pass(std::chrono::minutes(10));
        QVERIFY(rig.delivered());
        QCOMPARE(rig.posted.size(), std::size_t{1});
    }
    void whoIsNoMemberAnyMoreGetsNothing()
    {
        Rig rig;
        QVERIFY(rig.give(rig.bob, kFile));
        rig.members.erase(rig.bob);
        rig.comes(rig.bob);
        rig.pass(std::chrono::hours(1));
        QVERIFY(rig.posted.empty());
    }
    void whatWasDroppedIsNotDelivered()
    {
        Rig rig;
        const Result<node::SharedLink> given = rig.give(rig.bob, kFile);
        QVERIFY(rig.drop(given->id));
        QVERIFY(!rig.drop(given->id));
        rig.restart();
        rig.comes(rig.bob);
        QVERIFY(rig.posted.empty() && rig.sent() == 0);
    }
    void whatComesIsOnDisk()
    {
        Rig rig;
        const node::SharedLink came = rig.link();
        QVERIFY(rig.take(rig.bob, came));
        QVERIFY(rig.changes > 0);
        QCOMPARE(QFile(rig.file()).permissions() & (QFile::ReadGroup | QFile::ReadOther),
                 QFile::Permissions());
        rig.restart();
        QCOMPARE(rig.received(), std::size_t{1});
        const node::SharedLink* const kept = rig.exchange->links().find(came.id);
        QVERIFY(kept != nullptr && kept->member == rig.bob && kept->cap == kFile);
    }
    /// Who gave it is who proved to be there, whatever the link says of itself.
    void nobodyGivesInAnothersName()
    {
        Rig rig;
        node::SharedLink forged = rig.link();
        forged.member = rig.carol;
        forged.time = 1;
        QVERIFY(rig.take(rig.bob, forged));
        QVERIFY(rig.exchange->links().find(forged.id)->member == rig.bob);
        QVERIFY(rig.exchange->links().find(forged.id)->time > 1);
    }
    void aReplayIsNoNews()
    {
        Rig rig;
        const node::SharedLink came = rig.link();
        QVERIFY(rig.take(rig.bob, came));
        const unsigned changes = rig.changes;
        node::SharedLink again = came;
        again.name = "something else";
        again.cap = readFolder();
        QVERIFY(rig.take(rig.bob, again));
        rig.restart();
        QVERIFY(rig.take(rig.bob, again));
        QCOMPARE(rig.changes, changes);
        QCOMPARE(rig.received(), std::size_t{1});
        QVERIFY(rig.exchange->links().find(came.id)->cap == kFile);
    }
    /// Neither another member's link nor one that was given is hidden or replaced.
    void idsOfOthersAreRefused()
    {
        Rig rig;
        const node::SharedLink came = rig.link();
        QVERIFY(rig.take(rig.bob, came));
        const Result<void> stolen = rig.take(rig.carol, came);
        QVERIFY(!stolen && stolen.error().code() == ErrorCode::InvalidInput);
        const Result<node::SharedLink> given = rig.give(rig.carol, kFile);
        node::SharedLink answer = rig.link();
        answer.id = given->id;
        QVERIFY(!rig.take(rig.carol, answer));
        QVERIFY(rig.exchange->links().find(came.id)->member == rig.bob);
        QCOMPARE(rig.received(), std::size_t{1});
    }
    void namesThatMislead()
    {
        Rig rig;
        for (const std::string& name :
             {std::string(), std::string(".."), std::string("a/b"), std::string("a\nb"),
              std::string("\x1b[2J"), std::string("\xff"), std::string("x\xe2\x80\xaegpj.exe"),
              std::string("\xe2\x81\xa7"), std::string("\xc2\x85"), std::string(256, 'a'),
              std::string("a\0b", 3)}) {
            const Result<void> taken = rig.take(rig.bob, rig.link(name));
            QVERIFY2(!taken && taken.error().code() == ErrorCode::InvalidInput, name.c_str());
        }
        node::SharedLink writes = rig.link();
        writes.cap = kFolder;
        QVERIFY(!rig.take(rig.bob, writes));
        node::SharedLink odd = rig.link();
        odd.id = "../../etc";
        QVERIFY(!rig.take(rig.bob, odd));
        QCOMPARE(rig.received(), std::size_t{0});
        QVERIFY(!QFile::exists(rig.file()));
    }
    void nobodyFillsTheInbox()
    {
        Rig rig;
        for (std::size_t i = 0; i < node::kMostReceivedOfOne; ++i)
            QVERIFY(rig.take(rig.bob, rig.link()));
        const Result<void> more = rig.take(rig.bob, rig.link());
        QVERIFY(!more && more.error().code() == ErrorCode::NoSpace);
        QVERIFY(rig.take(rig.carol, rig.link())); // others still may
        const std::string first = rig.exchange->links().received().front().id;
        QVERIFY(rig.drop(first));
        QVERIFY(rig.take(rig.bob, rig.link()));
        QVERIFY(QFile(rig.file()).size() < 100'000);
        rig.restart();
        QCOMPARE(rig.received(), node::kMostReceivedOfOne + 1);
    }
    /// What is not on disk was not taken, and the giver goes on trying; nothing is lost.
    void aFullDisk()
    {
        Rig rig;
        QVERIFY(rig.take(rig.bob, rig.link()));
        QVERIFY(QFile::rename(rig.file(), rig.file() + ".aside"));
        QVERIFY(QDir().mkpath(rig.file() + "/in the way")); // no file can be put there
        const node::SharedLink late = rig.link();
        const Result<void> taken = rig.take(rig.carol, late);
        QVERIFY(!taken && taken.error().code() != ErrorCode::InvalidInput);
        QVERIFY(!rig.give(rig.bob, kFile) && !rig.drop(rig.exchange->links().received()[0].id));
        QCOMPARE(rig.received(), std::size_t{1});
        QCOMPARE(rig.sent(), std::size_t{0});
        QVERIFY(QDir(rig.file()).removeRecursively());
        QVERIFY(QFile::rename(rig.file() + ".aside", rig.file()));
        QVERIFY(rig.take(rig.carol, late));
        rig.restart();
        QCOMPARE(rig.received(), std::size_t{2});
    }
    /// Several at the same time: each is on disk, in the end all are.
    void manyAtOnce()
    {
        Rig rig;
        std::vector<node::SharedLink> links;
        for (unsigned i = 0; i < 20; ++i)
            links.push_back(rig.link());
        rig.engine.onEngine([&] {
            for (const node::SharedLink& link : links)
                asio::co_spawn(rig.engine.executor(), takes(*rig.exchange, rig.bob, link),
                               asio::detached);
        });
        rig.pass(std::chrono::seconds(1));
        QCOMPARE(rig.received(), std::size_t{20});
        rig.restart();
        QCOMPARE(rig.received(), std::size_t{20});
    }

private:
    static asio::awaitable<void> takes(LinkExchange& exchange, Ed25519PublicKey from,
                                       node::SharedLink link)
    {
        const Result<void> taken = co_await exchange.take(from, std::move(link));
        static_cast<void>(taken);
    }
};

QTEST_GUILESS_MAIN(TestLinkExchange)
#include "test_link_exchange.moc"
