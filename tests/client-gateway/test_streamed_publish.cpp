// MDMF files that go on to servers while their bodies come: servers that fail, lag or lie in the
// middle, bodies that are cut or not as long as announced, a gateway that gives up. All of a
// version becomes readable, or none of it.
#include "client-gateway/mutable/arriving_body.h"
#include "tests/client-gateway/mutable_bench.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;
using cap::MutableFormat;
using test::failing;
using test::Fault;
using test::MutableBench;
using test::StoreCall;

namespace {

constexpr std::size_t kSize = 4'500'000;
constexpr std::uint32_t kTotal = 10;

/// A body that its sender may get wrong.
class AnnouncedSource final : public UploadSource
{
public:
    AnnouncedSource(Bytes bytes, std::optional<std::uint64_t> announced)
        : m_bytes(std::move(bytes)), m_announced(announced)
    {
    }
    asio::awaitable<Result<std::size_t>> read(MutableByteView into) override
    {
        if (m_pause > Duration(0) && m_at >= m_pauseFrom) co_await m_clock->sleep(m_pause);
        if (m_cutAt && m_at >= *m_cutAt)
            co_return Error(ErrorCode::PeerUnreachable, "the client is gone");
        const std::size_t count =
            std::min({into.size(), m_bytes.size() - m_at, std::size_t{100'000}});
        std::copy_n(m_bytes.data() + m_at, count, into.data());
        m_at += count;
        co_return count;
    }
    std::optional<std::uint64_t> announcedSize() const override { return m_announced; }
    void cutAt(std::size_t at) { m_cutAt = at; }
    /// Before each read, from that byte on.
    void pause(Clock& clock, Duration time, std::size_t from)
    {
        m_clock = &clock;
        m_pause = time;
        m_pauseFrom = from;
    }
    std::size_t given() const { return m_at; }

private:
    Bytes m_bytes;
    std::optional<std::uint64_t> m_announced;
    std::optional<std::size_t> m_cutAt;
    Clock* m_clock = nullptr;
    Duration m_pause{0};
    std::size_t m_pauseFrom = 0;
    std::size_t m_at = 0;
};

struct Case
{
    explicit Case(std::size_t servers = kTotal) : bench(servers) {}

    AnnouncedSource source(const Bytes& bytes) { return AnnouncedSource(bytes, bytes.size()); }
    Result<cap::MutableWriteCap> create(UploadSource& source)
    {
        MutableCreation how;
        how.format = MutableFormat::Mdmf;
        return bench.wait(bench.files().create(source, std::move(how)));
    }
    /// Servers from `first` to before `end` do this with the calls of this kind, from their
    /// `from`th call of it on.
    void fault(std::size_t first, std::size_t end, StoreCall which, Fault what,
               std::uint64_t from = 0)
    {
        for (std::size_t i = first; i < end; ++i)
            bench.servers[i]->store->setPlan(
                [=, seen = std::uint64_t{0}](StoreCall call, std::uint64_t) mutable {
                    return call == which && seen++ >= from ? what : Fault();
                });
    }
    void allIsWell()
    {
        for (const auto& server : bench.servers)
            server->store->setPlan({});
    }
    std::uint64_t count(StoreCall which) { return m_calls[which]; }
    void countCalls()
    {
        for (const auto& server : bench.servers)
            server->store->setPlan([this](StoreCall call, std::uint64_t) {
                ++m_calls[call];
                return Fault();
            });
    }
    std::size_t streamsOpen()
    {
        std::size_t open = 0;
        for (const auto& server : bench.servers)
            open += server->store->streamsOpen();
        return open;
    }

    MutableBench bench;
    const Bytes plain = test::plaintext(kSize, 1);

private:
    std::map<StoreCall, std::uint64_t> m_calls;
};

} // namespace

class TestStreamedPublish final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void createsAroundSegmentBorders_data()
    {
        QTest::addColumn<quint64>("size");
        const quint64 segment = 131'073; // rounded up to a multiple of 3
        QTest::newRow("least") << quint64{2 * 1024 * 1024};
        for (const quint64 segments : {16U, 17U, 24U}) {
            const std::string name = std::to_string(segments) + " segments";
            QTest::newRow((name + ", one byte less").c_str()) << segment * segments - 1;
            QTest::newRow(name.c_str()) << segment * segments;
            QTest::newRow((name + ", one byte more").c_str()) << segment * segments + 1;
        }
    }
    void createsAroundSegmentBorders()
    {
        QFETCH(quint64, size);
        Case test;
        test.countCalls();
        const Bytes plain = test::plaintext(size, 5);
        AnnouncedSource source = test.source(plain);
        const auto made = test.create(source);
        QVERIFY2(made, made ? "" : made.error().text().c_str());
        QCOMPARE(test.count(StoreCall::Stream), std::uint64_t{kTotal});
        QCOMPARE(test.count(StoreCall::ReadTestWrite), std::uint64_t{0});
        const auto back = test.bench.readBack(*made);
        QVERIFY(back && back->data == plain);
        QCOMPARE(back->sequence, std::uint64_t{1});
        QVERIFY(test.bench.check(*made, true).healthy);
        QCOMPARE(test.streamsOpen(), std::size_t{0});
    }

    void overwrites()
    {
        Case test;
        const auto made = test.bench.create(test::plaintext(400'000, 7), MutableFormat::Mdmf);
        QVERIFY(made);
        test.countCalls();
        AnnouncedSource source = test.source(test.plain);
        const Result<void> written = test.bench.wait(test.bench.files().overwrite(*made, source));
        QVERIFY2(written, written ? "" : written.error().text().c_str());
        QCOMPARE(test.count(StoreCall::Stream), std::uint64_t{kTotal});
        const auto back = test.bench.readBack(*made);
        QVERIFY(back && back->data == test.plain);
        QCOMPARE(back->sequence, std::uint64_t{2});
        QVERIFY(test.bench.check(*made, true).healthy);
    }

    /// Chunked, and what comes too slowly: received first.
    void receivesOtherBodiesFirst()
    {
        for (const bool announced : {false, true}) {
            Case test;
            test.countCalls();
            AnnouncedSource source(test.plain,
                                   announced ? std::optional<std::uint64_t>(kSize) : std::nullopt);
            if (announced) source.pause(test.bench.clock, std::chrono::milliseconds(200), 0);
            const auto made = test.create(source);
            QVERIFY(made);
            QCOMPARE(test.count(StoreCall::Stream), std::uint64_t{0});
            const auto back = test.bench.readBack(*made);
            QVERIFY(back && back->data == test.plain);
        }
    }

    /// Four servers for ten shares: more connections to each than may be taken.
    void fewServersGetTheirSharesAtOnce()
    {
        Case test(4);
        test.countCalls();
        AnnouncedSource source = test.source(test.plain);
        const auto made = test.create(source);
        QVERIFY(made);
        QCOMPARE(test.count(StoreCall::Stream), std::uint64_t{0});
        QVERIFY(test.bench.check(*made, true).healthy);
    }

    void twoSharesOfAServerGoSideBySide()
    {
        Case test(5);
        test.countCalls();
        AnnouncedSource source = test.source(test.plain);
        const auto made = test.create(source);
        QVERIFY(made);
        QCOMPARE(test.count(StoreCall::Stream), std::uint64_t{kTotal});
        QVERIFY(test.bench.check(*made, true).healthy);
    }

    /// Slow segments go on without waiting for a whole run of them.
    void goesOnWithWhatASlowSenderGives()
    {
        Case test;
        AnnouncedSource source = test.source(test.plain);
        source.pause(test.bench.clock, std::chrono::seconds(20), 1'200'000);
        const auto made = test.create(source);
        QVERIFY(made);
        const auto back = test.bench.readBack(*made);
        QVERIFY(back && back->data == test.plain);
    }

    void wrongLengths_data()
    {
        QTest::addColumn<quint64>("announced");
        QTest::addColumn<QString>("text");
        QTest::newRow("shorter") << quint64{kSize + 1} << "the body ends after 4500000 of 4500001";
        QTest::newRow("much shorter") << quint64{kSize * 2} << "the body ends after 4500000 of";
        QTest::newRow("longer") << quint64{kSize - 1} << "longer than the 4499999 bytes announced";
        QTest::newRow("much longer") << quint64{kSize - 700'000} << "longer than the 3800000 bytes";
    }
    void wrongLengths()
    {
        QFETCH(quint64, announced);
        QFETCH(QString, text);
        Case test;
        AnnouncedSource source(test.plain, announced);
        const auto made = test.create(source);
        QVERIFY(!made);
        QCOMPARE(made.error().code(), ErrorCode::InvalidInput);
        QVERIFY2(made.error().text().find(text.toStdString()) != std::string::npos,
                 made.error().text().c_str());
        QCOMPARE(test.bench.shareCount(), std::size_t{0});
        QCOMPARE(test.streamsOpen(), std::size_t{0});
    }

    void cutBodiesLeaveNothing()
    {
        for (const std::size_t at :
             {std::size_t{0}, std::size_t{900'000}, std::size_t{1'500'000}, kSize}) {
            Case test;
            AnnouncedSource source = test.source(test.plain);
            source.cutAt(at);
            const auto made = test.create(source);
            QVERIFY(!made);
            QCOMPARE(made.error().code(), ErrorCode::PeerUnreachable);
            QCOMPARE(test.bench.shareCount(), std::size_t{0});
            QCOMPARE(test.streamsOpen(), std::size_t{0});
        }
    }

    void cutOverwritesLeaveTheOldVersion()
    {
        Case test;
        const Bytes before = test::plaintext(2'500'000, 9);
        const auto made = test.bench.create(before, MutableFormat::Mdmf);
        QVERIFY(made);
        AnnouncedSource source = test.source(test.plain);
        source.cutAt(2'000'000);
        QVERIFY(!test.bench.wait(test.bench.files().overwrite(*made, source)));
        const auto back = test.bench.readBack(*made);
        QVERIFY(back && back->data == before);
        QVERIFY(test.bench.check(*made, true).healthy);
    }

    /// Up to seven may be lost, of those that are not there at the begin one more: two servers
    /// then take two shares each. The other shares find a home once the file is there.
    void serversLostInTheMiddle_data()
    {
        QTest::addColumn<int>("lost");
        QTest::addColumn<int>("call");
        QTest::addColumn<bool>("works");
        using Row = std::pair<const char*, StoreCall>;
        for (const auto& [name, call] :
             {Row{"begin", StoreCall::Stream}, Row{"middle", StoreCall::StreamWrite},
              Row{"end", StoreCall::StreamFinish}})
            for (const int lost : {1, 7, 8, 10})
                QTest::newRow((std::string(name) + ", " + std::to_string(lost)).c_str())
                    << lost << static_cast<int>(call)
                    << (lost <= (call == StoreCall::Stream ? 8 : 7));
    }
    void serversLostInTheMiddle()
    {
        QFETCH(int, lost);
        QFETCH(int, call);
        QFETCH(bool, works);
        Case test;
        const auto which = static_cast<StoreCall>(call);
        const std::uint64_t from = which == StoreCall::StreamWrite ? 1 : 0;
        test.fault(0, static_cast<std::size_t>(lost), which, failing(ErrorCode::PeerUnreachable),
                   from);
        AnnouncedSource source = test.source(test.plain);
        const auto made = test.create(source);
        QCOMPARE(made.has_value(), works);
        QCOMPARE(test.streamsOpen(), std::size_t{0});
        if (!works) {
            QCOMPARE(made.error().code(), ErrorCode::Unhappy);
            QVERIFY(made.error().text().find("NotEnoughServersError") != std::string::npos);
            // Not worth the rest of the body.
            QVERIFY(which == StoreCall::StreamFinish || source.given() < kSize);
            QCOMPARE(test.bench.shareCount(), std::size_t{0});
            return;
        }
        const auto back = test.bench.readBack(*made);
        QVERIFY(back && back->data == test.plain);
        test.allIsWell();
        const CheckResult health = test.bench.check(*made, true);
        QVERIFY2(health.healthy, health.summary.c_str());
    }

    /// A server that hangs is given up; the others go on.
    void serversThatHang()
    {
        for (const StoreCall call :
             {StoreCall::Stream, StoreCall::StreamWrite, StoreCall::StreamFinish}) {
            Case test;
            test.fault(2, 4, call, test::late(std::chrono::hours(3)));
            AnnouncedSource source = test.source(test.plain);
            const auto made = test.create(source);
            QVERIFY(made);
            const auto back = test.bench.readBack(*made);
            QVERIFY(back && back->data == test.plain);
        }
    }

    void fullDisksInTheMiddle()
    {
        Case test;
        test.fault(0, kTotal, StoreCall::StreamWrite, failing(ErrorCode::NoSpace), 2);
        AnnouncedSource source = test.source(test.plain);
        const auto made = test.create(source);
        QVERIFY(!made);
        QCOMPARE(made.error().code(), ErrorCode::Unhappy);
        QVERIFY(source.given() < kSize);
        QCOMPARE(test.bench.shareCount(), std::size_t{0});
    }

    /// They say that they wrote, and did not: as many as the code can spare.
    void serversThatPretend()
    {
        Case test;
        Fault lie;
        lie.pretend = true;
        test.fault(0, 7, StoreCall::StreamFinish, lie);
        AnnouncedSource source = test.source(test.plain);
        const auto made = test.create(source);
        QVERIFY(made);
        test.allIsWell();
        const auto back = test.bench.readBack(*made);
        QVERIFY(back && back->data == test.plain);
        QVERIFY(test.bench.repair(*made).after.healthy);
    }

    /// Somebody else writes between our look and our end.
    void anotherWriterWins()
    {
        Case test;
        const auto made = test.bench.create(test::plaintext(2'500'000, 9), MutableFormat::Mdmf);
        QVERIFY(made);
        const auto other = test.bench.otherGateway();
        const Bytes theirs = test::plaintext(300'000, 11);
        bool done = false;
        bool theirWrite = false;
        for (const auto& server : test.bench.servers)
            server->store->setPlan([&](StoreCall call, std::uint64_t) {
                if (call == StoreCall::StreamFinish && !done) {
                    done = true;
                    asio::co_spawn(test.bench.engine,
                                   test::overwriteWith(other->mutableFiles(), *made, theirs),
                                   [&](const std::exception_ptr&, Result<void> ended) {
                                       theirWrite = ended.has_value();
                                   });
                }
                return call == StoreCall::StreamFinish ? test::late(std::chrono::seconds(5))
                                                       : Fault();
            });
        AnnouncedSource source = test.source(test.plain);
        const Result<void> written = test.bench.wait(test.bench.files().overwrite(*made, source));
        QVERIFY(theirWrite);
        QVERIFY(!written);
        QCOMPARE(written.error().code(), ErrorCode::Conflict);
        test.allIsWell();
        const auto back = test.bench.readBack(*made);
        QVERIFY(back && back->data == theirs);
    }

    void theGatewayGivesUp()
    {
        for (const StoreCall call :
             {StoreCall::Stream, StoreCall::StreamWrite, StoreCall::StreamFinish}) {
            Case test;
            test.fault(0, kTotal, call, test::late(std::chrono::seconds(20)));
            AnnouncedSource source = test.source(test.plain);
            MutableCreation how;
            how.format = MutableFormat::Mdmf;
            asio::cancellation_signal cancel;
            bool ended = false;
            auto work = test.bench.files().create(source, std::move(how));
            asio::co_spawn(test.bench.engine, std::move(work),
                           asio::bind_cancellation_slot(
                               cancel.slot(), [&](const std::exception_ptr&,
                                                  Result<cap::MutableWriteCap>) { ended = true; }));
            test.bench.clock.runUntil(test.bench.engine, std::chrono::seconds(10),
                                      [&] { return ended; });
            QVERIFY(!ended);
            asio::post(test.bench.engine, [&] { cancel.emit(asio::cancellation_type::terminal); });
            test.bench.settle();
            QVERIFY(ended);
            QCOMPARE(test.streamsOpen(), std::size_t{0});
            QCOMPARE(test.bench.shareCount(), std::size_t{0});
        }
    }

    /// Two at a time; what comes beside them is received first.
    void leavesConnectionsToOthers()
    {
        Case test;
        test.countCalls();
        std::vector<AnnouncedSource> sources;
        for (int i = 0; i < 4; ++i) {
            sources.push_back(test.source(test.plain));
            sources.back().pause(test.bench.clock, std::chrono::milliseconds(50), 1'100'000);
        }
        int good = 0;
        for (AnnouncedSource& source : sources) {
            MutableCreation how;
            how.format = MutableFormat::Mdmf;
            asio::co_spawn(test.bench.engine, test.bench.files().create(source, std::move(how)),
                           [&](const std::exception_ptr&, Result<cap::MutableWriteCap> made) {
                               good += made ? 1 : 0;
                           });
        }
        test.bench.settle();
        QCOMPARE(good, 4);
        QCOMPARE(test.count(StoreCall::Stream), std::uint64_t{2 * kTotal});
    }
};

QTEST_GUILESS_MAIN(TestStreamedPublish)
#include "test_streamed_publish.moc"
