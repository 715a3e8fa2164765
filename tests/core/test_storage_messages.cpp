#include "core/wire/storage_messages.h"
#include "tests/support/property.h"
#include "tests/support/to_qt.h"

#include <QtTest/QTest>

#include <limits>

using namespace tarn;
using namespace tarn::wire;

namespace {

Bytes joinedBytes(const GatheredBody& body)
{
    Bytes out;
    for (const ByteView piece : body.pieces())
        append(out, piece);
    return out;
}

std::set<ShareNumber> numbers(std::initializer_list<std::uint32_t> values)
{
    std::set<ShareNumber> out;
    for (const std::uint32_t value : values)
        out.insert(ShareNumber{value});
    return out;
}

QByteArray hex(ByteView bytes)
{
    return test::hexOf(bytes);
}

Bytes unhex(const QByteArray& text)
{
    return test::fromQt(QByteArray::fromHex(text));
}

std::string refusal(const QByteArray& text, bool readTestWrite = true)
{
    const Bytes body = unhex(text);
    codec::CborJoined joined;
    if (!readTestWrite) {
        const Result<AllocateRequest> out = decodeAllocateRequest(body);
        return out ? "accepted" : out.error().message();
    }
    const Result<storage_api::ReadTestWrite> out = decodeReadTestWriteRequest(body, joined);
    if (out) return "accepted";
    return out.error().code() == ErrorCode::InvalidInput ? out.error().message() : "wrong code";
}

} // namespace

