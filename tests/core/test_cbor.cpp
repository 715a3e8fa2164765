#include "core/codec/cbor.h"
#include "tests/support/property.h"
#include "tests/support/to_qt.h"

#include <QtTest/QTest>

#include <functional>
#include <limits>
#include <vector>

using namespace tarn;
using codec::CborJoined;
using codec::CborReader;
using codec::CborType;
using codec::CborWriter;

namespace {

Bytes fromHex(const QByteArray& hex)
{
    return test::fromQt(QByteArray::fromHex(hex));
}

/// What `read` says about the bytes, "" when it takes them all.
std::string refusal(const QByteArray& hex, const std::function<Result<void>(CborReader&)>& read)
{
    const Bytes input = fromHex(hex);
    CborJoined joined;
    CborReader reader(input, joined);
    const Result<void> done = read(reader);
    if (!done) return done.error().message();
    const Result<void> finished = reader.finish();
    return finished ? std::string() : finished.error().message();
}

template <class T>
Result<void> dropped(const Result<T>& result)
{
    return result ? ok() : Result<void>(result.error());
}

/// Reads arrays and sets of unsigned numbers.
Result<void> readNumbers(CborReader& reader, std::vector<std::uint64_t>& numbers)
{
    for (;;) {
        TARN_TRY(const bool more, reader.more());
        if (!more) return ok();
        TARN_TRY(const std::uint64_t number, reader.readUnsigned());
        numbers.push_back(number);
    }
}

QByteArray nestedArrays(std::size_t depth)
{
    QByteArray hex;
    for (std::size_t i = 0; i < depth; ++i)
        hex += "81";
    return hex + "00";
}

Result<void> enterAll(CborReader& reader, std::size_t depth)
{
    for (std::size_t i = 0; i < depth; ++i)
        TARN_TRY_VOID(reader.enterArray());
    TARN_TRY(const std::uint64_t inner, reader.readUnsigned());
    for (std::size_t i = 0; i < depth; ++i) {
        TARN_TRY(const bool more, reader.more());
        if (more || inner != 0) return reader.refused("not the nest that was written");
    }
    return ok();
}

} // namespace

