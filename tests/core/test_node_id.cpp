#include "core/base/random.h"
#include "core/wire/node_id.h"

#include <QtTest/QTest>

using namespace tarn;

class TestNodeId final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isPrefixAndBase32()
    {
        const auto key = crypto::Ed25519PublicKey::prefixOf(zeroBytes(32));
        QCOMPARE(wire::nodeIdOf(key), "v0-" + std::string(52, 'a'));
    }
    void comesBack()
    {
        SystemRandom random;
        const auto key = crypto::Ed25519Key::generate(random).publicKey();
        const auto back = wire::parseNodeId(wire::nodeIdOf(key));
        QVERIFY(back);
        QVERIFY(*back == key);
    }
    void refusesOtherForms_data()
    {
        const QString good = "v0-" + QString(52, 'a');
        QTest::addColumn<QString>("text");
        QTest::newRow("empty") << "";
        QTest::newRow("prefix only") << "v0-";
        QTest::newRow("no prefix") << good.mid(3);
        QTest::newRow("one more") << good + "a";
        QTest::newRow("one less") << good.left(54);
        QTest::newRow("other version") << "v1" + good.mid(2);
        QTest::newRow("not base32") << good.left(54) + "1";
        QTest::newRow("capitals") << good.toUpper();
        QTest::newRow("bits left over") << good.left(54) + "b";
        QTest::newRow("a Grid Manager's key") << "pub-" + good;
    }
    void refusesOtherForms()
    {
        QFETCH(QString, text);
        const auto key = wire::parseNodeId(text.toStdString());
        QVERIFY(!key);
        QCOMPARE(key.error().code(), ErrorCode::InvalidInput);
    }
};

QTEST_GUILESS_MAIN(TestNodeId)
#include "test_node_id.moc"