class TestStorageMessages final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    // The bytes of the reference, from tests/vectors/gbs_edge_cases.json and a captured session.
    void versionIsTheReferences()
    {
        storage_api::ServerVersion version;
        version.maximumImmutableShareSize = 79172624384;
        version.maximumMutableShareSize = 69105000000000000;
        version.availableSpace = 79172624384;
        version.applicationVersion = "tahoe-lafs/1.20.0.post162";
        const Bytes body = encodeVersionAnswer(version);
        QCOMPARE(hex(body),
                 QByteArray("a2582f687474703a2f2f616c6c6d79646174612e6f72672f7461686f652f70726f746f"
                            "636f6c732f73746f726167652f7631a3581c6d6178696d756d2d696d6d757461626c65"
                            "2d73686172652d73697a651b000000126f0e6000581a6d6178696d756d2d6d75746162"
                            "6c652d73686172652d73697a651b00f582a1a13410004f617661696c61626c652d7370"
                            "6163651b000000126f0e6000536170706c69636174696f6e2d76657273696f6e581974"
                            "61686f652d6c6166732f312e32302e302e706f7374313632"));
        const Result<storage_api::ServerVersion> back = decodeVersionAnswer(body);
        QVERIFY(back);
        QCOMPARE(back->availableSpace, version.availableSpace);
        QCOMPARE(back->applicationVersion, version.applicationVersion);
    }
    void unknownSpaceReadsAsMuch()
    {
        const QByteArray big = "c249010000000000000000"; // 2^64 as a tagged big number
        QByteArray body =
            "a2582f687474703a2f2f616c6c6d79646174612e6f72672f7461686f652f70726f746f63"
            "6f6c732f73746f726167652f7631a3581c6d6178696d756d2d696d6d757461626c652d73"
            "686172652d73697a65BIG581a6d6178696d756d2d6d757461626c652d73686172652d73"
            "697a651b00f582a1a13410004f617661696c61626c652d7370616365BIG536170706c6963"
            "6174696f6e2d76657273696f6e4161";
        body.replace("BIG", big);
        const Result<storage_api::ServerVersion> version = decodeVersionAnswer(unhex(body));
        QVERIFY2(version, version ? "" : version.error().message().c_str());
        QCOMPARE(version->availableSpace, std::numeric_limits<std::uint64_t>::max());
    }
    void allocateIsTheReferences()
    {
        AllocateRequest request;
        request.shares = numbers({1, 7});
        request.allocatedSize = 100;
        const Bytes body = encodeAllocateRequest(request);
        QCOMPARE(hex(body), QByteArray("a26d73686172652d6e756d62657273d901028201076e616c6c6f6361746"
                                       "5642d73697a651864"));
        const Result<AllocateRequest> back = decodeAllocateRequest(body);
        QVERIFY(back);
        QVERIFY(back->shares == request.shares && back->allocatedSize == 100);

        storage_api::AllocateAnswer answer;
        answer.alreadyHave = numbers({1});
        answer.allocated = numbers({7});
        const Bytes answered = encodeAllocateAnswer(answer);
        QCOMPARE(hex(answered),
                 QByteArray("a26c616c72656164792d68617665d90102810169616c6c6f63617465"
                            "64d901028107"));
        const Result<storage_api::AllocateAnswer> read = decodeAllocateAnswer(answered);
        QVERIFY(read);
        QVERIFY(read->alreadyHave == answer.alreadyHave && read->allocated == answer.allocated);
    }
    void writeAnswerIsTheReferences()
    {
        storage_api::WriteAnswer answer;
        answer.required = {ByteRange{10, 50}, ByteRange{60, 100}};
        const Bytes body = encodeWriteAnswer(answer);
        QCOMPARE(hex(body),
                 QByteArray("a168726571756972656482a265626567696e0a63656e641832a265626567"
                            "696e183c63656e641864"));
        QVERIFY(decodeWriteAnswer(body)->required == answer.required);
        QVERIFY(decodeWriteAnswer(unhex("a168726571756972656480"))->required.empty());
    }
    void writeAnswersMustMakeSense()
    {
        for (const ByteRange second : {ByteRange{40, 60}, ByteRange{70, 70}, ByteRange{80, 70}}) {
            storage_api::WriteAnswer answer;
            answer.required = {ByteRange{10, 50}, second};
            const auto out = decodeWriteAnswer(encodeWriteAnswer(answer));
            QVERIFY(!out);
            QCOMPARE(out.error().code(), ErrorCode::PeerMisbehaved);
        }
    }
    void shareNumbersAreTheReferences()
    {
        QCOMPARE(hex(encodeShareNumbers(numbers({0, 3}))), QByteArray("d90102820003"));
        QVERIFY(*decodeShareNumbers(unhex("d901028101")) == numbers({1}));
        QVERIFY(decodeShareNumbers(unhex("d9010280"))->empty());
        QVERIFY(*decodeShareNumbers(unhex("d901029f0300ff")) == numbers({0, 3})); // indefinite
        for (const char* bad : {"8101", "d901028120", "d90102811b0000000100000000", "d9010281",
                                "d901028101ff", "", "a0", "d901018101"}) {
            const auto out = decodeShareNumbers(unhex(bad));
            QVERIFY2(!out, bad);
            QCOMPARE(out.error().code(), ErrorCode::PeerMisbehaved);
        }
    }
    void reasonsAreTheReferences()
    {
        QCOMPARE(hex(encodeCorruptRequest("because \xe2\x98\x83")),
                 QByteArray("a166726561736f6e6b6265636175736520e29883"));
        QCOMPARE(*decodeCorruptRequest(unhex("a166726561736f6e63626164")), std::string("bad"));
        const auto empty = decodeCorruptRequest(unhex("a166726561736f6e60"));
        QVERIFY(!empty);
        QCOMPARE(empty.error().message(),
                 std::string("request.reason: expected 1 to 32765 bytes, got 0"));
    }
    void reasonsAreMadeFit()
    {
        QCOMPARE(*decodeCorruptRequest(encodeCorruptRequest("")), std::string("no reason given"));
        QCOMPARE(*decodeCorruptRequest(encodeCorruptRequest("a\xff\xe2\x98")),
                 std::string("a\\xff\\xe2\\x98"));
        std::string longReason(kMaxSentReasonBytes - 1, 'x');
        longReason += "\xe2\x98\x83";
        const auto cut = decodeCorruptRequest(encodeCorruptRequest(longReason));
        QVERIFY(cut);
        QCOMPARE(cut->size(), kMaxSentReasonBytes - 1);
        const std::string longer(2 * kMaxCorruptBytes, 'x');
        QCOMPARE(encodeCorruptRequest(longer).size(), kMaxCorruptBytes);
    }
    void readTestWriteIsTheReferences()
    {
        storage_api::ReadTestWrite request;
        storage_api::ShareWrite share;
        share.tests = {storage_api::TestVector{0, 1, {}}};
        share.writes = {storage_api::WriteVector{0, asBytes("hello world")}};
        request.shares[ShareNumber{0}] = share;
        share.tests.clear();
        share.writes = {storage_api::WriteVector{2, asBytes("xx")}};
        request.shares[ShareNumber{3}] = share;
        request.reads = {storage_api::ReadVector{0, 5}};
        const Bytes body = joinedBytes(encodeReadTestWriteRequest(request));
        QCOMPARE(hex(body),
                 QByteArray("a272746573742d77726974652d766563746f7273a200a3647465737481a3666f666673"
                            "6574006473697a65016873706563696d656e4065777269746581a2666f666673657400"
                            "64646174614b68656c6c6f20776f726c646a6e65772d6c656e677468f603a364746573"
                            "748065777269746581a2666f66667365740264646174614278786a6e65772d6c656e67"
                            "7468f66b726561642d766563746f7281a2666f6666736574006473697a6505"));
        codec::CborJoined joined;
        const Result<storage_api::ReadTestWrite> back = decodeReadTestWriteRequest(body, joined);
        QVERIFY(back);
        QCOMPARE(back->shares.size(), std::size_t(2));
        QCOMPARE(asText(back->shares.at(ShareNumber{0}).writes.at(0).data),
                 std::string_view("hello world"));
        QVERIFY(!back->shares.at(ShareNumber{3}).newLength);
        QCOMPARE(back->reads.at(0).size, std::uint64_t(5));
    }
    void readTestWriteAnswerIsTheReferences()
    {
        const Bytes body =
            unhex("a26773756363657373f46464617461a2038244000078784000824b68656c6c6f20"
                  "776f726c6445776f726c64");
        const Result<storage_api::ReadTestWriteAnswer> answer = decodeReadTestWriteAnswer(body);
        QVERIFY(answer);
        QVERIFY(!answer->success);
        QCOMPARE(tarn::textOf(answer->readData.at(ShareNumber{0}).at(1)), std::string("world"));
        QVERIFY(answer->readData.at(ShareNumber{3}).at(1).empty());
        const Bytes again = joinedBytes(encodeReadTestWriteAnswer(*answer));
        QVERIFY(decodeReadTestWriteAnswer(again)->readData == answer->readData);
    }
    void largeDataAreNotCopied()
    {
        const Bytes large = zeroBytes(100'000);
        storage_api::ReadTestWrite request;
        request.shares[ShareNumber{5}].writes = {storage_api::WriteVector{0, large},
                                                 storage_api::WriteVector{7, asBytes("small")},
                                                 storage_api::WriteVector{9, large}};
        request.shares[ShareNumber{5}].newLength = 0;
        const GatheredBody gathered = encodeReadTestWriteRequest(request);
        QCOMPARE(gathered.pieces().size(), std::size_t(5));
        QVERIFY(gathered.pieces()[1].data() == large.data());
        const Bytes body = joinedBytes(gathered);
        QCOMPARE(std::uint64_t(body.size()), gathered.size());
        codec::CborJoined joined;
        const auto back = decodeReadTestWriteRequest(body, joined);
        QVERIFY(back);
        const storage_api::ShareWrite& share = back->shares.at(ShareNumber{5});
        QVERIFY(share.writes.at(2).data.data() > body.data()); // a view
        QCOMPARE(share.writes.at(2).data.size(), large.size());
        QCOMPARE(*share.newLength, std::uint64_t(0));
    }
    void refusesRequests_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QString>("message");
        QTest::newRow("missing test") // as the reference says it
            << QByteArray("a272746573742d77726974652d766563746f7273a100a2657772697465806a6e65772d6c"
                          "656e677468f66b726561642d766563746f7280")
            << "request.test-write-vectors[0]: missing key 'test'";
        QTest::newRow("empty map")
            << QByteArray("a0") << "request: missing key 'test-write-vectors'";
        QTest::newRow("unexpected key") << QByteArray("a1617801") << "request: unexpected key 'x'";
        QTest::newRow("not a map") << QByteArray("80") << "request: cbor at byte 0: ";
        QTest::newRow("nothing") << QByteArray("") << "request: cbor at byte 0: ";
        QTest::newRow("bytes behind")
            << QByteArray("a272746573742d77726974652d766563746f7273a06b726561642d766563746f728000")
            << "request: cbor at byte";
        QTest::newRow("repeated share")
            << QByteArray("a272746573742d77726974652d766563746f7273a200a36474657374806577726974"
                          "65806a6e65772d6c656e677468f600a36474657374806577726974658"
                          "06a6e65772d6c656e677468f66b726561642d766563746f7280")
            << "request.test-write-vectors[0]: repeated share";
        QTest::newRow("repeated key")
            << QByteArray("a26b726561642d766563746f72806b726561642d766563746f7280")
            << "request: repeated key 'read-vector'";
        QTest::newRow("offset is text")
            << QByteArray("a26b726561642d766563746f7281a2666f666673657461306473697a6501")
            << "request.read-vector[0].offset: cbor at byte";
    }
    void refusesRequests()
    {
        QFETCH(QByteArray, body);
        QFETCH(QString, message);
        const QString out = QString::fromStdString(refusal(body));
        QVERIFY2(out.startsWith(message), qPrintable(out));
    }
    void refusesTooMany()
    {
        storage_api::ReadTestWrite request;
        request.reads.assign(31, storage_api::ReadVector{0, 1});
        const Bytes reads = joinedBytes(encodeReadTestWriteRequest(request));
        QCOMPARE(refusal(hex(reads)), std::string("request.read-vector: more than 30 items"));
        request.reads.clear();
        request.shares[ShareNumber{9}].tests.assign(31, storage_api::TestVector{});
        const Bytes tests = joinedBytes(encodeReadTestWriteRequest(request));
        QCOMPARE(refusal(hex(tests)),
                 std::string("request.test-write-vectors[9].test: more than 30 items"));
        AllocateRequest allocate;
        for (std::uint32_t i = 0; i < 257; ++i)
            allocate.shares.insert(ShareNumber{i});
        QCOMPARE(refusal(hex(encodeAllocateRequest(allocate)), false),
                 std::string("request.share-numbers: more than 256 items"));
    }
    void refusesAllocations()
    {
        // list, not set; the reference refuses it too
        QVERIFY(
            refusal("a26d73686172652d6e756d6265727381016e616c6c6f63617465642d73697a651864", false)
                .starts_with("request.share-numbers: "));
        QVERIFY(refusal("ff0067617262616765", false).starts_with("request: "));
        QVERIFY(refusal("a36d73686172652d6e756d62657273d9010281016e616c6c6f63617465642d73697a651864"
                        "617801",
                        false)
                    .starts_with("request: unexpected key 'x'"));
    }
    void requestsSurviveTheirBytes()
    {
        QVERIFY(test::forAll(200, [](test::SeededRandom& random) {
            std::vector<Bytes> kept;
            const auto some = [&]() -> ByteView {
                kept.push_back(random.bytesBetween(0, 2000));
                return kept.back();
            };
            kept.reserve(1000);
            storage_api::ReadTestWrite request;
            for (std::uint64_t i = random.between(0, 5); i > 0; --i) {
                auto& share =
                    request.shares[ShareNumber{static_cast<std::uint32_t>(random.below(1000))}];
                for (std::uint64_t j = random.between(0, 4); j > 0; --j)
                    share.tests.push_back({random.next(), random.next(), some()});
                for (std::uint64_t j = random.between(0, 4); j > 0; --j)
                    share.writes.push_back({random.next(), some()});
                if (random.chance(0.5)) share.newLength = random.next();
            }
            for (std::uint64_t i = random.between(0, 30); i > 0; --i)
                request.reads.push_back({random.next(), random.next()});
            const Bytes body = joinedBytes(encodeReadTestWriteRequest(request));
            codec::CborJoined joined;
            const auto back = decodeReadTestWriteRequest(body, joined);
            return back && joinedBytes(encodeReadTestWriteRequest(*back)) == body;
        }));
    }
    void everyCutIsRefused()
    {
        storage_api::ReadTestWrite request;
        request.shares[ShareNumber{1}].writes = {storage_api::WriteVector{1, asBytes("data")}};
        request.reads = {storage_api::ReadVector{1, 2}};
        const Bytes body = joinedBytes(encodeReadTestWriteRequest(request));
        for (std::size_t size = 0; size < body.size(); ++size) {
            codec::CborJoined joined;
            QVERIFY(!decodeReadTestWriteRequest(ByteView(body).first(size), joined));
        }
    }
};

QTEST_GUILESS_MAIN(TestStorageMessages)
#include "test_storage_messages.moc"
