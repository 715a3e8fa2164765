#include "core/crypto/hash_tags.h"
#include "core/crypto/multi_hash.h"
#include "core/crypto/sha256.h"
#include "core/crypto/tagged_hash.h"
#include "tests/support/property.h"
#include "tests/support/to_qt.h"

#include <QtTest/QTest>

#include <array>
#include <thread>
#include <vector>

using namespace tarn;
using crypto::HashBackend;

Q_DECLARE_METATYPE(tarn::crypto::HashBackend)

namespace {

constexpr std::array kBackends{HashBackend::Evp, HashBackend::ShaPairs, HashBackend::IpsecMbAvx2,
                               HashBackend::IpsecMbAvx512};

Bytes patternBytes(std::size_t size)
{
    test::SeededRandom random(size);
    return random.bytes(size);
}

std::vector<Hash256> oneByOne(std::string_view tag, std::span<const ByteView> inputs)
{
    std::vector<Hash256> hashes;
    for (const ByteView input : inputs)
        hashes.push_back(crypto::taggedHash(tag, input));
    return hashes;
}

std::vector<Hash256> together(HashBackend backend, std::string_view tag,
                              std::span<const ByteView> inputs)
{
    std::vector<Hash256> hashes(inputs.size());
    crypto::taggedHashManyOn(backend, tag, inputs, hashes);
    return hashes;
}

std::vector<ByteView> viewsOf(const std::vector<Bytes>& buffers)
{
    return {buffers.begin(), buffers.end()};
}

/// Up to `most` messages that begin anywhere in `text`.
std::vector<ByteView> randomViews(test::SeededRandom& random, ByteView text, std::size_t most,
                                  std::size_t longest)
{
    std::vector<ByteView> views(random.between(0, most));
    for (ByteView& view : views) {
        const std::size_t size = random.between(0, longest);
        view = text.subspan(random.between(0, text.size() - size), size);
    }
    return views;
}

} // namespace

