#include "introducer/change_log.h"
#include "tests/support/signed_records.h"

#include <QtTest/QTest>

using namespace tarn;
using introducer::ChangeLog;
using test::testAnnouncement;

class TestChangeLog final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tellsWhatCameAfter()
    {
        ChangeLog log("abc");
        QVERIFY(!log.hasNewsSince(""));
        log.add(testAnnouncement(1));
        QVERIFY(log.hasNewsSince(""));
        const ChangeLog::Page first = log.since("", 100'000);
        QCOMPARE(first.records.size(), std::size_t(1));
        QVERIFY(!log.hasNewsSince(first.cursor));
        log.add(testAnnouncement(2));
        const ChangeLog::Page next = log.since(first.cursor, 100'000);
        QCOMPARE(next.records.size(), std::size_t(1));
        QVERIFY(next.records[0]->name() == testAnnouncement(2)->name());
        QCOMPARE(next.cursor, log.cursor());
    }
    void aNewVersionIsToldOnce()
    {
        ChangeLog log("abc");
        log.add(testAnnouncement(1, 1));
        log.add(testAnnouncement(2, 1));
        log.add(testAnnouncement(1, 2));
        const ChangeLog::Page page = log.since("", 100'000);
        QCOMPARE(page.records.size(), std::size_t(2));
        QCOMPARE(page.records[1]->content().sequence, std::uint64_t(2));
    }
    void whatIsGoneIsNotTold()
    {
        ChangeLog log("abc");
        log.add(testAnnouncement(1));
        log.remove(testAnnouncement(1));
        log.remove(testAnnouncement(1));
        QVERIFY(!log.hasNewsSince(""));
        QVERIFY(log.since("", 1).records.empty());
    }
    void muchComesInPages()
    {
        ChangeLog log("abc");
        for (std::uint32_t i = 1; i <= 20; ++i)
            log.add(testAnnouncement(i));
        std::string cursor;
        std::size_t records = 0;
        for (int pages = 1;; ++pages) {
            const ChangeLog::Page page = log.since(cursor, 1000);
            QVERIFY(!page.records.empty());
            records += page.records.size();
            cursor = page.cursor;
            if (!page.more) break;
            QVERIFY(pages < 20);
        }
        QCOMPARE(records, std::size_t(20));
        // One that alone is too large goes all the same.
        QCOMPARE(log.since("", 1).records.size(), std::size_t(1));
    }
    void strangeCursorsAreTheBeginning_data()
    {
        QTest::addColumn<QString>("cursor");
        for (const char* cursor : {"", "-", "abc", "abc-", "abc-x", "abc-1x", "abc--1", "abc-99",
                                   "other-1", "abc-99999999999999999999999"})
            QTest::newRow(cursor) << cursor;
    }
    void strangeCursorsAreTheBeginning()
    {
        QFETCH(QString, cursor);
        ChangeLog log("abc");
        log.add(testAnnouncement(1));
        QCOMPARE(log.since(cursor.toStdString(), 100'000).records.size(), std::size_t(1));
    }
};

QTEST_GUILESS_MAIN(TestChangeLog)
#include "test_change_log.moc"
