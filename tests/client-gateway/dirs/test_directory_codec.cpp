#include "client-gateway/dirs/directory_codec.h"
#include "client-gateway/dirs/sealed_cap.h"
#include "core/codec/netstring.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;

namespace {

const std::string kWrite =
    "URI:SSK:aaaqeayeaudaocajbifqydiob4:eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q";
const std::string kRead =
    "URI:SSK-RO:zlnpn42lu7xedonux53kr42hsm:eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q";
const std::string kChk = "URI:CHK:aaaqeayeaudaocajbifqydiob4:"
                         "eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q:3:10:1000";
const std::string kVerify = "URI:CHK-Verifier:hdis5iaveku6lnlaiccydyid7q:"
                            "eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q:3:10:1000";

crypto::WriteKey countingKey()
{
    crypto::WriteKey key;
    for (std::size_t i = 0; i < 16; ++i)
        key.mutableView()[i] = static_cast<std::byte>(i);
    return key;
}

DirectoryAccess writeable()
{
    return DirectoryAccess{true, countingKey()};
}
DirectoryAccess readable()
{
    return DirectoryAccess{true, std::nullopt};
}
DirectoryAccess immutable()
{
    return DirectoryAccess{false, std::nullopt};
}

std::string ns(const std::string& value)
{
    return std::to_string(value.size()) + ":" + value + ",";
}

std::string entryOf(const std::string& name, const std::string& read, const std::string& sealed,
                    const std::string& metadata = "{}")
{
    return ns(ns(name) + ns(read) + ns(sealed) + ns(metadata));
}

std::string sealed(const std::string& text)
{
    return textOf(sealWriteCap(countingKey(), text));
}

std::string nodeText(const cap::Node& node)
{
    if (const auto* known = std::get_if<cap::Cap>(&node)) return cap::printCap(*known);
    const auto& unknown = std::get<cap::UnknownNode>(node);
    return unknown.rw.value_or("-") + "|" + unknown.ro.value_or("-");
}

DirectoryChild childOf(const std::string& write, const std::string& read = "")
{
    return {cap::nodeFromCaps(write, read, cap::ParseContext::Anywhere), "{}"};
}

QString listed(const std::string& contents, const DirectoryAccess& access)
{
    const Result<DirectoryChildren> children = parseDirectory(asBytes(contents), access);
    if (!children) return QString::fromStdString(children.error().text());
    std::string text;
    for (const auto& [name, child] : *children)
        text += name + "=" + nodeText(child.node) + ";";
    return QString::fromStdString(text);
}

} // namespace

