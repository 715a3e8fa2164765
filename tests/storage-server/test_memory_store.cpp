#include "tests/support/fake_clock.h"
#include "tests/support/memory_store.h"
#include "tests/support/share_store_suite.h"
#include "tests/support/store_run.h"

#include <QtTest/QTest>

using namespace tarn;

class TestMemoryStore final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void suite_data()
    {
        QTest::addColumn<int>("number");
        int number = 0;
        for (const test::SuiteCheck& check : test::shareStoreSuite())
            QTest::newRow(check.name) << number++;
    }
    void suite()
    {
        QFETCH(int, number);
        asio::io_context engine;
        test::FakeClock clock;
        test::MemoryStore store(clock);
        test::SuiteHost host{store, [&](Duration by) { clock.advance(by); }};
        const test::SuiteCheck& check = test::shareStoreSuite()[static_cast<std::size_t>(number)];
        const std::string failure = test::runToEnd(engine, check.run(host));
        QVERIFY2(failure.empty(), failure.c_str());
    }
};

QTEST_GUILESS_MAIN(TestMemoryStore)
#include "test_memory_store.moc"
