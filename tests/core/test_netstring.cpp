#include "core/codec/netstring.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

#include <vector>

using namespace tarn;

class TestNetstring final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void writes()
    {
        Bytes out;
        codec::appendNetstring(out, asBytes("hello"));
        codec::appendNetstring(out, {});
        QCOMPARE(textOf(out), std::string("5:hello,0:,"));
    }
    void readsOneAfterAnother()
    {
        const Bytes input = toBytes("5:hello,0:,2:,,,tail");
        codec::NetstringReader reader(input, 5);
        for (const char* expected : {"hello", "", ",,"}) {
            const Result<ByteView> value = reader.next();
            QVERIFY(value);
            QCOMPARE(textOf(*value), std::string(expected));
        }
        QCOMPARE(reader.position(), std::size_t{16});
        QCOMPARE(textOf(reader.rest()), std::string("tail"));
        QVERIFY(!reader.atEnd());
        QVERIFY(!reader.next());
        QCOMPARE(reader.position(), std::size_t{16});
    }
    void refuses_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("why");
        QTest::newRow("empty") << ""
                               << "no decimal length at byte 0";
        QTest::newRow("no length") << ":,"
                                   << "no decimal length at byte 0";
        QTest::newRow("sign") << "+1:a,"
                              << "no decimal length at byte 0";
        QTest::newRow("minus") << "-1:a,"
                               << "no decimal length at byte 0";
        QTest::newRow("space") << " 1:a,"
                               << "no decimal length at byte 0";
        QTest::newRow("leading zero") << "01:a,"
                                      << "length with a leading zero at byte 0";
        QTest::newRow("zeroes") << "00:,"
                                << "length with a leading zero at byte 0";
        QTest::newRow("only digits") << "12"
                                     << "no ':' after the length at byte 2";
        QTest::newRow("other colon") << "1;a,"
                                     << "no ':' after the length at byte 1";
        QTest::newRow("no comma") << "1:a"
                                  << "no ',' after the value at byte 3";
        QTest::newRow("other comma") << "1:a;"
                                     << "no ',' after the value at byte 3";
        QTest::newRow("cut off") << "3:ab"
                                 << "value cut off at byte 4";
        QTest::newRow("past the limit") << "101:"
                                        << "length above the limit at byte 0";
        QTest::newRow("past 64 bits") << "99999999999999999999999:a,"
                                      << "length above the limit at byte 0";
    }
    void refuses()
    {
        QFETCH(QString, text);
        QFETCH(QString, why);
        const Bytes input = toBytes(text.toStdString());
        const Result<ByteView> out = codec::parseNetstring(input, 100);
        QVERIFY(!out);
        QCOMPARE(out.error().code(), ErrorCode::InvalidInput);
        QCOMPARE(out.error().message(), "netstring at byte 0: " + why.toStdString());
    }
    void refusesMoreAfterOne()
    {
        const Bytes input = toBytes("1:a,x");
        const Result<ByteView> out = codec::parseNetstring(input, 100);
        QVERIFY(!out);
        QCOMPARE(out.error().message(), std::string("netstring: more bytes follow at byte 4"));
    }
    void limitIsInclusive()
    {
        const Bytes input = toBytes("3:abc,");
        QVERIFY(codec::parseNetstring(input, 3));
        QVERIFY(!codec::parseNetstring(input, 2));
    }
    void roundTripsAnyList()
    {
        QVERIFY(test::forAll(500, [](test::SeededRandom& random) {
            std::vector<Bytes> values(random.between(0, 8));
            Bytes packed;
            for (Bytes& value : values) {
                value = random.bytesBetween(0, 200);
                codec::appendNetstring(packed, value);
            }
            codec::NetstringReader reader(packed, 200);
            for (const Bytes& value : values) {
                const Result<ByteView> back = reader.next();
                if (!back || !equal(*back, value)) return false;
            }
            return reader.atEnd();
        }));
    }
};

QTEST_GUILESS_MAIN(TestNetstring)
#include "test_netstring.moc"
