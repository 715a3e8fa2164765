#include "tests/support/engine.h"
#include "tests/support/http_suite.h"

#include <QtTest/QTest>

using namespace tarn;

class TestHttpSuite final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void passes_data()
    {
        QTest::addColumn<int>("maker");
        QTest::addColumn<int>("suiteCase");
        const auto makers = test::allPairMakers();
        const auto cases = test::httpSuite();
        for (std::size_t m = 0; m < makers.size(); ++m) {
            for (std::size_t c = 0; c < cases.size(); ++c) {
                const std::string name = makers[m].name + ": " + cases[c].name;
                QTest::newRow(name.c_str()) << static_cast<int>(m) << static_cast<int>(c);
            }
        }
    }
    void passes()
    {
        QFETCH(int, maker);
        QFETCH(int, suiteCase);
        const test::PairMaker pairs = test::allPairMakers().at(static_cast<std::size_t>(maker));
        const test::HttpSuiteCase checked =
            test::httpSuite().at(static_cast<std::size_t>(suiteCase));
        test::Engine engine;
        asio::awaitable<std::string> work = test::runSuiteCase(pairs, checked, engine.clock());
        const std::optional<std::string> wrong =
            pairs.kernelTcp ? engine.runReal(std::move(work)) : engine.run(std::move(work));
        QVERIFY2(wrong.has_value(), "never ended");
        QCOMPARE(QString::fromStdString(*wrong), QString());
    }
};

QTEST_GUILESS_MAIN(TestHttpSuite)
#include "test_http_suite.moc"
