#include "core/codec/base64.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;

class TestBase64 final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void knownAnswers_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("standard");
        QTest::addColumn<QString>("url");
        QTest::newRow("empty") << QByteArray() << ""
                               << "";
        QTest::newRow("f") << QByteArray("f") << "Zg=="
                           << "Zg";
        QTest::newRow("fo") << QByteArray("fo") << "Zm8="
                            << "Zm8";
        QTest::newRow("foo") << QByteArray("foo") << "Zm9v"
                             << "Zm9v";
        QTest::newRow("foob") << QByteArray("foob") << "Zm9vYg=="
                              << "Zm9vYg";
        QTest::newRow("all ones") << QByteArray::fromHex("fbffff") << "+///"
                                  << "-___";
        QTest::newRow("two ones") << QByteArray::fromHex("ffff") << "//8="
                                  << "__8";
    }
    void knownAnswers()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, standard);
        QFETCH(QString, url);
        const Bytes plain = toBytes(bytes.toStdString());
        QCOMPARE(codec::encodeBase64(plain), standard.toStdString());
        QCOMPARE(codec::encodeBase64Url(plain), url.toStdString());
        QCOMPARE(textOf(codec::decodeBase64(standard.toStdString()).value()), textOf(plain));
        QCOMPARE(textOf(codec::decodeBase64Lenient(standard.toStdString()).value()), textOf(plain));
        QCOMPARE(textOf(codec::decodeBase64Url(url.toStdString()).value()), textOf(plain));
    }
    void strictRefuses_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("why");
        QTest::newRow("no padding") << "Zg"
                                    << "length is not a multiple of 4";
        QTest::newRow("half padding") << "Zg="
                                      << "length is not a multiple of 4";
        QTest::newRow("only padding") << "===="
                                      << "character 1 is not in the alphabet";
        QTest::newRow("three pads") << "Z==="
                                    << "character 2 is not in the alphabet";
        QTest::newRow("padding inside") << "Zg==Zg=="
                                        << "character 3 is not in the alphabet";
        QTest::newRow("space") << "Zm 9"
                               << "character 3 is not in the alphabet";
        QTest::newRow("newline") << "Zm9\n"
                                 << "character 4 is not in the alphabet";
        QTest::newRow("URL alphabet") << "-___"
                                      << "character 1 is not in the alphabet";
        QTest::newRow("unused bits") << "Zh=="
                                     << "the last character has unused bits set";
        QTest::newRow("unused bits, 2 bytes") << "Zm9="
                                              << "the last character has unused bits set";
    }
    void strictRefuses()
    {
        QFETCH(QString, text);
        QFETCH(QString, why);
        const Result<Bytes> out = codec::decodeBase64(text.toStdString());
        QVERIFY(!out);
        QCOMPARE(out.error().code(), ErrorCode::InvalidInput);
        QCOMPARE(out.error().message(), "base64: " + why.toStdString());
    }
    void urlRefuses()
    {
        for (const char* text : {"Zg==", "Zg=", "A", "AAAAA", "+///", "Zh", "Zm9", "Zg "})
            QVERIFY2(!codec::decodeBase64Url(text), text);
        for (const char* text : {"Zg", "Zg=", "A===", "+///", "Zh==", "Zm9="})
            QVERIFY2(!codec::decodeBase64UrlPadded(text), text);
    }
    void lenient_data()
    {
        // Answers of Python 3.11 base64.b64decode(text); "!" stands for its binascii.Error.
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("expected");
        QTest::newRow("foreign characters") << "Z!m\n9 v-_."
                                            << "foo";
        QTest::newRow("unused bits") << "Zh=="
                                     << "f";
        QTest::newRow("text after padding") << "Zg==Zm9v"
                                            << "f";
        QTest::newRow("padding too early") << "=Z=g=="
                                           << "f";
        QTest::newRow("only padding") << "===="
                                      << "";
        QTest::newRow("nothing known") << "!!"
                                       << "";
        QTest::newRow("pad inside a group") << "Zm=9v"
                                            << "foo";
        QTest::newRow("pad split by foreign") << "Zg=*="
                                              << "f";
        QTest::newRow("one character") << "Z"
                                       << "!";
        QTest::newRow("two characters") << "Zg"
                                        << "!";
        QTest::newRow("half padding") << "Zg="
                                      << "!";
        QTest::newRow("three characters") << "Zm8"
                                          << "!";
        QTest::newRow("five characters") << "Zm9vZ"
                                         << "!";
        QTest::newRow("one and padding") << "Z==="
                                         << "!";
    }
    void lenient()
    {
        QFETCH(QString, text);
        QFETCH(QString, expected);
        const Result<Bytes> out = codec::decodeBase64Lenient(text.toStdString());
        QCOMPARE(out ? textOf(*out) : std::string("!"), expected.toStdString());
    }
    void roundTripsAnyBytes()
    {
        QVERIFY(test::forAll(1000, [](test::SeededRandom& random) {
            const Bytes bytes = random.bytesBetween(0, 300);
            const Result<Bytes> standard = codec::decodeBase64(codec::encodeBase64(bytes));
            const Result<Bytes> lenient = codec::decodeBase64Lenient(codec::encodeBase64(bytes));
            const Result<Bytes> url = codec::decodeBase64Url(codec::encodeBase64Url(bytes));
            const Result<Bytes> padded =
                codec::decodeBase64UrlPadded(codec::encodeBase64UrlPadded(bytes));
            return standard && *standard == bytes && lenient && *lenient == bytes && url &&
                   *url == bytes && padded && *padded == bytes;
        }));
    }
};

QTEST_GUILESS_MAIN(TestBase64)
#include "test_base64.moc"
