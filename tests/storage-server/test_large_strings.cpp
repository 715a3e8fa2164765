#include "core/codec/cbor.h"
#include "core/wire/storage_messages.h"
#include "storage-server/large_strings.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using storage::BodyPart;
using storage::LargeStrings;

namespace {

struct Found
{
    std::size_t standIn = 0;
    std::uint64_t size = 0;
    std::optional<std::uint64_t> offset;
    Bytes data;
    friend bool operator==(const Found&, const Found&) = default;
};

struct Split
{
    Bytes rest;
    std::vector<Found> strings;
    bool endsEarly = false;
    friend bool operator==(const Split&, const Split&) = default;
};

/// The body comes in pieces of `step` bytes.
Split split(ByteView body, std::size_t step, std::uint64_t least = 10,
            std::uint64_t most = 1'000'000)
{
    LargeStrings strings(least, most);
    Split out;
    while (!body.empty()) {
        ByteView piece = body.first(std::min(step, body.size()));
        body = body.subspan(piece.size());
        while (!piece.empty()) {
            const BodyPart part = strings.next(piece);
            if (part.kind == BodyPart::Kind::Data) {
                append(out.strings.back().data, part.bytes);
                continue;
            }
            append(out.rest, part.bytes);
            if (part.kind == BodyPart::Kind::Begin)
                out.strings.push_back({out.rest.size() - 1, part.size, part.offset, {}});
        }
    }
    out.endsEarly = strings.inTheMiddle();
    return out;
}

Bytes request(std::uint64_t offset, ByteView data)
{
    storage_api::ReadTestWrite asked;
    asked.shares[ShareNumber{3}].writes.push_back({offset, data});
    const wire::GatheredBody body = wire::encodeReadTestWriteRequest(asked);
    Bytes out;
    for (const ByteView piece : body.pieces())
        append(out, piece);
    return out;
}

Bytes hex(const char* text)
{
    const QByteArray bytes = QByteArray::fromHex(text);
    return toBytes(std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
}

} // namespace

class TestLargeStrings final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theDataOfAWriteWithItsOffset()
    {
        const Bytes data = test::SeededRandom(1).bytes(5000);
        const Bytes body = request(70'000, data);
        const Split whole = split(body, body.size());
        QCOMPARE(whole.strings.size(), std::size_t(1));
        QVERIFY(whole.strings[0].data == data);
        QVERIFY(whole.strings[0].offset == std::uint64_t(70'000));
        QVERIFY(!whole.endsEarly);
        QVERIFY(whole.rest.size() + data.size() <= body.size());
        codec::CborJoined joined;
        const auto decoded = wire::decodeReadTestWriteRequest(whole.rest, joined);
        QVERIFY(decoded);
        const ByteView standIn = decoded->shares.at(ShareNumber{3}).writes.at(0).data;
        QVERIFY(standIn.data() == whole.rest.data() + whole.strings[0].standIn);
        QCOMPARE(standIn.size(), std::size_t(1));
    }
    void anyPiecesAreTheSame()
    {
        const Bytes body = request(1, test::SeededRandom(2).bytes(300));
        const Split whole = split(body, body.size());
        for (std::size_t step = 1; step < body.size(); ++step)
            QVERIFY(split(body, step) == whole);
    }
    void withoutItsOffset_data()
    {
        QTest::addColumn<QByteArray>("before");
        QTest::newRow("nothing") << QByteArray("");
        QTest::newRow("data before offset") << QByteArray("a26464617461"); // {"data":
        QTest::newRow("another key") << QByteArray("a2666f66667365740765646174616f");
        QTest::newRow("another number") << QByteArray("a266736f66667365076464617461");
        QTest::newRow("a text") << QByteArray("a2666f666673657461376464617461");
    }
    void withoutItsOffset()
    {
        QFETCH(QByteArray, before);
        Bytes body = hex(before.constData());
        append(body, hex("4a00112233445566778899"));
        const Split found = split(body, body.size());
        QCOMPARE(found.strings.size(), std::size_t(1));
        QVERIFY(!found.strings[0].offset);
    }
    void anOffsetIsUsedOnce()
    {
        Bytes body = hex("a2666f6666736574076464617461");
        append(body, hex("4a00112233445566778899"));
        append(body, hex("64646174614a00112233445566778899"));
        const Split found = split(body, 3);
        QCOMPARE(found.strings.size(), std::size_t(2));
        QVERIFY(found.strings[0].offset == std::uint64_t(7));
        QVERIFY(!found.strings[1].offset);
    }
    void whatIsNotLarge_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("short") << QByteArray("49001122334455667788");
        QTest::newRow("text") << QByteArray("6a30313233343536373839");
        QTest::newRow("chunks") << QByteArray("5f4a001122334455667788994a00112233445566778899ff");
        QTest::newRow("longer than allowed") << QByteArray("5b0000000100000000") + "00";
        QTest::newRow("reserved length") << QByteArray("5c5d5e");
        QTest::newRow("floats and numbers")
            << QByteArray("fb40091eb851eb851ff93c001a000f4240f97e00");
    }
    void whatIsNotLarge()
    {
        QFETCH(QByteArray, body);
        const Bytes bytes = hex(body.constData());
        for (std::size_t step = 1; step <= bytes.size(); ++step) {
            const Split found = split(bytes, step);
            QVERIFY(found.strings.empty());
            QVERIFY(found.rest == bytes);
        }
    }
    void afterChunksThereAreLargeOnesAgain()
    {
        const Split found = split(hex("5f4100ff4a00112233445566778899"), 2);
        QCOMPARE(found.strings.size(), std::size_t(1));
    }
    void endsInTheMiddle_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<bool>("early");
        QTest::newRow("of a head") << QByteArray("015a0000") << true;
        QTest::newRow("of a large string") << QByteArray("4a001122") << true;
        QTest::newRow("before a large string") << QByteArray("4a") << true;
        QTest::newRow("nowhere") << QByteArray("4a00112233445566778899") << false;
    }
    void endsInTheMiddle()
    {
        QFETCH(QByteArray, body);
        QFETCH(bool, early);
        QCOMPARE(split(hex(body.constData()), 1).endsEarly, early);
    }
    void onlySoMany()
    {
        Bytes body;
        for (std::size_t i = 0; i < LargeStrings::kMostStrings + 2; ++i)
            append(body, hex("41ff"));
        const Split found = split(body, 1000, 1);
        QCOMPARE(found.strings.size(), LargeStrings::kMostStrings);
        QCOMPARE(found.rest.size(), body.size());
    }
    void anyBytesInAnyPieces()
    {
        const bool held = test::forAll(2000, [](test::SeededRandom& random) {
            Bytes body = random.bytesBetween(1, 200);
            for (std::uint64_t i = random.between(0, 8); i > 0; --i)
                body[random.between(0, body.size() - 1)] = std::byte{0x4c};
            return split(body, random.between(1, 20)) == split(body, body.size());
        });
        QVERIFY(held);
    }
};

QTEST_GUILESS_MAIN(TestLargeStrings)
#include "test_large_strings.moc"
