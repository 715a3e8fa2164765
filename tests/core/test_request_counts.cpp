#include "core/node/request_counts.h"

#include <QtCore/QObject>
#include <QtTest/QTest>

using namespace tarn::node;

class TestRequestCounts final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void countsByEndpointAndCode()
    {
        RequestCounts counts;
        counts.add("b", 404);
        counts.add("a", 200);
        counts.add("a", 200);
        QCOMPARE(counts.of("a", 200), std::uint64_t(2));
        QCOMPARE(counts.of("a", 404), std::uint64_t(0));
        OpenMetrics out;
        counts.writeTo(out, "x_requests");
        QCOMPARE(std::move(out).finish(),
                 std::string("# TYPE x_requests counter\n"
                             "# HELP x_requests Requests by endpoint and code of the answer.\n"
                             "x_requests_total{endpoint=\"a\",code=\"200\"} 2\n"
                             "x_requests_total{endpoint=\"b\",code=\"404\"} 1\n# EOF\n"));
    }
    void aRequestCountsWhenItGoes()
    {
        RequestCounts counts;
        {
            CountedRequest request(counts, "other");
            request.endpoint = "read";
            request.code = 206;
            QCOMPARE(counts.of("read", 206), std::uint64_t(0));
        }
        QCOMPARE(counts.of("read", 206), std::uint64_t(1));
        QCOMPARE(counts.of("other", 206), std::uint64_t(0));
        {
            const CountedRequest lost(counts, "read");
        }
        OpenMetrics out;
        counts.writeTo(out, "x");
        QVERIFY(std::move(out).finish().find("{endpoint=\"read\",code=\"none\"} 1\n") !=
                std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestRequestCounts)
#include "test_request_counts.moc"
