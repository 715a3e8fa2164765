// Downloads from servers that lie, lose shares, die, or keep others waiting.
#include "core/share/immutable_layout.h"
#include "tests/client-gateway/stored_file.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;
using std::chrono::seconds;
using test::failing;
using test::Fault;
using test::GridBench;
using test::late;
using test::StoreCall;

class TestDownloadFaults final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyLieIsFoundAndReported_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<QString>("section");
        for (const int size : {10'000, 1'300'000}) {
            for (const char* section :
                 {"version", "data", "ciphertext tree", "block tree", "share hashes",
                  "extension length", "extension", "offsets", "truncated", "empty", "zeroes"}) {
                const std::string name = std::string(section) + " " + std::to_string(size);
                QTest::newRow(name.c_str()) << size << section;
            }
        }
    }
    void everyLieIsFoundAndReported()
    {
        QFETCH(int, size);
        QFETCH(QString, section);
        GridBench bench;
        test::StoredFile file(bench, static_cast<std::size_t>(size));
        // Seven liars, so that the three honest ones have to be found.
        for (std::uint32_t number = 0; number < 7; ++number) {
            Bytes& share = file.share(number);
            const share::ImmutableLayout layout = *share::parseImmutableLayout(share);
            const auto spoil = [&](std::uint64_t at) {
                share[static_cast<std::size_t>(at)] ^= std::byte{0x10};
            };
            if (section == "version") spoil(3);
            // Every block of it: any segment may be read from any share.
            if (section == "data")
                for (std::uint64_t at = layout.data; at < layout.plaintextHashTree; at += 1000)
                    spoil(at);
            if (section == "ciphertext tree") {
                for (std::uint64_t at = layout.crypttextHashTree; at < layout.blockHashes; at += 32)
                    spoil(at);
            }
            if (section == "block tree")
                for (std::uint64_t at = layout.blockHashes; at < layout.shareHashes; at += 32)
                    spoil(at);
            if (section == "share hashes")
                for (std::uint64_t at = layout.shareHashes; at < layout.uriExtension; at += 34)
                    spoil(at + 5);
            if (section == "extension length") spoil(layout.uriExtension + 2);
            if (section == "extension") spoil(layout.uriExtension + 40);
            if (section == "offsets") spoil(0x1e);
            if (section == "truncated") share.resize(share.size() / 2);
            if (section == "empty") share.clear();
            if (section == "zeroes") share = zeroBytes(share.size());
        }
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY2(back, back ? "" : back.error().text().c_str());
        QVERIFY(*back == file.plain);
        bench.settle();
        // Which liars were met depends on the order of servers; what they said decides whether
        // it is a lie or another version.
        const bool otherVersion = section == "version" || section == "zeroes";
        for (const auto& one : bench.servers) {
            for (const std::string& advisory : one->memory->advisories())
                QVERIFY2(advisory.find("corruption in share[") != std::string::npos,
                         advisory.c_str());
        }
        if (otherVersion) QCOMPARE(bench.advisoryCount(), std::size_t(0));
    }
    void aBadBlockIsNamedWithItsPlace()
    {
        GridBench bench(3, EncodingParameters{3, 1, 3, 1000});
        test::StoredFile file(bench, 10'000);
        Bytes& share = file.share(1);
        const share::ImmutableLayout layout = *share::parseImmutableLayout(share);
        share[static_cast<std::size_t>(layout.data) + 334 * 2 + 5] ^= std::byte{1};
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY(!back);
        QCOMPARE(back.error().code(), ErrorCode::NotEnoughShares);
        bench.settle();
        const auto& advisories = file.holders.at(ShareNumber{1})->memory->advisories();
        QCOMPARE(advisories.size(), std::size_t(1));
        const std::string place = "corruption in share[" + std::to_string(layout.data + 334 * 2) +
                                  "-" + std::to_string(layout.data + 334 * 3) + "): ";
        QVERIFY2(advisories[0].find(place) != std::string::npos, advisories[0].c_str());
    }
    void sharesOfAnotherNumberAreFound()
    {
        GridBench bench;
        test::StoredFile file(bench, 10'000);
        for (std::uint32_t number = 0; number < 7; ++number)
            file.share(number) = file.share(9);
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY2(back, back ? "" : back.error().text().c_str());
        QVERIFY(*back == file.plain);
    }
    void sharesOfAnotherFileAreFound()
    {
        GridBench bench;
        test::StoredFile file(bench, 10'000);
        UploadOptions random;
        random.key = KeyChoice::Random;
        const Result<UploadResult> other = bench.put(file.plain, random);
        QVERIFY(other);
        const StorageIndex index = test::storageIndexOf(other->readCap);
        for (std::uint32_t number = 0; number < 7; ++number) {
            for (const auto& one : bench.servers)
                if (const Bytes* share = one->memory->shareBytes(index, ShareNumber{number}))
                    file.share(number) = *share;
        }
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY(back && *back == file.plain);
    }
    void answersThatAreTooShortAreNotBelieved()
    {
        GridBench bench;
        test::StoredFile file(bench, 200'000);
        for (std::uint32_t number = 0; number < 7; ++number) {
            Fault fault;
            fault.shortAnswer = true;
            file.holders.at(ShareNumber{number})
                ->store->setPlan([fault](StoreCall call, std::uint64_t) {
                    return call == StoreCall::Read ? fault : Fault();
                });
        }
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY(back && *back == file.plain);
    }
    void bytesThatChangeUnderwayAreNotBelieved()
    {
        QVERIFY(test::forAll(20, [](test::SeededRandom& random) {
            GridBench bench;
            test::StoredFile file(bench, random.between(1000, 300'000));
            for (std::uint32_t number = 0; number < 7; ++number) {
                Fault fault;
                fault.flipByte = random.chance(0.8);
                test::failAll(*file.holders.at(ShareNumber{number}), fault);
            }
            const Result<Bytes> back = bench.get(file.cap);
            return back && *back == file.plain;
        }));
    }
    void sharesThatVanishAreReplaced()
    {
        GridBench bench;
        test::StoredFile file(bench, 200'000);
        for (std::uint32_t number = 0; number < 7; ++number) {
            file.holders.at(ShareNumber{number})->store->setPlan([](StoreCall call, std::uint64_t) {
                return call == StoreCall::Read ? failing(ErrorCode::NotFound) : Fault();
            });
        }
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY(back && *back == file.plain);
    }
    void serversThatDieInTheMiddleAreReplaced()
    {
        for (const std::uint64_t when : {1U, 3U, 6U}) {
            GridBench bench;
            test::StoredFile file(bench, 6'000'000);
            for (std::uint32_t number = 0; number < 7; ++number) {
                auto calls = std::make_shared<std::uint64_t>(0);
                file.holders.at(ShareNumber{number})
                    ->store->setPlan([calls, when](StoreCall, std::uint64_t) {
                        return ++*calls > when ? failing(ErrorCode::PeerUnreachable) : Fault();
                    });
            }
            const Result<Bytes> back = bench.get(file.cap);
            QVERIFY2(back, back ? "" : back.error().text().c_str());
            QVERIFY(*back == file.plain);
        }
    }
    void silentServersDoNotHoldUp()
    {
        GridBench bench;
        test::StoredFile file(bench, 300'000);
        for (std::uint32_t number = 0; number < 7; ++number)
            test::failAll(*file.holders.at(ShareNumber{number}), late(std::chrono::hours(1)));
        const TimePoint begun = bench.clock.now();
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY(back && *back == file.plain);
        QVERIFY(bench.clock.now() - begun < seconds(20));
    }
    void slowServersAreOvertaken()
    {
        GridBench bench;
        test::StoredFile file(bench, 3'000'000);
        for (std::uint32_t number = 0; number < 7; ++number) {
            file.holders.at(ShareNumber{number})->store->setPlan([](StoreCall call, std::uint64_t) {
                return call == StoreCall::Read ? late(seconds(50)) : Fault();
            });
        }
        const auto download = bench.grid->open(file.cap);
        const TimePoint begun = bench.clock.now();
        const Result<Bytes> back = bench.get(**download, ByteRange{0, file.plain.size()});
        QVERIFY(back && *back == file.plain);
        QVERIFY(bench.clock.now() - begun < seconds(30));
        unsigned slow = 0;
        for (const ShareStatus& share : (*download)->status().shares)
            slow += share.state == ShareState::Slow ? 1U : 0U;
        QVERIFY(slow > 0);
    }
    void sharesThatComeAtTheSameTimeAreNotTooMany()
    {
        GridBench bench;
        test::StoredFile file(bench, 50'000);
        // Those that are asked in place of slow ones answer in the same moment as these.
        int reads = 0;
        for (const auto& one : bench.servers) {
            one->store->setPlan([&reads](StoreCall call, std::uint64_t) {
                if (call != StoreCall::Read) return Fault();
                return late(++reads <= 3 ? seconds(10) : seconds(8));
            });
        }
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY2(back, back ? "" : back.error().text().c_str());
        QVERIFY(*back == file.plain);
        QVERIFY(reads > 3);
    }

    void tooFewSharesSayWhatWasFound()
    {
        GridBench bench;
        test::StoredFile file(bench, 10'000);
        for (std::uint32_t number = 2; number < 10; ++number)
            test::failAll(*file.holders.at(ShareNumber{number}),
                          failing(ErrorCode::PeerUnreachable));
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY(!back);
        QCOMPARE(back.error().code(), ErrorCode::NotEnoughShares);
        const std::string& text = back.error().message();
        QVERIFY(text.find("only 2 good shares found, 3 needed (2 of 10 servers") == 0);
        const std::string holder = file.holders.at(ShareNumber{0})->server->id;
        QVERIFY(text.find("share 0 on " + holder + ": used") != std::string::npos);
        const std::string dead = file.holders.at(ShareNumber{5})->server->id;
        QVERIFY(text.find("server " + dead + ": PeerUnreachable") != std::string::npos);
    }
    void noSharesAtAll()
    {
        GridBench bench;
        test::StoredFile file(bench, 10'000);
        for (const auto& one : bench.servers)
            for (std::uint32_t share = 0; share < 10; ++share)
                one->memory->removeShare(file.index, ShareNumber{share});
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY(!back);
        QCOMPARE(back.error().code(), ErrorCode::NoShares);
        GridBench empty(0);
        const Result<Bytes> nobody = empty.get(file.cap);
        QVERIFY(!nobody && nobody.error().code() == ErrorCode::NoShares);
    }
    void serversMayComeBack()
    {
        GridBench bench;
        test::StoredFile file(bench, 10'000);
        for (const auto& one : bench.servers)
            test::failAll(*one, failing(ErrorCode::PeerUnreachable));
        QVERIFY(!bench.get(file.cap));
        for (const auto& one : bench.servers)
            test::failAll(*one, Fault());
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY(back && *back == file.plain);
    }
};

QTEST_GUILESS_MAIN(TestDownloadFaults)
#include "test_download_faults.moc"
