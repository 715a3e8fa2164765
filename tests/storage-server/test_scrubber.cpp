#include "storage-server/scrubber.h"
#include "tests/support/store_rig.h"
#include "tests/support/vectors.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <QtTest/QTest>

#include <cerrno>

using namespace tarn;
using namespace tarn::storage;
using namespace tarn::test;
using namespace std::chrono_literals;

class TestScrubber final : public QObject
{
    Q_OBJECT

    std::unique_ptr<StoreRig> m_rig;
    std::unique_ptr<Scrubber> m_scrubber;
    std::unique_ptr<asio::cancellation_signal> m_stop;
    bool m_ended = false;

    std::string file() const { return (m_rig->root().parent_path() / "scrub.json").string(); }
    void make(const ScrubConfig& config = ScrubConfig())
    {
        Scrubber::Parts parts{m_rig->store(), m_rig->pool(), m_rig->clock(), file()};
        m_scrubber = std::make_unique<Scrubber>(std::move(parts), config);
    }
    void start()
    {
        m_ended = false;
        m_stop = std::make_unique<asio::cancellation_signal>();
        auto done = [this](std::exception_ptr /*thrown*/, Result<void> /*result*/) {
            m_ended = true;
        };
        asio::co_spawn(m_rig->engine(), m_scrubber->run(),
                       asio::bind_cancellation_slot(m_stop->slot(), done));
    }
    void stop()
    {
        m_stop->emit(asio::cancellation_type::terminal);
        QVERIFY(m_rig->clock().runUntil(m_rig->engine(), 1000h, [&] { return m_ended; }));
    }
    bool runUntil(Duration limit, const std::function<bool()>& done)
    {
        return m_rig->clock().runUntil(m_rig->engine(), limit, done);
    }
    void oneRound()
    {
        start();
        QVERIFY(runUntil(1000h, [&] { return m_scrubber->rounds() > 0; }));
        stop();
    }
    /// A share that Tahoe-LAFS wrote, at an index of its own.
    void place(std::uint8_t index, const char* name = "chk-100000.s1.sh8", std::uint32_t number = 8)
    {
        m_rig->write(m_rig->sharePath(index, number), ownVectorFile(QString("containers/") + name));
    }
    void spoil(std::uint8_t index, std::size_t at, std::uint32_t number = 8)
    {
        Bytes bytes = m_rig->contents(m_rig->sharePath(index, number));
        bytes[at] ^= std::byte{1};
        m_rig->write(m_rig->sharePath(index, number), bytes);
    }
    std::uint64_t found(AuditState state) const { return m_scrubber->record().found(state); }

private Q_SLOTS:
    void init()
    {
        m_rig = std::make_unique<StoreRig>();
        QVERIFY(m_rig->open());
    }
    void cleanup()
    {
        m_scrubber.reset();
        m_rig.reset();
    }
    void findsDamageAndChangesNothing()
    {
        for (std::uint8_t i = 1; i <= 9; ++i)
            place(i);
        place(10, "mdmf-1.s1.sh6", 6);
        spoil(3, 20'000);
        spoil(10, 490, 6); // in what the signature covers
        QVERIFY(m_rig->put(11, 0, asBytes("what nobody can check")));
        const Files before = m_rig->snapshot();
        make();
        oneRound();
        QCOMPARE(m_scrubber->record().last.allShares(), std::uint64_t(11));
        QCOMPARE(found(AuditState::Damaged), std::uint64_t(2));
        QCOMPARE(found(AuditState::Unknown), std::uint64_t(1));
        QVERIFY(m_scrubber->record().findings.contains({suiteIndex(3), ShareNumber{8}}));
        QVERIFY(m_rig->snapshot() == before);
        QCOMPARE(m_rig->layer().openFiles(), 1);
        // What is mended or gone is not told any more.
        spoil(3, 20'000);
        std::filesystem::remove(m_rig->sharePath(10, 6));
        m_scrubber->startSoon();
        start();
        QVERIFY(runUntil(1000h, [&] { return m_scrubber->rounds() > 1; }));
        stop();
        QCOMPARE(found(AuditState::Damaged), std::uint64_t(0));
    }
    void keepsThePace()
    {
        for (std::uint8_t i = 1; i <= 10; ++i)
            place(i);
        ScrubConfig config;
        config.pace = 10'000;
        make(config);
        const TimePoint begin = m_rig->clock().now();
        oneRound();
        const Duration took = m_rig->clock().now() - begin;
        const double least = static_cast<double>(m_scrubber->bytes()) / 10'000.0;
        QVERIFY(m_scrubber->bytes() > 330'000);
        QVERIFY(took > std::chrono::duration<double>(least * 0.99));
        QVERIFY(took < std::chrono::duration<double>(least + 120));
    }
    /// Stopped anywhere, as by a crash, it looks at everything once and at little twice.
    void goesOnWhereItStopped()
    {
        constexpr std::uint8_t kShares = 30;
        for (std::uint8_t i = 1; i <= kShares; ++i)
            place(i);
        spoil(7, 20'000);
        ScrubConfig config;
        config.pace = 2'000; // a share takes longer than from one keeping to the next
        config.interval = 24h * 365;
        std::uint64_t looked = 0;
        bool whole = false;
        for (int run = 0; run < 40 && !whole; ++run) {
            QVERIFY(m_rig->open());
            make(config);
            start();
            const auto enough = [&] {
                return m_scrubber->shares() >= 2 || m_scrubber->rounds() > 0;
            };
            QVERIFY(runUntil(1000h, enough));
            looked += m_scrubber->shares();
            whole = m_scrubber->rounds() > 0;
            stop();
            if (whole) break;
            m_scrubber.reset();
        }
        QVERIFY(whole);
        QVERIFY(looked >= kShares && looked <= 2 * kShares + 4);
        QCOMPARE(found(AuditState::Damaged), std::uint64_t(1));
        // The next start knows, and the next round is not due.
        QVERIFY(m_rig->open());
        make(config);
        start();
        static_cast<void>(runUntil(1h, [] { return false; }));
        QCOMPARE(found(AuditState::Damaged), std::uint64_t(1));
        QCOMPARE(m_scrubber->shares(), std::uint64_t(0));
        stop();
    }
    void aBrokenRecordIsBegunAnew()
    {
        place(1);
        for (const char* text : {"", "{", "[]", "{\"version\": 1}", "{\"version\": 2}"}) {
            m_rig->write(file(), asBytes(text));
            make();
            oneRound();
            QCOMPARE(m_scrubber->record().last.allShares(), std::uint64_t(1));
        }
    }
    /// A disk that is away is no damage.
    void waitsForTheDisk()
    {
        for (std::uint8_t i = 1; i <= 5; ++i)
            place(i);
        make();
        start();
        QVERIFY(runUntil(1h, [&] { return m_scrubber->shares() >= 2; }));
        m_rig->layer().arm(0, EIO, FailAt::How::Forever);
        static_cast<void>(runUntil(10min, [] { return false; }));
        QCOMPARE(m_scrubber->rounds(), std::uint64_t(0));
        QCOMPARE(m_scrubber->record().findings.size(), std::size_t(0));
        stop();
        m_rig->layer().disarm();
        QVERIFY(m_rig->put(20, 0, asBytes("the disk is back")));
        start();
        QVERIFY(runUntil(1000h, [&] { return m_scrubber->rounds() > 0; }));
        stop();
        QCOMPARE(found(AuditState::Damaged) + found(AuditState::Unreadable), std::uint64_t(0));
        QCOMPARE(m_scrubber->record().last.of(AuditState::Sound), std::uint64_t(5));
    }
    void whatTheDiskDoesNotGiveIsTold()
    {
        place(1);
        place(2);
        make();
        start();
        QVERIFY(runUntil(1h, [&] { return m_scrubber->rounds() > 0; }));
        m_scrubber->startSoon();
        m_rig->layer().armNext(FileOp::Read, EIO);
        QVERIFY(runUntil(1000h, [&] { return m_scrubber->rounds() > 1; }));
        stop();
        // It was looked at again and could be read.
        QCOMPARE(m_scrubber->record().findings.size(), std::size_t(0));
        QVERIFY(m_rig->store().health().state == StoreState::Healthy);
    }
    void canBeOff()
    {
        place(1);
        ScrubConfig config;
        config.enabled = false;
        make(config);
        start();
        static_cast<void>(runUntil(100h, [] { return false; }));
        QCOMPARE(m_scrubber->shares(), std::uint64_t(0));
        config.enabled = true;
        m_scrubber->reconfigure(config);
        QVERIFY(runUntil(1h, [&] { return m_scrubber->rounds() > 0; }));
        stop();
    }
    void recordsComeBackAsTheyWere()
    {
        ScrubRecord record;
        record.begin(1000);
        record.after = suiteIndex(4);
        QVERIFY(record.note({suiteIndex(1), ShareNumber{3}}, {AuditState::Damaged, "why"}, 1001));
        QVERIFY(!record.note({suiteIndex(1), ShareNumber{3}}, {AuditState::Damaged, "why"}, 1002));
        QVERIFY(!record.note({suiteIndex(2), ShareNumber{3}}, {}, 1002));
        record.present.bytes = 77;
        const Result<ScrubRecord> back = ScrubRecord::parse(record.text());
        QVERIFY(back);
        QCOMPARE(back->text(), record.text());
        QVERIFY(back->after == record.after && back->underWay);
        QCOMPARE(back->present.allShares(), std::uint64_t(3));
    }
};

QTEST_GUILESS_MAIN(TestScrubber)
#include "test_scrubber.moc"
