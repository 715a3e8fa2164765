#include "storage-server/account.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::storage;

class TestAccount final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void checksNames_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("good");
        QTest::newRow("plain") << "alice" << true;
        QTest::newRow("digits first") << "4711" << true;
        QTest::newRow("all there is") << "Alice.B_c-d@e" << true;
        QTest::newRow("longest") << QString(64, 'a') << true;
        QTest::newRow("too long") << QString(65, 'a') << false;
        QTest::newRow("empty") << "" << false;
        QTest::newRow("option") << "-alice" << false;
        QTest::newRow("dot first") << ".alice" << false;
        QTest::newRow("slash") << "a/b" << false;
        QTest::newRow("space") << "a b" << false;
        QTest::newRow("not ASCII") << QString::fromUtf8("\xc3\xa4") << false;
    }
    void checksNames()
    {
        QFETCH(QString, name);
        QFETCH(bool, good);
        const Result<void> checked = checkAccountName(name.toStdString());
        QCOMPARE(bool(checked), good);
        if (!good) QCOMPARE(checked.error().code(), ErrorCode::InvalidInput);
    }
    void clonesAll()
    {
        Account account;
        account.id = AccountId{7};
        account.name = "alice";
        account.swissnum = Secret(std::string_view("secret"));
        account.mayRead = account.mayWrite = account.keepShares = false;
        account.quota = 5;
        account.created = 6;
        account.letGo = 7;
        account.revoked = true;
        const Account copy = account.clone();
        QVERIFY(copy.id == account.id && copy.name == account.name);
        QVERIFY(copy.swissnum.matches(account.swissnum.view()));
        QVERIFY(!copy.mayRead && !copy.mayWrite && !copy.keepShares && copy.revoked);
        QVERIFY(copy.quota == account.quota && copy.created == 6 && copy.letGo == account.letGo);
    }
};

QTEST_GUILESS_MAIN(TestAccount)
#include "test_account.moc"
