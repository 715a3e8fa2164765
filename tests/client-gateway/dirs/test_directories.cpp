#include "client-gateway/dirs/directories.h"
#include "client-gateway/dirs/directory_edit.h"
#include "tests/support/engine.h"
#include "tests/support/fake_immutable_files.h"
#include "tests/support/fake_mutable_files.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;

namespace {

const std::string kFile = "URI:LIT:nbswy3dp";
const std::string kOther = "URI:LIT:aa";

struct Rig
{
    test::Engine engine;
    test::FakeMutableFiles mutables;
    test::FakeImmutableFiles immutables;
    std::unique_ptr<WorkPool> cpu = makeInlinePool();
    Directories directories{{engine.clock(), *cpu, mutables, immutables}};

    template <class T>
    T run(asio::awaitable<T> work)
    {
        return *engine.run(std::move(work));
    }
    std::string make(std::vector<NewChild> children = {})
    {
        return *run(directories.create(cap::MutableFormat::Sdmf, std::move(children)));
    }
    Result<std::vector<Removed>> link(const std::string& where, const std::string& name,
                                      const std::string& what, Replace replace = Replace::Yes)
    {
        std::vector<NewChild> children;
        children.push_back(NewChild{name, what, std::nullopt, std::nullopt});
        return run(directories.link(where, std::move(children), replace));
    }
    QString listed(const std::string& where)
    {
        const auto contents = run(directories.list(where));
        if (!contents) return QString::fromUtf8(nameOf(contents.error().code()).data());
        std::string text;
        for (const auto& [name, child] : (*contents)->children)
            text += name + "=" + cap::printCap(std::get<cap::Cap>(child.node)) + ";";
        return QString::fromStdString(text);
    }
    QString moved(const std::string& from, const char* a, const std::string& to, const char* b,
                  Replace replace = Replace::Yes)
    {
        const Result<void> done = run(directories.move(from, a, to, b, replace));
        return done ? QString("ok") : QString::fromUtf8(nameOf(done.error().code()).data());
    }
};

cap::DirectoryCap parsed(const std::string& text)
{
    return std::get<cap::DirectoryCap>(cap::parseCap(text));
}

std::string readOnly(const std::string& text)
{
    return cap::printCap(cap::readOnlyOf(cap::parseCap(text)));
}

using Model = std::map<std::string, std::string>;

QString textOf(const Model& model)
{
    std::string text;
    for (const auto& [name, what] : model)
        text += name + "=" + what + ";";
    return QString::fromStdString(text);
}

} // namespace