class TestDirectoryCodec : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void knownAnswersOfSealing()
    {
        QCOMPARE(
            toHex(sealWriteCap(countingKey(), "URI:SSK:x")),
            std::string("a62dd3110def6fa849bc486b221a160144f983a6c998a0f7b1f3388ec447e728255be0"
                        "fdcd26751b5dda6f39ec85e409519e58c9386a5aa3cc"));
        QCOMPARE(
            toHex(sealWriteCap(countingKey(), "")),
            std::string("d05f738a043b8404b7495ccb5d5501866971af5bc2acc121f3a8c3c9e4c67eaa2cf628"
                        "b320d73bc02284aa976c0018c7"));
        QCOMPARE(openWriteCap(countingKey(), sealWriteCap(countingKey(), kWrite)), kWrite);
        QCOMPARE(openWriteCap(countingKey(), toBytes("short")), std::string());
    }

    void knownAnswerOfAnImmutableDirectory()
    {
        Bytes contents;
        appendEntry(contents, "a", childOf("URI:LIT:nbswy3dp"), immutable());
        QCOMPARE(textOf(contents), std::string("32:1:a,16:URI:LIT:nbswy3dp,0:,2:{},,"));
        QCOMPARE(cap::printCap(cap::DirectoryCap{cap::LiteralCap{contents}}),
                 std::string("URI:DIR2-LIT:"
                             "gmzdumj2mewdcnr2kvjesosmjfkdu3tcon3xsm3eoawdaormgi5hw7jmfq"));
    }

    void accessDecidesWhatChildrenAre()
    {
        const std::string contents =
            entryOf("c", kChk, sealed("")) + entryOf("m", kRead, sealed(kWrite)) +
            entryOf("r", kRead, sealed("")) + entryOf("u", "future:ro", sealed("future:rw"));
        QCOMPARE(listed(contents, writeable()),
                 QString::fromStdString("c=" + kChk + ";m=" + kWrite + ";r=" + kRead +
                                        ";u=future:rw|ro.future:ro;"));
        QCOMPARE(listed(contents, readable()),
                 QString::fromStdString("c=" + kChk + ";m=" + kRead + ";r=" + kRead +
                                        ";u=-|ro.future:ro;"));
        QCOMPARE(listed("", writeable()), QString());
    }

    void trailingSpacesAreStripped()
    {
        QCOMPARE(listed(entryOf("m", kRead + "  ", sealed(kWrite + "   ")), writeable()),
                 QString::fromStdString("m=" + kWrite + ";"));
        QCOMPARE(listed(entryOf("m", kRead + "  ", sealed("    ")), writeable()),
                 QString::fromStdString("m=" + kRead + ";"));
    }

    void contradictionsAreOverlooked_data()
    {
        QTest::addColumn<QString>("entry");
        QTest::addColumn<bool>("isMutable");
        const auto row = [](const char* name, const std::string& entry, bool isMutable) {
            QTest::newRow(name) << QString::fromStdString(entry) << isMutable;
        };
        row("mutable in immutable", entryOf("x", kRead, ""), false);
        row("write in the read slot", entryOf("x", "ro." + kWrite, ""), true);
        row("alleged immutable", entryOf("x", "imm." + kRead, ""), true);
        row("verifier", entryOf("x", kVerify, ""), true);
        row("verifier in immutable", entryOf("x", kVerify, ""), false);
        row("malformed", entryOf("x", "URI:CHK:bad", ""), true);
    }
    void contradictionsAreOverlooked()
    {
        QFETCH(QString, entry);
        QFETCH(bool, isMutable);
        const std::string contents = entry.toStdString() + entryOf("y", "URI:LIT:", "");
        QCOMPARE(listed(contents, isMutable ? readable() : immutable()), QString("y=URI:LIT:;"));
    }

    void unknownCapabilitiesAreCarried()
    {
        QCOMPARE(listed(entryOf("u", "future", ""), readable()), QString("u=-|ro.future;"));
        QCOMPARE(listed(entryOf("u", "imm.future", ""), readable()), QString("u=-|imm.future;"));
        QCOMPARE(listed(entryOf("u", "future", ""), immutable()), QString("u=-|imm.future;"));
        QCOMPARE(listed(entryOf("u", "", ""), readable()), QString("u=-|-;"));
        Bytes contents;
        appendEntry(contents, "u", childOf("future:rw", "future:ro"), writeable());
        appendEntry(contents, "v", childOf("", "imm.future"), writeable());
        QCOMPARE(textOf(contents), entryOf("u", "future:ro", sealed("future:rw")) +
                                       entryOf("v", "imm.future", sealed("")));
        Bytes deep;
        appendEntry(deep, "v", childOf("", "imm.future"), immutable());
        QCOMPARE(textOf(deep), entryOf("v", "future", ""));
    }

    void sealedUnderAnotherKeyIsNotShownAsGarbage()
    {
        crypto::WriteKey other;
        const std::string foreign = textOf(sealWriteCap(other, kWrite));
        QCOMPARE(listed(entryOf("m", kRead, foreign), writeable()),
                 QString::fromStdString("m=" + kRead + ";"));
    }

    void namesAreNormalizedAndTheLastCounts()
    {
        const std::string contents = entryOf("e\xcc\x81", "URI:LIT:aa", "") +
                                     entryOf("a", "URI:LIT:", "") +
                                     entryOf("\xc3\xa9", "URI:LIT:nbswy3dp", "");
        QCOMPARE(listed(contents, immutable()),
                 QString::fromUtf8("a=URI:LIT:;\xc3\xa9=URI:LIT:nbswy3dp;"));
    }

    void brokenDirectoriesAreCorrupt_data()
    {
        QTest::addColumn<QByteArray>("contents");
        const auto row = [](const char* name, const std::string& contents) {
            QTest::newRow(name) << QByteArray::fromStdString(contents);
        };
        const std::string good = entryOf("a", "URI:LIT:", "");
        row("text", "hello");
        row("cut off", good.substr(0, good.size() - 1));
        row("trailing", good + "x");
        row("huge length", "99999999999999999999:a,");
        row("longer than all", "1000000:a,");
        row("negative", "-1:,");
        row("three fields", ns(ns("a") + ns("URI:LIT:") + ns("")));
        row("inner too long", ns("9:a,"));
        row("name not UTF-8", entryOf("\xff", "URI:LIT:", ""));
        row("metadata list", entryOf("a", "URI:LIT:", "", "[]"));
        row("metadata broken", entryOf("a", "URI:LIT:", "", "{"));
        row("metadata deep", entryOf("a", "URI:LIT:", "", "{\"a\":" + std::string(100'000, '[')));
        row("write cap in immutable", entryOf("a", "URI:LIT:", "x"));
    }
    void brokenDirectoriesAreCorrupt()
    {
        QFETCH(QByteArray, contents);
        const Result<DirectoryChildren> children =
            parseDirectory(asBytes(contents.toStdString()), immutable());
        QVERIFY(!children);
        QCOMPARE(children.error().code(), ErrorCode::Corrupt);
    }

    void manyChildrenComeBack()
    {
        QVERIFY(test::forAll(20, [](test::SeededRandom& random) {
            DirectoryChildren children;
            for (std::uint64_t i = random.between(0, 200); i > 0; --i) {
                const std::string name = toHex(random.bytesBetween(0, 9));
                const auto pick = random.between(0, 3);
                children[name] = pick == 0   ? childOf(kWrite)
                                 : pick == 1 ? childOf("", kChk)
                                 : pick == 2 ? childOf("", kRead)
                                             : childOf("rw" + name, "ro" + name);
            }
            Bytes contents;
            for (const auto& [name, child] : children)
                appendEntry(contents, name, child, writeable());
            const Result<DirectoryChildren> again = parseDirectory(contents, writeable());
            if (!again || again->size() != children.size()) return false;
            Bytes second;
            for (const auto& [name, child] : *again)
                appendEntry(second, name, child, writeable());
            return equal(contents, second);
        }));
    }
};

QTEST_GUILESS_MAIN(TestDirectoryCodec)
#include "test_directory_codec.moc"
