#include "core/gossip/gossip_message.h"
#include "tests/support/property.h"
#include "tests/support/signed_records.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gossip;
using test::testAnnouncement;

namespace {

std::vector<RecordName> someNames(test::SeededRandom& random, std::uint64_t most)
{
    std::vector<RecordName> out(random.between(0, most));
    for (RecordName& name : out)
        name = {random.next(), random.next()};
    return out;
}

GossipMessage someMessage(test::SeededRandom& random)
{
    GossipMessage out;
    out.offers = someNames(random, 40);
    for (const RecordName& name : someNames(random, 40))
        out.wants.push_back(name.slot);
    for (std::uint64_t i = random.between(0, 3); i > 0; --i)
        out.records.push_back(testAnnouncement(static_cast<std::uint32_t>(random.between(0, 9))));
    if (random.chance(0.5)) {
        Digest digest;
        digest.buckets = {random.chance(0.2) ? 0 : random.next(), 1U << random.between(0, 8)};
        for (std::uint32_t i = 0; i < digest.buckets.count; ++i)
            digest.numbers.push_back(static_cast<std::uint32_t>(random.next()));
        out.digest = std::move(digest);
    }
    for (std::uint64_t i = random.between(0, 5); i > 0; --i)
        out.lists.push_back(
            {static_cast<std::uint32_t>(random.between(0, 4095)), someNames(random, 30)});
    return out;
}

} // namespace

class TestGossipMessage final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void anyMessageIsReadBackAndHasItsForetoldSize()
    {
        QVERIFY(test::forAll(200, [](test::SeededRandom& random) {
            const GossipMessage message = someMessage(random);
            const Bytes written = encodeMessage(message);
            const Result<GossipMessage> read = decodeMessage(written);
            return read && written.size() == wireSize(message) && read->offers == message.offers &&
                   read->wants == message.wants && read->lists == message.lists &&
                   read->digest == message.digest &&
                   read->records.size() == message.records.size() &&
                   equal(encodeMessage(*read), written);
        }));
    }
    void nothingIsAnEmptyMessage()
    {
        const Result<GossipMessage> read = decodeMessage({});
        QVERIFY(read && read->empty());
        QVERIFY(encodeMessage(*read).empty());
    }
    void brokenOnesAreRefused_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("text") << QByteArray("hello");
        QTest::newRow("a slot without a version") << QByteArray::fromHex("0a080102030405060708");
        QTest::newRow("no buckets") << QByteArray::fromHex("2a00");
        QTest::newRow("three buckets") << QByteArray::fromHex("2a0e120c010000000200000003000000");
        QTest::newRow("a bucket beyond all") << QByteArray::fromHex("3203088020");
        QTest::newRow("an empty record") << QByteArray::fromHex("2200");
        QTest::newRow("too long") << QByteArray(512 * 1024 + 1, '\0');
        QTest::newRow("lists without end") << QByteArray::fromHex("3200").repeated(4097);
    }
    void brokenOnesAreRefused()
    {
        QFETCH(QByteArray, bytes);
        const Result<GossipMessage> read = decodeMessage(
            asBytes(std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size()))));
        QVERIFY(!read);
        QCOMPARE(read.error().code(), ErrorCode::PeerMisbehaved);
    }
    void oneForgedRecordRefusesAll()
    {
        GossipMessage message;
        message.records = {testAnnouncement(1), testAnnouncement(2)};
        Bytes written = encodeMessage(message);
        written[written.size() - 1] ^= std::byte{1};
        QVERIFY(!decodeMessage(written));
    }
};

QTEST_GUILESS_MAIN(TestGossipMessage)
#include "test_gossip_message.moc"
