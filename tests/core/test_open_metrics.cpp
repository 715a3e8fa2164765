#include "core/node/open_metrics.h"

#include <QtTest/QTest>

#include <array>

using namespace tarn::node;

class TestOpenMetrics final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void writesFamilies()
    {
        OpenMetrics out;
        out.gauge("a_gauge", "How much.", 7);
        out.counter("a_counter", "How often.", 18'000'000'000'000'000'000U);
        out.family("labelled", "gauge", "By kind.");
        out.sample("labelled", "kind", "one", 1);
        out.sample("labelled", {{"kind", "two"}, {"side", "left"}}, 2);
        QCOMPARE(std::move(out).finish(),
                 std::string("# TYPE a_gauge gauge\n# HELP a_gauge How much.\na_gauge 7\n"
                             "# TYPE a_counter counter\n# HELP a_counter How often.\n"
                             "a_counter_total 18000000000000000000\n"
                             "# TYPE labelled gauge\n# HELP labelled By kind.\n"
                             "labelled{kind=\"one\"} 1\n"
                             "labelled{kind=\"two\",side=\"left\"} 2\n# EOF\n"));
    }
    void addsUpTheCountsOfAHistogram()
    {
        OpenMetrics out;
        const std::array<double, 2> bounds{0.001, 10};
        const std::array<std::uint64_t, 3> counts{1, 0, 2};
        out.histogram("took", "what", "read", bounds, counts, 21.5);
        QCOMPARE(std::move(out).finish(),
                 std::string("took_bucket{what=\"read\",le=\"0.001\"} 1\n"
                             "took_bucket{what=\"read\",le=\"10\"} 1\n"
                             "took_bucket{what=\"read\",le=\"+Inf\"} 3\n"
                             "took_count{what=\"read\"} 3\ntook_sum{what=\"read\"} 21.5\n"
                             "# EOF\n"));
    }
};

QTEST_GUILESS_MAIN(TestOpenMetrics)
#include "test_open_metrics.moc"