class TestMultiHash final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void backends_data()
    {
        QTest::addColumn<HashBackend>("backend");
        for (const HashBackend backend : kBackends)
            QTest::newRow(std::string(nameOf(backend)).c_str()) << backend;
    }
    void everyLengthAroundTheBlockBorders_data() { backends_data(); }
    void everyLengthAroundTheBlockBorders()
    {
        QFETCH(HashBackend, backend);
        if (!crypto::available(backend)) QSKIP("this CPU does not run it");
        const Bytes text = patternBytes(400);
        for (const std::string_view tag : {crypto::tags::kBlock, crypto::tags::kMerkleInnerNode}) {
            std::vector<ByteView> inputs;
            for (std::size_t size = 0; size <= text.size(); ++size)
                inputs.push_back(ByteView(text).first(size));
            QVERIFY(together(backend, tag, inputs) == oneByOne(tag, inputs));
            for (const ByteView input : inputs)
                QCOMPARE(together(backend, tag, {&input, 1}).front(),
                         crypto::taggedHash(tag, input));
        }
    }
    void everyCountOfEqualLengths_data() { backends_data(); }
    void everyCountOfEqualLengths()
    {
        QFETCH(HashBackend, backend);
        if (!crypto::available(backend)) QSKIP("this CPU does not run it");
        const Bytes text = patternBytes(1000);
        for (std::size_t count = 0; count <= 300; ++count) {
            std::vector<ByteView> inputs;
            for (std::size_t i = 0; i < count; ++i)
                inputs.push_back(ByteView(text).subspan(i, 300));
            QVERIFY(together(backend, crypto::tags::kBlock, inputs) ==
                    oneByOne(crypto::tags::kBlock, inputs));
        }
    }
    void randomBatches_data() { backends_data(); }
    void randomBatches()
    {
        QFETCH(HashBackend, backend);
        if (!crypto::available(backend)) QSKIP("this CPU does not run it");
        const Bytes text = patternBytes(20000);
        QVERIFY(test::forAll(100, [&](test::SeededRandom& random) {
            const std::vector<ByteView> inputs = randomViews(random, text, 60, 9000);
            return together(backend, "tag", inputs) == oneByOne("tag", inputs);
        }));
    }
    void longMessages_data() { backends_data(); }
    void longMessages()
    {
        // Past every width in which a library might count bytes or blocks.
        QFETCH(HashBackend, backend);
        if (!crypto::available(backend)) QSKIP("this CPU does not run it");
        std::vector<Bytes> buffers;
        for (const std::size_t size : {65533U, 65534U, 65535U, 65536U, 65537U, 349526U, 4194303U,
                                       4194304U, 4194400U, 0U, 5U})
            buffers.push_back(patternBytes(size));
        const std::vector<ByteView> inputs = viewsOf(buffers);
        QVERIFY(together(backend, crypto::tags::kBlock, inputs) ==
                oneByOne(crypto::tags::kBlock, inputs));
    }
    void messagesWithoutTag_data() { backends_data(); }
    void messagesWithoutTag()
    {
        QFETCH(HashBackend, backend);
        if (!crypto::available(backend)) QSKIP("this CPU does not run it");
        const Bytes text = patternBytes(5000);
        QVERIFY(test::forAll(50, [&](test::SeededRandom& random) {
            const std::vector<ByteView> messages = randomViews(random, text, 200, 400);
            std::vector<Hash256> hashes(messages.size());
            crypto::sha256dManyOn(backend, messages, hashes);
            for (std::size_t i = 0; i < messages.size(); ++i) {
                if (hashes[i] != crypto::sha256d(messages[i])) return false;
            }
            return true;
        }));
    }
    void chosenBackendAgrees()
    {
        const Bytes text = patternBytes(5000);
        QVERIFY(test::forAll(100, [&](test::SeededRandom& random) {
            const std::vector<ByteView> inputs = randomViews(random, text, 80, 500);
            std::vector<Hash256> tagged(inputs.size());
            crypto::taggedHashMany("tag", inputs, tagged);
            std::vector<Hash256> plain(inputs.size());
            crypto::sha256dMany(inputs, plain);
            for (std::size_t i = 0; i < inputs.size(); ++i) {
                if (plain[i] != crypto::sha256d(inputs[i])) return false;
            }
            return tagged == oneByOne("tag", inputs);
        }));
    }
    void streamBesideMessages()
    {
        const Bytes text = patternBytes(5000);
        QVERIFY(test::forAll(200, [&](test::SeededRandom& random) {
            crypto::TaggedStream stream("stream");
            crypto::TaggedHasher expected("stream");
            for (int round = 0; round < 4; ++round) {
                const std::vector<ByteView> inputs = randomViews(random, text, 5, 300);
                const std::size_t size = random.between(0, 700);
                const ByteView piece =
                    ByteView(text).subspan(random.between(0, text.size() - size), size);
                std::vector<Hash256> hashes(inputs.size());
                crypto::taggedHashMany("tag", inputs, hashes, stream, piece);
                expected.update(piece);
                if (hashes != oneByOne("tag", inputs)) return false;
                if (random.between(0, 1) == 0) continue;
                stream.update(piece);
                expected.update(piece);
            }
            return stream.finish() == expected.finish();
        }));
    }
    void streamMovesOn()
    {
        crypto::TaggedStream first("tag");
        first.update(asBytes("some"));
        crypto::TaggedStream second = std::move(first);
        second.update(asBytes(" text"));
        QCOMPARE(second.finish(), crypto::taggedHash("tag", asBytes("some text")));
    }
    void longTag()
    {
        const std::string tag(1000, 't');
        const Bytes text = patternBytes(10'000);
        const std::array<ByteView, 3> inputs{ByteView(text), ByteView(text).first(9'999),
                                             ByteView(text).subspan(1)};
        for (const HashBackend backend : kBackends) {
            if (!crypto::available(backend)) continue;
            QVERIFY(together(backend, tag, inputs) == oneByOne(tag, inputs));
        }
    }
    void headroomNeedsNoCopy()
    {
        const std::size_t prefix = crypto::tagPrefixSize(crypto::tags::kBlock);
        Bytes message(prefix + 1000, std::byte{7});
        crypto::writeTagPrefix(message, crypto::tags::kBlock);
        const std::array<ByteView, 1> messages{ByteView(message)};
        std::array<Hash256, 1> hashes;
        crypto::sha256dMany(messages, hashes);
        QCOMPARE(hashes[0],
                 crypto::taggedHash(crypto::tags::kBlock, ByteView(message).subspan(prefix)));
    }
    void threadsHaveTheirOwnLanes()
    {
        const Bytes text = patternBytes(3000);
        std::vector<ByteView> inputs;
        for (std::size_t i = 0; i < 40; ++i)
            inputs.push_back(ByteView(text).subspan(i, 2000));
        const std::vector<Hash256> expected = oneByOne("tag", inputs);
        std::array<bool, 4> right{};
        std::vector<std::thread> threads;
        for (bool& mine : right) {
            threads.emplace_back([&mine, &inputs, &expected] {
                mine = true;
                for (int round = 0; round < 20; ++round) {
                    std::vector<Hash256> hashes(inputs.size());
                    crypto::taggedHashMany("tag", inputs, hashes);
                    mine = mine && hashes == expected;
                }
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        for (const bool mine : right)
            QVERIFY(mine);
    }
};

QTEST_GUILESS_MAIN(TestMultiHash)
#include "test_multi_hash.moc"
