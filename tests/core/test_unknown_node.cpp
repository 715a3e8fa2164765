// Every row of the table of unknown pairs (Tahoe-LAFS: allmydata.unknown).
#include "core/cap/unknown_node.h"

#include <QtTest/QTest>

using namespace tarn::cap;

namespace {
using Slot = std::optional<std::string>;
constexpr auto kAnywhere = ParseContext::Anywhere;
constexpr auto kDeep = ParseContext::DeepImmutable;

std::string show(const UnknownNode& node)
{
    if (node.problem) return "problem " + std::to_string(static_cast<int>(node.problem->kind));
    return node.rw.value_or("-") + " " + node.ro.value_or("-");
}
std::string problem(CapProblem::Kind kind)
{
    return "problem " + std::to_string(static_cast<int>(kind));
}
} // namespace

Q_DECLARE_METATYPE(std::optional<std::string>)

class TestUnknownNode final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void followsTheTable_data()
    {
        using Kind = CapProblem::Kind;
        QTest::addColumn<Slot>("rw");
        QTest::addColumn<Slot>("ro");
        QTest::addColumn<bool>("deep");
        QTest::addColumn<std::string>("expected");
        const Slot none;
        QTest::newRow("nothing") << none << none << false << std::string("- -");
        QTest::newRow("empty strings") << Slot("") << Slot("") << true << std::string("- -");
        QTest::newRow("deep, imm. in rw")
            << Slot("imm.x") << none << true << std::string("- imm.x");
        QTest::newRow("deep, rw alone")
            << Slot("x") << none << true << problem(Kind::MustNotBeUnknownWrite);
        QTest::newRow("deep, ro. in rw")
            << Slot("ro.x") << none << true << problem(Kind::MustNotBeUnknownWrite);
        QTest::newRow("deep, both")
            << Slot("x") << Slot("y") << true << problem(Kind::MustBeDeepImmutable);
        QTest::newRow("rw alone") << Slot("x") << none << false
                                  << problem(Kind::MustNotBeUnknownWrite);
        QTest::newRow("ro. in rw") << Slot("ro.x") << none << false << std::string("- ro.x");
        QTest::newRow("imm. in rw") << Slot("imm.x") << none << false << std::string("- imm.x");
        QTest::newRow("imm. beside rw")
            << Slot("x") << Slot("imm.y") << false << problem(Kind::MustBeDeepImmutable);
        QTest::newRow("both") << Slot("x") << Slot("y") << false << std::string("x ro.y");
        QTest::newRow("both, prefixed")
            << Slot("x") << Slot("ro.y") << false << std::string("x ro.y");
        QTest::newRow("ro") << none << Slot("y") << false << std::string("- ro.y");
        QTest::newRow("ro, deep") << none << Slot("y") << true << std::string("- imm.y");
        QTest::newRow("ro., deep") << none << Slot("ro.y") << true << std::string("- imm.y");
        QTest::newRow("imm., deep") << none << Slot("imm.y") << true << std::string("- imm.y");
        QTest::newRow("bad known cap in ro")
            << none << Slot("URI:CHK:x") << false << problem(Kind::Bad);
        QTest::newRow("claims to be writable in ro")
            << none << Slot("ro.x-tahoe-future-test-writeable:1") << false
            << problem(Kind::MustBeReadOnly);
    }
    void followsTheTable()
    {
        QFETCH(Slot, rw);
        QFETCH(Slot, ro);
        QFETCH(bool, deep);
        QFETCH(std::string, expected);
        const UnknownNode node = makeUnknownNode(rw, ro, deep ? kDeep : kAnywhere);
        QCOMPARE(show(node), expected);
        if (node.problem) QVERIFY(!node.rw && !node.ro && !node.allegedImmutable());
        QCOMPARE(node.allowedInImmutableDirectory(), !node.problem && !node.rw);
    }
    void allegedImmutability()
    {
        QVERIFY(makeUnknownNode(std::nullopt, "imm.x", kAnywhere).allegedImmutable());
        QVERIFY(makeUnknownNode(std::nullopt, std::nullopt, kAnywhere).allegedImmutable());
        QVERIFY(!makeUnknownNode(std::nullopt, "ro.x", kAnywhere).allegedImmutable());
        QVERIFY(!makeUnknownNode("x", "ro.x", kAnywhere).allegedImmutable());
    }
    void knownCapsOpenAnObject()
    {
        const std::string pair = "aaaqeayeaudaocajbifqydiob4:"
                                 "eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q";
        const auto isKnown = [](const Node& node) { return std::holds_alternative<Cap>(node); };
        QVERIFY(isKnown(nodeFromCaps("URI:SSK:" + pair, "nonsense", kAnywhere)));
        QVERIFY(isKnown(nodeFromCaps(std::nullopt, "URI:LIT:", kDeep)));
        QVERIFY(isKnown(nodeFromCaps("", "URI:CHK-Verifier:" + pair + ":1:1:1", kAnywhere)));
        QVERIFY(!isKnown(nodeFromCaps(std::nullopt, "URI:SSK-Verifier:" + pair, kAnywhere)));
        QVERIFY(!isKnown(nodeFromCaps(std::nullopt, "URI:DIR2-Verifier:" + pair, kAnywhere)));
        QVERIFY(!isKnown(
            nodeFromCaps(std::nullopt, "URI:DIR2-CHK-Verifier:" + pair + ":1:1:1", kAnywhere)));
        QVERIFY(!isKnown(nodeFromCaps(std::nullopt, std::nullopt, kAnywhere)));
        QVERIFY(!isKnown(nodeFromCaps("URI:SSK:" + pair, std::nullopt, kDeep)));
    }
    void impliedPrefixesGo()
    {
        QCOMPARE(withoutImpliedPrefix("ro.x", kAnywhere), std::string("x"));
        QCOMPARE(withoutImpliedPrefix("ro.x", kDeep), std::string("x"));
        QCOMPARE(withoutImpliedPrefix("imm.x", kAnywhere), std::string("imm.x"));
        QCOMPARE(withoutImpliedPrefix("imm.x", kDeep), std::string("x"));
        QCOMPARE(withoutImpliedPrefix("x", kDeep), std::string("x"));
    }
};

QTEST_GUILESS_MAIN(TestUnknownNode)
#include "test_unknown_node.moc"
