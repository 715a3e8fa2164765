#include "client-gateway/dirs/directory_edit.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;

namespace {

const std::string kFile = "URI:LIT:nbswy3dp";
const std::string kWrite =
    "URI:SSK:aaaqeayeaudaocajbifqydiob4:eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q";
const std::string kRead =
    "URI:SSK-RO:zlnpn42lu7xedonux53kr42hsm:eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q";
const std::string kDirectory = "URI:DIR2-LIT:";

DirectoryAccess access()
{
    return DirectoryAccess{true, crypto::WriteKey()};
}

NewChild newChild(const std::string& name, const std::string& write,
                  std::optional<std::string> metadata = std::nullopt)
{
    return NewChild{name, write, std::nullopt, std::move(metadata)};
}

Bytes directoryOf(const std::vector<NewChild>& children)
{
    return *serializeNew(*prepareChildren(children, access()), access());
}

std::string ns(const std::string& value)
{
    return std::to_string(value.size()) + ":" + value + ",";
}

std::string entryOf(const std::string& name, const std::string& read, const std::string& metadata)
{
    return ns(ns(name) + ns(read) + ns("") + ns(metadata));
}

DirectoryChildren childrenOf(ByteView contents)
{
    return *parseDirectory(contents, access());
}

QString listed(const EditedContents& edited)
{
    if (!edited) return QString::fromUtf8(nameOf(edited.error().code()).data());
    if (!*edited) return "unchanged";
    std::string text;
    for (const auto& [name, child] : childrenOf(**edited))
        text += name + "=" + cap::printCap(std::get<cap::Cap>(child.node)) + ";";
    return QString::fromStdString(text);
}

LinkEdit linkEdit(const std::vector<NewChild>& children, Replace replace)
{
    return LinkEdit(access(), *prepareChildren(children, access()), replace, 100);
}

} // namespace

