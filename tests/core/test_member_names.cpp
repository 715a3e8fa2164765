#include "core/membership/grid_id.h"
#include "core/membership/names.h"
#include "core/membership/terms.h"
#include "tests/support/signed_records.h"

#include <QtCore/QByteArray>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::membership;
using test::testKey;

class TestMemberNames final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void gridIdsAreReadBack()
    {
        const GridId grid = gridIdOf(testKey(1).publicKey());
        const std::string text = gridIdText(grid);
        QCOMPARE(text.size(), std::size_t(26));
        QVERIFY(*parseGridId(text) == grid);
        QVERIFY(gridIdOf(testKey(2).publicKey()) != grid);
        for (const char* bad :
             {"", "abc", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "aaaaaaaaaaaaaaaaaaaaaaaaaaa"})
            QVERIFY(!parseGridId(bad));
    }
    void namesAreChecked_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<bool>("good");
        QTest::newRow("plain") << QByteArray("Bob") << true;
        QTest::newRow("space inside") << QByteArray("Bob's laptop") << true;
        QTest::newRow("umlaut") << QByteArray("J\xc3\xbcrgen") << true;
        QTest::newRow("64 bytes") << QByteArray(64, 'a') << true;
        QTest::newRow("empty") << QByteArray() << false;
        QTest::newRow("65 bytes") << QByteArray(65, 'a') << false;
        QTest::newRow("not UTF-8") << QByteArray("a\xff") << false;
        QTest::newRow("slash") << QByteArray("a/b") << false;
        QTest::newRow("dots and slash") << QByteArray("../x") << false;
        QTest::newRow("zero byte") << QByteArray("a\0b", 3) << false;
        QTest::newRow("line end") << QByteArray("a\nb") << false;
        QTest::newRow("escape") << QByteArray("\x1b[31m") << false;
        QTest::newRow("delete") << QByteArray("a\x7f") << false;
        QTest::newRow("C1") << QByteArray("a\xc2\x9b") << false;
        QTest::newRow("right to left") << QByteArray("a\xe2\x80\xae"
                                                     "b")
                                       << false;
        QTest::newRow("no width") << QByteArray("a\xe2\x80\x8b"
                                                "b")
                                  << false;
        QTest::newRow("tag") << QByteArray("a\xf3\xa0\x81\x81") << false;
        QTest::newRow("leading space") << QByteArray(" a") << false;
        QTest::newRow("trailing space") << QByteArray("a ") << false;
        QTest::newRow("key") << QByteArray("V0-abc") << false;
    }
    void namesAreChecked()
    {
        QFETCH(QByteArray, name);
        QFETCH(bool, good);
        const Result<void> out = checkName("nickname", name.toStdString());
        QCOMPARE(out.has_value(), good);
        if (!good) QCOMPARE(out.error().code(), ErrorCode::InvalidInput);
    }
    void theFirstKeepsTheName()
    {
        const auto a = testKey(1).publicKey();
        const auto b = testKey(2).publicKey();
        const auto c = testKey(3).publicKey();
        const auto names = uniqueNames({{a, "bob"}, {b, "Bob"}, {c, "carol"}});
        QCOMPARE(names.at(a), std::string("bob"));
        QVERIFY(names.at(b).starts_with("Bob (") && names.at(b).size() == 10);
        QCOMPARE(names.at(c), std::string("carol"));
    }
    void aNameThatLooksLikeADistinctionIsNone()
    {
        const auto a = testKey(1).publicKey();
        const auto b = testKey(2).publicKey();
        const auto c = testKey(3).publicKey();
        const std::string stolen = uniqueNames({{a, "bob"}, {b, "bob"}}).at(b);
        const auto names = uniqueNames({{a, "bob"}, {c, stolen}, {b, "bob"}});
        QCOMPARE(names.at(c), stolen);
        QVERIFY(names.at(b) != stolen && names.at(b).starts_with(stolen.substr(0, 9)));
    }
    void termsAreChecked_data()
    {
        QTest::addColumn<int>("role");
        QTest::addColumn<unsigned>("depth");
        QTest::addColumn<quint64>("quota");
        QTest::addColumn<bool>("good");
        QTest::newRow("friend") << 1 << 7U << quint64(0) << true;
        QTest::newRow("guest") << 2 << 0U << quint64(1) << true;
        QTest::newRow("no role") << 0 << 0U << quint64(0) << false;
        QTest::newRow("unknown role") << 3 << 0U << quint64(0) << false;
        QTest::newRow("guest who invites") << 2 << 1U << quint64(0) << false;
        QTest::newRow("as the founder") << 1 << 8U << quint64(0) << false;
        QTest::newRow("endless quota") << 1 << 0U << quint64((1ULL << 60U) + 1) << false;
    }
    void termsAreChecked()
    {
        QFETCH(int, role);
        QFETCH(unsigned, depth);
        QFETCH(quint64, quota);
        QFETCH(bool, good);
        const Terms terms{static_cast<Role>(role), depth, quota};
        QCOMPARE(checkTerms(terms).has_value(), good);
    }
    void lessIsWithinMore()
    {
        const Terms most{Role::Friend, 2, 1000};
        QVERIFY(isWithin(most, most));
        QVERIFY(isWithin({Role::Guest, 0, 1}, most));
        QVERIFY(!isWithin({Role::Friend, 3, 1000}, most));
        QVERIFY(!isWithin({Role::Friend, 2, 1001}, most));
        QVERIFY(!isWithin({Role::Friend, 2, 0}, most)); // without limit
        QVERIFY(!isWithin({Role::Friend, 0, 1}, {Role::Guest, 0, 0}));
        QVERIFY(isWithin({Role::Friend, 0, 5}, {Role::Friend, 0, 0}));
    }
    void rolesHaveNames()
    {
        QVERIFY(*parseRole(nameOf(Role::Friend)) == Role::Friend);
        QVERIFY(*parseRole(nameOf(Role::Guest)) == Role::Guest);
        QVERIFY(!parseRole("admin"));
    }
};

QTEST_GUILESS_MAIN(TestMemberNames)
#include "test_member_names.moc"