class TestDirectories : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void createAndList()
    {
        Rig rig;
        const std::string empty = rig.make();
        QVERIFY(empty.starts_with("URI:DIR2:"));
        QCOMPARE(rig.listed(empty), QString());
        const std::string full = rig.make({NewChild{"a", {}, kFile, "{\"k\":[]}"}});
        const auto contents = *rig.run(rig.directories.list(full));
        QVERIFY(contents->writeable && contents->isMutable);
        QCOMPARE(contents->children.at("a").metadata, std::string("{\"k\": []}"));
        QVERIFY(contents->serializedSize > 0);
        const auto weak = *rig.run(rig.directories.list(readOnly(full)));
        QVERIFY(!weak->writeable && weak->isMutable);
        const auto mdmf = rig.run(rig.directories.create(cap::MutableFormat::Mdmf, {}));
        QVERIFY(mdmf->starts_with("URI:DIR2-MDMF:"));
    }

    void immutableDirectories()
    {
        Rig rig;
        std::vector<NewChild> one;
        one.push_back(NewChild{"a", {}, kFile, {}});
        const Result<std::string> small = rig.run(rig.directories.createImmutable(one));
        QCOMPARE(*small, std::string("URI:DIR2-LIT:"
                                     "gmzdumj2mewdcnr2kvjesosmjfkdu3tcon3xsm3eoawdaormgi5hw7jmfq"));
        QCOMPARE(rig.listed(*small), QString::fromStdString("a=" + kFile + ";"));
        one.push_back(NewChild{"b", {}, *small, {}});
        const Result<std::string> large = rig.run(rig.directories.createImmutable(one));
        QVERIFY(large->starts_with("URI:DIR2-CHK:"));
        QCOMPARE(rig.listed(*large), QString::fromStdString("a=" + kFile + ";b=" + *small + ";"));
        QCOMPARE(rig.link(*large, "x", kFile).error().code(), ErrorCode::NotWriteable);
        one.push_back(NewChild{"c", rig.make(), {}, {}});
        const Result<std::string> bad = rig.run(rig.directories.createImmutable(one));
        QCOMPARE(bad.error().code(), ErrorCode::InvalidInput);
        QVERIFY(bad.error().message().starts_with("MustBeDeepImmutable"));
    }

    void otherCapabilitiesAreRefused()
    {
        Rig rig;
        const std::string made = rig.make();
        QCOMPARE(rig.listed(kFile), QString("InvalidInput"));
        QCOMPARE(rig.listed("URI:DIR2:bad"), QString("InvalidInput"));
        QCOMPARE(rig.listed(cap::printCap(*cap::verifyOf(cap::parseCap(made)))),
                 QString("InvalidInput"));
        QCOMPARE(rig.link(readOnly(made), "x", kFile).error().code(), ErrorCode::NotWriteable);
        QCOMPARE(rig.link(made, "x", "nonsense").error().code(), ErrorCode::InvalidInput);
        QCOMPARE(rig.mutables.at(std::get<cap::MutableWriteCap>(parsed(made).file)).sequence,
                 std::uint64_t{1});
    }

    void brokenContentsAreCorruptAndLostOnesAreSaid()
    {
        Rig rig;
        const cap::MutableWriteCap file = rig.mutables.add(asBytes("hello"));
        const std::string text = cap::printCap(cap::DirectoryCap{file});
        QCOMPARE(rig.listed(text), QString("Corrupt"));
        QCOMPARE(rig.link(text, "x", kFile).error().code(), ErrorCode::Corrupt);
        rig.mutables.lost.insert(test::FakeMutableFiles::indexOf(file));
        QCOMPARE(rig.listed(text), QString("NotEnoughShares"));
        const cap::MutableWriteCap large = rig.mutables.add(zeroBytes(kMaxDirectoryBytes + 1));
        QCOMPARE(rig.listed(cap::printCap(cap::DirectoryCap{large})), QString("TooLarge"));
        cap::ImmutableReadCap chk;
        chk.needed = chk.total = 1;
        chk.size = kMaxDirectoryBytes + 1;
        rig.immutables.files[cap::printCap(chk)] = zeroBytes(chk.size);
        QCOMPARE(rig.listed(cap::printCap(cap::DirectoryCap{chk})), QString("TooLarge"));
    }

    void moving()
    {
        Rig rig;
        const std::string a = rig.make();
        const std::string b = rig.make();
        QVERIFY(rig.link(a, "x", kFile));
        QCOMPARE(rig.moved(a, "x", a, "x"), QString("ok"));
        QCOMPARE(rig.moved(a, "x", a, "y"), QString("ok"));
        QCOMPARE(rig.listed(a), QString::fromStdString("y=" + kFile + ";"));
        QCOMPARE(rig.moved(a, "x", b, "x"), QString("NotFound"));
        QCOMPARE(rig.moved(a, "y", b, "z"), QString("ok"));
        QCOMPARE(rig.listed(a), QString());
        QCOMPARE(rig.listed(b), QString::fromStdString("z=" + kFile + ";"));
        QVERIFY(rig.link(a, "z", kOther));
        QCOMPARE(rig.moved(a, "z", b, "z", Replace::No), QString("Exists"));
        QCOMPARE(rig.listed(a), QString::fromStdString("z=" + kOther + ";"));
        QCOMPARE(rig.moved(a, "z", readOnly(b), "z"), QString("NotWriteable"));
    }

    void movingLeavesWhatCameMeanwhile()
    {
        Rig rig;
        const std::string a = rig.make();
        const std::string b = rig.make();
        QVERIFY(rig.link(a, "x", kFile));
        const auto aFile = std::get<cap::MutableWriteCap>(parsed(a).file);
        const StorageIndex bIndex =
            test::FakeMutableFiles::indexOf(std::get<cap::MutableWriteCap>(parsed(b).file));
        rig.mutables.meanwhile = [&](const StorageIndex& index) {
            if (index != bIndex) return;
            DirectoryAccess access{true, aFile.writeKey};
            std::vector<NewChild> other;
            other.push_back(NewChild{"x", {}, kOther, {}});
            auto& file = rig.mutables.at(aFile);
            file.data = *serializeNew(*prepareChildren(other, access), access);
            ++file.sequence;
        };
        QCOMPARE(rig.moved(a, "x", b, "x"), QString("ok"));
        rig.mutables.meanwhile = nullptr;
        QCOMPARE(rig.listed(a), QString::fromStdString("x=" + kOther + ";"));
        QCOMPARE(rig.listed(b), QString::fromStdString("x=" + kFile + ";"));
    }

    void unlinkSaysWhatWasThere()
    {
        Rig rig;
        const std::string a = rig.make();
        QVERIFY(rig.link(a, "x", kFile));
        rig.mutables.lostAnswers = 2;
        const Result<DirectoryChild> gone = rig.run(rig.directories.unlink(a, "x", ChildKind::Any));
        QVERIFY(gone);
        QCOMPARE(cap::printCap(std::get<cap::Cap>(gone->node)), kFile);
        const Result<DirectoryChild> again =
            rig.run(rig.directories.unlink(a, "x", ChildKind::Any));
        QCOMPARE(again.error().code(), ErrorCode::NotFound);
    }

    /// Two gateways edit the same directories; in between the read and the write of one the
    /// other comes, and answers get lost. Neither loses an edit that was acknowledged.
    void noEditIsLost()
    {
        QVERIFY(test::forAll(30, [](test::SeededRandom& random) {
            Rig rig;
            Directories other({rig.engine.clock(), *rig.cpu, rig.mutables, rig.immutables});
            const std::vector<std::string> places{rig.make(), rig.make()};
            std::vector<Model> models(2);
            const auto name = [&] {
                return std::string(1, static_cast<char>('a' + random.between(0, 5)));
            };

            const auto linkMeanwhile = [&](std::size_t place, const std::string& what) {
                const auto file = std::get<cap::MutableWriteCap>(parsed(places[place]).file);
                const DirectoryAccess access{true, file.writeKey};
                std::vector<NewChild> children;
                children.push_back(NewChild{what, {}, kOther, {}});
                LinkEdit edit(access, *prepareChildren(children, access), Replace::Yes, 7);
                auto& stored = rig.mutables.at(file);
                stored.data = **edit.apply(stored.data, false);
                ++stored.sequence;
                models[place][what] = kOther;
            };
            for (int step = 0; step < 40; ++step) {
                rig.mutables.lostAnswers = random.chance(0.3) ? 1 : 0;
                bool came = false;
                if (random.chance(0.4)) {
                    // A name that no edit of ours touches, so that the order does not matter.
                    const std::string extra = "extra" + std::to_string(step);
                    const std::size_t where = random.between(0, 1);
                    rig.mutables.meanwhile = [&, extra, where](const StorageIndex&) {
                        if (!std::exchange(came, true)) linkMeanwhile(where, extra);
                    };
                }
                Directories& editor = random.chance(0.5) ? other : rig.directories;
                const std::size_t place = random.between(0, 1);
                Model& model = models[place];
                const std::string first = name();
                const auto kind = random.between(0, 2);
                if (kind == 0) {
                    const Replace replace = random.chance(0.5) ? Replace::No : Replace::Yes;
                    std::vector<NewChild> children;
                    children.push_back(NewChild{first, {}, kFile, {}});
                    const bool may = replace == Replace::Yes || !model.contains(first);
                    const auto done =
                        rig.run(editor.link(places[place], std::move(children), replace));
                    if (done.has_value() != may) return false;
                    if (may) model[first] = kFile;
                } else if (kind == 1) {
                    const bool may = model.contains(first);
                    const auto done = rig.run(editor.unlink(places[place], first, ChildKind::Any));
                    if (done.has_value() != may) return false;
                    model.erase(first);
                } else {
                    const std::size_t to = random.between(0, 1);
                    const std::string second = name();
                    const bool same = to == place && first == second;
                    const bool may = model.contains(first) || same;
                    const auto done = rig.run(
                        editor.move(places[place], first, places[to], second, Replace::Yes));
                    if (done.has_value() != may) return false;
                    if (may && !same) {
                        models[to][second] = model[first];
                        model.erase(first);
                    }
                }
                rig.mutables.meanwhile = nullptr;
                for (std::size_t i = 0; i < 2; ++i)
                    if (rig.listed(places[i]) != textOf(models[i])) return false;
            }
            return true;
        }));
    }
};

QTEST_GUILESS_MAIN(TestDirectories)
#include "test_directories.moc"