class TestDirectoryEdit : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void linkingAddsAndReplaces()
    {
        LinkEdit edit =
            linkEdit({newChild("b", kWrite, "{\"k\":1}"), newChild("a", kFile)}, Replace::Yes);
        const EditedContents edited = edit.apply(directoryOf({newChild("a", kDirectory)}), false);
        QCOMPARE(listed(edited), QString::fromStdString("a=" + kFile + ";b=" + kWrite + ";"));
        const std::vector<Removed> removed = edit.takeRemoved();
        QCOMPARE(removed.size(), std::size_t{2});
        QVERIFY(!removed[0]);
        QVERIFY(removed[1]);
        QCOMPARE(cap::printCap(std::get<cap::Cap>(removed[1]->node)), kDirectory);
        QCOMPARE(childrenOf(**edited)["b"].metadata,
                 std::string("{\"k\": 1, \"tahoe\": {\"linkcrtime\": 100.0, "
                             "\"linkmotime\": 100.0}}"));
    }

    void replacePoliciesHold()
    {
        const Bytes old = directoryOf({newChild("dir", kDirectory), newChild("file", kFile)});
        QCOMPARE(listed(linkEdit({newChild("file", kWrite)}, Replace::No).apply(old, false)),
                 QString("Exists"));
        QCOMPARE(listed(linkEdit({newChild("dir", kWrite)}, Replace::OnlyFiles).apply(old, false)),
                 QString("Exists"));
        QVERIFY(linkEdit({newChild("file", kWrite)}, Replace::OnlyFiles).apply(old, false));
        QVERIFY(linkEdit({newChild("new", kWrite)}, Replace::No).apply(old, false));
        // All or none.
        QVERIFY(!linkEdit({newChild("new", kWrite), newChild("dir", kFile)}, Replace::No)
                     .apply(old, false));
    }

    void whatIsAlreadyLinkedByUsIsNoObstacle()
    {
        LinkEdit edit = linkEdit({newChild("x", kFile)}, Replace::No);
        const EditedContents first = edit.apply(ByteView(), false);
        const EditedContents second = edit.apply(**first, true);
        QCOMPARE(listed(second), QString::fromStdString("x=" + kFile + ";"));
        QVERIFY(!edit.takeRemoved()[0]);
        LinkEdit weakened = linkEdit({newChild("x", kWrite, "{\"no-write\":1}")}, Replace::No);
        const EditedContents once = weakened.apply(ByteView(), false);
        QVERIFY(weakened.apply(**once, true));
        QVERIFY(!weakened.takeRemoved()[0]);
        LinkEdit other = linkEdit({newChild("x", kWrite)}, Replace::No);
        QCOMPARE(listed(other.apply(**first, true)), QString("Exists"));
    }

    void noWriteTakesTheWriteCapability()
    {
        LinkEdit edit = linkEdit({newChild("x", kWrite, "{\"no-write\":true}")}, Replace::Yes);
        QCOMPARE(listed(edit.apply(ByteView(), false)), QString::fromStdString("x=" + kRead + ";"));
    }

    void namesMeetInOneForm()
    {
        LinkEdit edit = linkEdit({newChild("e\xcc\x81", kWrite)}, Replace::Yes);
        const EditedContents edited = edit.apply(directoryOf({newChild("\xc3\xa9", kFile)}), false);
        QCOMPARE(listed(edited),
                 QString::fromUtf8("\xc3\xa9=") + QString::fromStdString(kWrite) + ";");
    }

    void untouchedEntriesKeepTheirBytes()
    {
        // A contradiction that no listing shows, and metadata in another spelling.
        const std::string hidden = entryOf("h", "URI:CHK:bad", "{}");
        const std::string spelled = entryOf("s", "URI:LIT:", "{ \"a\" :  1  }");
        const std::string old = hidden + spelled;
        LinkEdit edit = linkEdit({newChild("z", kFile)}, Replace::Yes);
        const EditedContents edited = edit.apply(asBytes(old), false);
        QVERIFY(edited);
        QVERIFY(asText(**edited).starts_with(old));
        // The hidden one counts as absent.
        QCOMPARE(listed(UnlinkEdit(access(), "h", ChildKind::Any, {}).apply(asBytes(old), false)),
                 QString("NotFound"));
        LinkEdit over = linkEdit({newChild("h", kFile)}, Replace::No);
        QVERIFY(over.apply(asBytes(old), false));
    }

    void unlinking()
    {
        const Bytes old = directoryOf({newChild("d", kDirectory), newChild("f", kFile)});
        UnlinkEdit edit(access(), "f", ChildKind::File, std::nullopt);
        const EditedContents edited = edit.apply(old, false);
        QCOMPARE(listed(edited), QString::fromStdString("d=" + kDirectory + ";"));
        QVERIFY(edit.removed());
        // An answer was lost, and the edit had been done.
        QCOMPARE(listed(edit.apply(**edited, true)), QString("unchanged"));
        QVERIFY(edit.removed());

        const auto one = [&](const char* name, ChildKind kind) {
            return listed(UnlinkEdit(access(), name, kind, std::nullopt).apply(old, false));
        };
        QCOMPARE(one("none", ChildKind::Any), QString("NotFound"));
        QCOMPARE(one("d", ChildKind::File), QString("InvalidInput"));
        QCOMPARE(one("f", ChildKind::Directory), QString("InvalidInput"));
        QCOMPARE(one("d", ChildKind::Directory), QString::fromStdString("f=" + kFile + ";"));
    }

    void unlinkingOnlyACertainChild()
    {
        const Bytes old = directoryOf({newChild("f", kFile)});
        const cap::Node same = cap::parseCap(kFile);
        const cap::Node other = cap::parseCap(kWrite);
        const auto one = [&](const char* name, const cap::Node& node) {
            return listed(UnlinkEdit(access(), name, ChildKind::Any, node).apply(old, false));
        };
        QCOMPARE(one("f", same), QString());
        QCOMPARE(one("f", other), QString("unchanged"));
        QCOMPARE(one("none", same), QString("unchanged"));
    }

    void renaming()
    {
        const Bytes old = directoryOf({newChild("a", kFile, "{\"k\":1}"), newChild("b", kWrite)});
        RenameEdit edit(access(), "a", "c", Replace::No, 100);
        const EditedContents edited = edit.apply(old, false);
        QCOMPARE(listed(edited), QString::fromStdString("b=" + kWrite + ";c=" + kFile + ";"));
        QVERIFY(childrenOf(**edited)["c"].metadata.starts_with("{\"k\": 1"));
        QCOMPARE(listed(edit.apply(**edited, true)), QString("unchanged"));
        QCOMPARE(listed(RenameEdit(access(), "a", "b", Replace::No, 1).apply(old, false)),
                 QString("Exists"));
        QCOMPARE(listed(RenameEdit(access(), "a", "b", Replace::Yes, 1).apply(old, false)),
                 QString::fromStdString("b=" + kFile + ";"));
        QCOMPARE(listed(RenameEdit(access(), "x", "b", Replace::Yes, 1).apply(old, true)),
                 QString("NotFound"));
    }

    void badChildrenAreRefused_data()
    {
        QTest::addColumn<QString>("write");
        QTest::addColumn<QString>("read");
        QTest::addColumn<bool>("isMutable");
        QTest::addColumn<QString>("begins");
        const QString known = QString::fromStdString(kWrite);
        QTest::newRow("none") << ""
                              << "" << true << "a child needs a capability";
        QTest::newRow("unknown write") << "future"
                                       << "" << true << "MustNotBeUnknownRW";
        QTest::newRow("write as read") << ""
                                       << "ro." + known << true << "MustBeReadonly";
        QTest::newRow("mutable") << known << "" << false << "MustBeDeepImmutable";
        QTest::newRow("unknown pair") << "a"
                                      << "imm.b" << true << "MustBeDeepImmutable";
        QTest::newRow("malformed") << ""
                                   << "URI:CHK:x" << true << "bad URI:CHK capability";
        QTest::newRow("verifier") << ""
                                  << "URI:CHK-Verifier:hdis5iaveku6lnlaiccydyid7q:"
                                     "eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q:3:10:9"
                                  << true << "a verify capability";
    }
    void badChildrenAreRefused()
    {
        QFETCH(QString, write);
        QFETCH(QString, read);
        QFETCH(bool, isMutable);
        QFETCH(QString, begins);
        const NewChild child{"x", write.toStdString(), read.toStdString(), std::nullopt};
        DirectoryAccess where = access();
        if (!isMutable) where = DirectoryAccess{false, std::nullopt};
        const Result<PreparedChild> prepared = prepareChild(child, where);
        QVERIFY(!prepared);
        QCOMPARE(prepared.error().code(), ErrorCode::InvalidInput);
        QVERIFY2(prepared.error().message().starts_with(begins.toStdString()),
                 prepared.error().message().c_str());
    }

    void badNamesAndMetadataAreRefused()
    {
        QVERIFY(!prepareChild(newChild("\xff", kFile), access()));
        QVERIFY(!prepareChild(newChild("x", kFile, "[]"), access()));
        QVERIFY(prepareChild(newChild("", kFile), access()));
    }

    void growthIsBounded()
    {
        const std::string large = "{\"k\":\"" + std::string(kMaxDirectoryBytes - 60, 'x') + "\"}";
        const std::string old = entryOf("a", "URI:LIT:", large);
        QVERIFY(old.size() <= kMaxDirectoryBytes);
        LinkEdit edit = linkEdit({newChild("b", kFile)}, Replace::Yes);
        QCOMPARE(edit.apply(asBytes(old), false).error().code(), ErrorCode::TooLarge);
        const cap::Node file = cap::parseCap(kFile);
        std::vector<PreparedChild> children;
        children.push_back(PreparedChild{"a", file, large});
        children.push_back(PreparedChild{"b", file, std::nullopt});
        QCOMPARE(serializeNew(children, access()).error().code(), ErrorCode::TooLarge);
    }
};

QTEST_GUILESS_MAIN(TestDirectoryEdit)
#include "test_directory_edit.moc"
