#include "core/codec/base32.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;

namespace {

constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";

/// The last characters that `decode` takes after a body of 'a's, in alphabet order.
std::string acceptedLast(std::size_t length, Result<Bytes> (*decode)(std::string_view))
{
    std::string accepted;
    for (const char last : kAlphabet) {
        if (decode(std::string(length - 1, 'a') + last)) accepted.push_back(last);
    }
    return accepted;
}

} // namespace

class TestBase32 final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void knownAnswers_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("text");
        QTest::newRow("empty") << QByteArray() << QString();
        QTest::newRow("f") << QByteArray("f") << "my";
        QTest::newRow("fo") << QByteArray("fo") << "mzxq";
        QTest::newRow("foo") << QByteArray("foo") << "mzxw6";
        QTest::newRow("foob") << QByteArray("foob") << "mzxw6yq";
        QTest::newRow("fooba") << QByteArray("fooba") << "mzxw6ytb";
        QTest::newRow("bytes 00 to 0f") << QByteArray::fromHex("000102030405060708090a0b0c0d0e0f")
                                        << "aaaqeayeaudaocajbifqydiob4";
    }
    void knownAnswers()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, text);
        const std::string plain = text.toStdString();
        QCOMPARE(codec::encodeBase32(asBytes(bytes.toStdString())), plain);
        for (auto decode : {codec::decodeBase32, codec::decodeBase32Lax}) {
            const Result<Bytes> back = decode(plain);
            QVERIFY(back);
            QCOMPARE(textOf(*back), bytes.toStdString());
        }
    }
    void lastCharacterSets_data()
    {
        QTest::addColumn<int>("length");
        QTest::addColumn<QString>("strict");
        QTest::addColumn<QString>("lax");
        const QString all = QString::fromLatin1(kAlphabet.data(), 32);
        QTest::newRow("1 byte") << 2 << "aeimquy4"
                                << "acegikmoqsuwy246";
        QTest::newRow("2 bytes") << 4 << "aq"
                                 << "aiqy";
        QTest::newRow("3 bytes") << 5 << "acegikmoqsuwy246" << all;
        QTest::newRow("4 bytes") << 7 << "aiqy"
                                 << "aeimquy4";
        QTest::newRow("5 bytes") << 8 << all << all;
        QTest::newRow("16 bytes") << 26 << "aeimquy4"
                                  << "acegikmoqsuwy246";
    }
    void lastCharacterSets()
    {
        QFETCH(int, length);
        QFETCH(QString, strict);
        QFETCH(QString, lax);
        const auto count = static_cast<std::size_t>(length);
        QCOMPARE(acceptedLast(count, codec::decodeBase32), strict.toStdString());
        QCOMPARE(acceptedLast(count, codec::decodeBase32Lax), lax.toStdString());
    }
    void laxDropsExcessBits()
    {
        const Result<Bytes> lax = codec::decodeBase32Lax("mz");
        QVERIFY(!lax);
        const Result<Bytes> even = codec::decodeBase32Lax("m2");
        QVERIFY(even);
        QCOMPARE(textOf(*even), std::string("f"));
    }
    void refuses_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("why");
        QTest::newRow("1 character") << "a"
                                     << "impossible length 1";
        QTest::newRow("3 characters") << "aaa"
                                      << "impossible length 3";
        QTest::newRow("6 characters") << "aaaaaa"
                                      << "impossible length 6";
        QTest::newRow("upper case") << "aA"
                                    << "character 2 is not one of a-z2-7";
        QTest::newRow("padding") << "my======"
                                 << "character 3 is not one of a-z2-7";
        QTest::newRow("digit 1") << "1a"
                                 << "character 1 is not one of a-z2-7";
        QTest::newRow("space") << "my mzxw6"
                               << "character 3 is not one of a-z2-7";
        QTest::newRow("unused bits") << "mz"
                                     << "the last character has unused bits set";
    }
    void refuses()
    {
        QFETCH(QString, text);
        QFETCH(QString, why);
        const Result<Bytes> out = codec::decodeBase32(text.toStdString());
        QVERIFY(!out);
        QCOMPARE(out.error().code(), ErrorCode::InvalidInput);
        QCOMPARE(out.error().message(), "base32: " + why.toStdString());
        QVERIFY(!codec::decodeBase32Lax(text.toStdString()));
    }
    void refusesEveryForeignByte()
    {
        for (unsigned value = 0; value < 256; ++value) {
            const char character = static_cast<char>(value);
            const std::string text{character, 'a', 'a', 'a', 'a', 'a', 'a', 'a'};
            const bool known = kAlphabet.find(character) != std::string_view::npos;
            QCOMPARE(codec::decodeBase32(text).has_value(), known);
        }
    }
    void roundTripsAnyBytes()
    {
        QVERIFY(test::forAll(1000, [](test::SeededRandom& random) {
            const Bytes bytes = random.bytesBetween(0, 300);
            const std::string text = codec::encodeBase32(bytes);
            const Result<Bytes> strict = codec::decodeBase32(text);
            const Result<Bytes> lax = codec::decodeBase32Lax(text);
            return text.size() == (bytes.size() * 8 + 4) / 5 && strict && *strict == bytes && lax &&
                   *lax == bytes;
        }));
    }
};

QTEST_GUILESS_MAIN(TestBase32)
#include "test_base32.moc"
