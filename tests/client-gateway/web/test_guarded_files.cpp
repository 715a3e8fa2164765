#include "client-gateway/dirs/memory_transfers.h"
#include "client-gateway/web/guarded_files.h"
#include "core/cap/parse.h"
#include "core/codec/base32.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_immutable_files.h"
#include "tests/support/fake_mutable_files.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <filesystem>
#include <fstream>

using namespace tarn;
using namespace tarn::gateway;
using namespace tarn::gateway::web;

namespace {

const std::string kIndex = "aaaqeayeaudaocajbifqydiob4";

struct Rig
{
    QTemporaryDir folder;
    std::string path = folder.filePath("access.blacklist").toStdString();
    test::FakeClock clock;
    std::unique_ptr<WorkPool> disk = makeInlinePool();
    asio::io_context engine;
    test::FakeMutableFiles mutables;
    test::FakeImmutableFiles immutables;
    Blacklist blacklist{path, clock, *disk};
    GuardedMutableFiles files{mutables, blacklist};
    GuardedImmutableFiles guarded{immutables, blacklist};

    void write(const std::string& text)
    {
        std::ofstream(path) << text;
        refreshLater();
    }
    void refreshLater()
    {
        clock.advance(std::chrono::seconds(2));
        engine.restart();
        asio::co_spawn(engine, blacklist.refresh(), asio::detached);
        engine.run();
    }
    template <class T>
    Result<T> run(asio::awaitable<Result<T>> work)
    {
        Result<T> out = Error(ErrorCode::Internal, "not run");
        engine.restart();
        asio::co_spawn(engine, std::move(work),
                       [&out](std::exception_ptr, Result<T> result) { out = std::move(result); });
        engine.run();
        return out;
    }
    static std::string indexOf(const cap::MutableWriteCap& file)
    {
        return codec::encodeBase32(test::FakeMutableFiles::indexOf(MutableCap(file)));
    }
};

template <class T>
bool prohibited(const Result<T>& result)
{
    return !result && result.error().code() == ErrorCode::Unauthorized &&
           result.error().message() == "Access Prohibited: too loud";
}

} // namespace

class TestGuardedFiles final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void blacklistsAreParsed()
    {
        const Result<Prohibitions> good =
            parseBlacklist("# why\n\n" + kIndex + "  too  loud \r\n  # more\n");
        QVERIFY(good.has_value());
        QCOMPARE(good->size(), std::size_t{1});
        QCOMPARE(good->at(kIndex), std::string("too  loud"));
        for (const std::string& bad :
             {kIndex, std::string("aaaa no index"), std::string("1 x"), kIndex + "a reason"})
            QVERIFY(!parseBlacklist(bad));
        QVERIFY(parseBlacklist("")->empty());
    }
    void prohibitedFilesAreRefused()
    {
        Rig rig;
        const Bytes data = toBytes(asBytes(std::string_view("hello")));
        const cap::MutableWriteCap file = rig.mutables.add(data);
        const MutableReadable readable = file;
        rig.refreshLater();
        QVERIFY(rig.run(rig.files.read(readable, 100)).has_value());
        rig.write(rig.indexOf(file) + " too loud\n");
        QVERIFY(prohibited(rig.run(rig.files.read(readable, 100))));
        QVERIFY(prohibited(rig.run(rig.files.open(readable))));
        MemorySource source(data);
        QVERIFY(prohibited(rig.run(rig.files.overwrite(file, source))));
        QVERIFY(prohibited(rig.run(rig.files.update(file, 0, source))));
        QVERIFY(rig.run(rig.files.check(file, CheckOptions{})).has_value());
        QVERIFY(rig.run(rig.files.checkAndRepair(file, CheckOptions{})).has_value());
        QCOMPARE(rig.mutables.writes, 0U);
        rig.write("what is this");
        QVERIFY(prohibited(rig.run(rig.files.read(readable, 100)))); // the last good one holds
        std::filesystem::remove(rig.path);
        rig.refreshLater();
        QVERIFY(rig.run(rig.files.read(readable, 100)).has_value());
    }
    void everythingIsRefusedUntilAListIsUnderstood()
    {
        Rig rig;
        const std::string readCap = rig.immutables.add(zeroBytes(100));
        QCOMPARE(rig.guarded.open(readCap).error().code(), ErrorCode::Unauthorized);
        rig.write("what is this");
        const Result<std::shared_ptr<Download>> refused = rig.guarded.open(readCap);
        QCOMPARE(refused.error().code(), ErrorCode::Unauthorized);
        QVERIFY(refused.error().message().find("access.blacklist line 1") != std::string::npos);
        rig.write("# nothing\n");
        QVERIFY(rig.guarded.open(readCap).has_value());
    }
    void prohibitedImmutableFilesAreRefused()
    {
        Rig rig;
        rig.refreshLater();
        const std::string readCap = rig.immutables.add(zeroBytes(100));
        QVERIFY(rig.guarded.open(readCap).has_value());
        const std::optional<StorageIndex> index = cap::storageIndexOf(cap::parseCap(readCap));
        QVERIFY(index.has_value());
        rig.write(codec::encodeBase32(*index) + " too loud\n");
        QVERIFY(prohibited(rig.guarded.open(readCap)));
        QVERIFY(rig.run(rig.guarded.check(readCap, CheckOptions{})).has_value());
        QVERIFY(rig.run(rig.guarded.checkAndRepair(readCap, CheckOptions{})).has_value());
        QVERIFY(rig.guarded.open("URI:LIT:nbswy3dp").has_value());
    }
};

QTEST_GUILESS_MAIN(TestGuardedFiles)
#include "test_guarded_files.moc"