class TestCbor final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void writesShortestForms_data()
    {
        QTest::addColumn<quint64>("number");
        QTest::addColumn<QByteArray>("hex");
        QTest::newRow("0") << quint64{0} << QByteArray("00");
        QTest::newRow("23") << quint64{23} << QByteArray("17");
        QTest::newRow("24") << quint64{24} << QByteArray("1818");
        QTest::newRow("255") << quint64{255} << QByteArray("18ff");
        QTest::newRow("256") << quint64{256} << QByteArray("190100");
        QTest::newRow("65536") << quint64{65536} << QByteArray("1a00010000");
        QTest::newRow("2^32") << quint64{4294967296} << QByteArray("1b0000000100000000");
        QTest::newRow("2^64 - 1") << std::numeric_limits<quint64>::max()
                                  << QByteArray("1bffffffffffffffff");
    }
    void writesShortestForms()
    {
        QFETCH(quint64, number);
        QFETCH(QByteArray, hex);
        CborWriter writer;
        writer.number(number);
        QCOMPARE(test::hexOf(writer.written()), hex);
    }
    void writesAnAllocateRequest()
    {
        CborWriter writer;
        writer.map(2);
        writer.text("share-numbers");
        writer.set(2);
        writer.number(1);
        writer.number(7);
        writer.text("allocated-size");
        writer.number(100);
        QCOMPARE(test::hexOf(writer.take()),
                 QByteArray("a26d73686172652d6e756d62657273d901028201076e616c6c6f63617465642d73697a"
                            "651864"));
    }
    void writesEveryKind()
    {
        CborWriter writer;
        writer.array(5);
        writer.boolean(true);
        writer.boolean(false);
        writer.null();
        writer.bytes(asBytes("ab"));
        writer.bytesHead(300);
        QCOMPARE(test::hexOf(writer.written()), QByteArray("85f5f4f642616259012c"));
    }
    void readsNumbersOfAnyWidth_data()
    {
        QTest::addColumn<QByteArray>("hex");
        QTest::newRow("shortest") << QByteArray("07");
        QTest::newRow("1 byte") << QByteArray("1807");
        QTest::newRow("2 bytes") << QByteArray("190007");
        QTest::newRow("4 bytes") << QByteArray("1a00000007");
        QTest::newRow("8 bytes") << QByteArray("1b0000000000000007");
    }
    void readsNumbersOfAnyWidth()
    {
        QFETCH(QByteArray, hex);
        const Bytes input = fromHex(hex);
        CborJoined joined;
        CborReader reader(input, joined);
        QCOMPARE(reader.readUnsigned().value(), std::uint64_t{7});
        QVERIFY(reader.finish());
    }
    void readsSets_data()
    {
        QTest::addColumn<QByteArray>("hex");
        QTest::newRow("definite") << QByteArray("d90102820107");
        QTest::newRow("indefinite") << QByteArray("d901029f0107ff");
        QTest::newRow("wide tag and count") << QByteArray("db00000000000001029a000000020107");
    }
    void readsSets()
    {
        QFETCH(QByteArray, hex);
        const Bytes input = fromHex(hex);
        CborJoined joined;
        CborReader reader(input, joined);
        QVERIFY(reader.enterSet());
        std::vector<std::uint64_t> numbers;
        QVERIFY(readNumbers(reader, numbers));
        QVERIFY(reader.finish());
        QCOMPARE(numbers, (std::vector<std::uint64_t>{1, 7}));
    }
    void definiteStringsAreViewsOfTheInput()
    {
        const Bytes input = fromHex("8243616263626465");
        CborJoined joined;
        CborReader reader(input, joined);
        QVERIFY(reader.enterArray());
        const ByteView bytes = reader.readBytes().value();
        const std::string_view text = reader.readText().value();
        QCOMPARE(bytes.data(), input.data() + 2);
        QCOMPARE(textOf(bytes), std::string("abc"));
        QCOMPARE(std::string(text), std::string("de"));
        QVERIFY(joined.empty());
    }
    void chunkedStringsAreJoined()
    {
        const Bytes input = fromHex("835f416142626340ff7f61646165ff5fff");
        CborJoined joined;
        CborReader reader(input, joined);
        QVERIFY(reader.enterArray());
        const ByteView bytes = reader.readBytes().value();
        const std::string_view text = reader.readText().value();
        QVERIFY(reader.readBytes().value().empty());
        QCOMPARE(textOf(bytes), std::string("abc"));
        QCOMPARE(std::string(text), std::string("de"));
        QCOMPARE(joined.size(), std::size_t{3});
    }
    void readsMapsPairByPair()
    {
        for (const char* hex : {"a2616101616202", "bf616101616202ff"}) {
            const Bytes input = fromHex(hex);
            CborJoined joined;
            CborReader reader(input, joined);
            QVERIFY(reader.enterMap());
            std::string seen;
            while (reader.more().value()) {
                seen += std::string(reader.readText().value());
                seen += std::to_string(reader.readUnsigned().value());
            }
            QCOMPARE(seen, std::string("a1b2"));
            QVERIFY(reader.finish());
        }
    }
    void readsSimpleValues()
    {
        const Bytes input = fromHex("83f5f4f6");
        CborJoined joined;
        CborReader reader(input, joined);
        QVERIFY(reader.enterArray());
        QVERIFY(reader.readBoolean().value());
        QVERIFY(!reader.readBoolean().value());
        QCOMPARE(reader.peek().value(), CborType::Null);
        QVERIFY(reader.readNull());
        QVERIFY(!reader.more().value());
        QVERIFY(reader.finish());
    }
    void bigNumbersSaturate_data()
    {
        QTest::addColumn<QByteArray>("hex");
        QTest::addColumn<quint64>("value");
        const quint64 most = std::numeric_limits<quint64>::max();
        QTest::newRow("plain") << QByteArray("1864") << quint64{100};
        QTest::newRow("2^64") << QByteArray("c249010000000000000000") << most;
        QTest::newRow("2^64 - 1") << QByteArray("c248ffffffffffffffff") << most;
        QTest::newRow("small big number") << QByteArray("c24164") << quint64{100};
        QTest::newRow("leading zeroes") << QByteArray("c24a00000000000000000064") << quint64{100};
        QTest::newRow("no digits") << QByteArray("c240") << quint64{0};
    }
    void bigNumbersSaturate()
    {
        QFETCH(QByteArray, hex);
        QFETCH(quint64, value);
        const Bytes input = fromHex(hex);
        CborJoined joined;
        CborReader reader(input, joined);
        QCOMPARE(reader.readUnsignedSaturated().value(), value);
        QVERIFY(reader.finish());
    }
    void everyTagIsRead()
    {
        for (const std::uint64_t tag :
             {0U, 1U, 5U, 6U, 15U, 20U, 21U, 23U, 24U, 255U, 256U, 258U, 65536U}) {
            CborWriter writer;
            writer.tag(tag);
            writer.number(7);
            CborJoined joined;
            CborReader reader(writer.written(), joined);
            QCOMPARE(reader.readTag().value(), tag);
            QCOMPARE(reader.readUnsigned().value(), std::uint64_t{7});
            QVERIFY(reader.finish());
        }
    }
    void otherTagsAreNoNumbers()
    {
        QCOMPARE(
            refusal("c34101", [](CborReader& r) { return dropped(r.readUnsignedSaturated()); }),
            std::string("cbor at byte 0: expected a number, found tag 3"));
    }
    void saysWhatItFound_data()
    {
        QTest::addColumn<QByteArray>("hex");
        QTest::addColumn<QString>("why");
        const auto row = [](const char* name, const char* hex, const char* why) {
            QTest::newRow(name) << QByteArray(hex)
                                << QStringLiteral("cbor at byte 0: ") + QString::fromUtf8(why);
        };
        row("negative", "20", "expected an unsigned number, found a negative number");
        row("bytes", "40", "expected an unsigned number, found a byte string");
        row("text", "60", "expected an unsigned number, found a text string");
        row("array", "80", "expected an unsigned number, found an array");
        row("map", "a0", "expected an unsigned number, found a map");
        row("tag", "c200", "expected an unsigned number, found a tag");
        row("true", "f5", "expected an unsigned number, found a boolean");
        row("null", "f6", "expected an unsigned number, found null");
        row("undefined", "f7", "expected an unsigned number, found undefined");
        row("half", "f93c00", "expected an unsigned number, found a floating-point number");
        row("single", "fa3f800000", "expected an unsigned number, found a floating-point number");
        row("double", "fb3ff0000000000000",
            "expected an unsigned number, found a floating-point number");
        row("break", "ff", "expected an unsigned number, found a break");
        row("empty", "", "cut off where an item must follow");
        row("cut number", "1b00", "item cut off");
        row("cut string", "436162", "item cut off");
        row("claims 2^63 bytes", "5b8000000000000000", "item cut off");
        row("claims 2^64 - 1 items", "9bffffffffffffffff", "claims more items than bytes follow");
        row("claims 2^63 pairs", "bb8000000000000000", "claims more items than bytes follow");
        row("reserved head", "1c", "malformed item");
        row("reserved simple", "f800", "malformed item");
    }
    void saysWhatItFound()
    {
        QFETCH(QByteArray, hex);
        QFETCH(QString, why);
        QCOMPARE(refusal(hex, [](CborReader& r) { return dropped(r.readUnsigned()); }),
                 why.toStdString());
    }
    void refusesBadStructure_data()
    {
        QTest::addColumn<QByteArray>("hex");
        QTest::addColumn<QString>("why");
        const auto row = [](const char* name, const char* hex, const char* why) {
            QTest::newRow(name) << QByteArray(hex) << QString::fromUtf8(why);
        };
        row("garbage", "ff0067617262616765", "byte 0: expected an item, found a break");
        row("cut after array", "81", "byte 0: claims more items than bytes follow");
        row("open indefinite", "9f01", "byte 2: cut off where an item must follow");
        row("odd indefinite map", "bf6161ff", "byte 3: break between a key and its value");
        row("tag before break", "9fc2ff", "byte 2: expected an item, found a break");
        row("break in definite", "8201ff", "byte 2: expected an item, found a break");
        row("mixed chunks", "5f6161ff",
            "byte 1: expected a chunk of a byte string, found a text string");
        row("nested chunks", "5f5f4161ffff",
            "byte 1: expected a chunk of a byte string, found a byte string");
        row("open chunks", "5f4161", "byte 3: cut off where an item must follow");
        row("two items", "0000", "byte 1: more bytes follow");
        row("tag alone", "c2", "byte 1: cut off where an item must follow");
        row("claims inside", "8199ffff01", "byte 1: claims more items than bytes follow");
    }
    void refusesBadStructure()
    {
        QFETCH(QByteArray, hex);
        QFETCH(QString, why);
        QCOMPARE(refusal(hex, [](CborReader& r) { return r.skip(); }),
                 "cbor at " + why.toStdString());
    }
    void textMustBeUtf8()
    {
        const auto read = [](CborReader& r) { return dropped(r.readText()); };
        QCOMPARE(refusal("62c3a4", read), std::string());
        QCOMPARE(refusal("61c3", read), std::string("cbor at byte 0: text string is not UTF-8"));
    }
    void setsNeedTheirTag()
    {
        const auto read = [](CborReader& r) { return r.enterSet(); };
        QCOMPARE(refusal("80", read),
                 std::string("cbor at byte 0: expected a tag, found an array"));
        QCOMPARE(refusal("d9010380", read),
                 std::string("cbor at byte 0: expected a set (tag 258), found tag 259"));
        QCOMPARE(refusal("d90102a0", read),
                 std::string("cbor at byte 3: expected an array, found a map"));
    }
    void depthIsBounded()
    {
        const std::size_t most = codec::kMaxCborDepth;
        QCOMPARE(refusal(nestedArrays(most), [&](CborReader& r) { return enterAll(r, most); }),
                 std::string());
        QCOMPARE(refusal(nestedArrays(most), [](CborReader& r) { return r.skip(); }),
                 std::string());
        for (const std::size_t deep : {most + 1, std::size_t{5000}}) {
            const std::string why = "cbor at byte 16: nested too deep";
            QCOMPARE(refusal(nestedArrays(deep), [&](CborReader& r) { return enterAll(r, deep); }),
                     why);
            QCOMPARE(refusal(nestedArrays(deep), [](CborReader& r) { return r.skip(); }), why);
        }
    }
    void readingPastTheEndOfAnArrayIsRefused()
    {
        QCOMPARE(refusal("820100",
                         [](CborReader& r) -> Result<void> {
                             TARN_TRY_VOID(r.enterArray());
                             for (int i = 0; i < 3; ++i)
                                 TARN_TRY_VOID(dropped(r.readUnsigned()));
                             return ok();
                         }),
                 std::string("cbor at byte 3: no item is left in this array or map"));
        QCOMPARE(refusal("80", [](CborReader& r) { return r.enterArray(); }),
                 std::string("cbor at byte 1: an array or map is still open"));
        QCOMPARE(refusal("00", [](CborReader& r) { return dropped(r.more()); }),
                 std::string("cbor at byte 0: no array or map is open"));
    }
    void skipsWholeItems()
    {
        // [ {"a": [1, h'02', {}]}, 258([]), (_ "x"), -1, 1.5 ] and 7 behind it
        const Bytes input = fromHex("82 85a161618301 4102 a0 d90102807f6178ff20f93e0007");
        CborJoined joined;
        CborReader reader(input, joined);
        QVERIFY(reader.enterArray());
        QVERIFY(reader.skip());
        QCOMPARE(reader.readUnsigned().value(), std::uint64_t{7});
        QVERIFY(!reader.more().value());
        QVERIFY(reader.finish());
        QVERIFY(joined.empty());
    }
    void everyCutIsRefused()
    {
        const QByteArray whole("a26d73686172652d6e756d62657273d901028201076e616c6c6f63617465642d73"
                               "697a651864");
        QCOMPARE(refusal(whole, [](CborReader& r) { return r.skip(); }), std::string());
        for (qsizetype cut = 0; cut < whole.size(); cut += 2) {
            QVERIFY(!refusal(whole.left(cut), [](CborReader& r) { return r.skip(); }).empty());
        }
    }
    void roundTripsNumbersAndStrings()
    {
        QVERIFY(test::forAll(500, [](test::SeededRandom& random) {
            const std::uint64_t number = random.next() >> random.between(0, 63);
            const Bytes bytes = random.bytesBetween(0, 400);
            CborWriter writer;
            writer.map(1);
            writer.number(number);
            writer.bytes(bytes);
            CborJoined joined;
            CborReader reader(writer.written(), joined);
            if (!reader.enterMap() || !reader.more().value_or(false)) return false;
            const Result<std::uint64_t> key = reader.readUnsigned();
            const Result<ByteView> value = reader.readBytes();
            return key && *key == number && value && equal(*value, bytes) &&
                   !reader.more().value_or(true) && reader.finish().has_value();
        }));
    }
};

QTEST_GUILESS_MAIN(TestCbor)
#include "test_cbor.moc"
