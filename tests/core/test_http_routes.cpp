#include "core/wire/http_routes.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::wire;
using storage_api::ShareKind;

namespace {

const char* const kIndex = "s2rawirzu4dqoseq76zdwf4d54";

std::string below(const char* path)
{
    return std::string("/storage/v1/") + path;
}

} // namespace

class TestHttpRoutes final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void findsOperations_data()
    {
        QTest::addColumn<QString>("method");
        QTest::addColumn<QString>("path");
        QTest::addColumn<int>("operation");
        QTest::addColumn<bool>("mutableKind");
        const auto row = [](const char* method, const char* path, Operation operation,
                            bool isMutable = false) {
            QTest::newRow(qPrintable(QString(method) + " " + path))
                << method << path << static_cast<int>(operation) << isMutable;
        };
        row("GET", "version", Operation::Version);
        row("HEAD", "version", Operation::Version);
        row("PUT", "lease/SI", Operation::AddLease);
        row("POST", "immutable/SI", Operation::Allocate);
        row("GET", "immutable/SI/shares", Operation::ListShares);
        row("GET", "immutable/SI/7", Operation::ReadShare);
        row("HEAD", "immutable/SI/7", Operation::ReadShare);
        row("PATCH", "immutable/SI/7", Operation::WriteShare);
        row("PUT", "immutable/SI/7/abort", Operation::AbortShare);
        row("POST", "immutable/SI/7/corrupt", Operation::AdviseCorrupt);
        row("GET", "mutable/SI/shares", Operation::ListShares, true);
        row("GET", "mutable/SI/7", Operation::ReadShare, true);
        row("POST", "mutable/SI/7/corrupt", Operation::AdviseCorrupt, true);
        row("POST", "mutable/SI/read-test-write", Operation::ReadTestWrite, true);
    }
    void findsOperations()
    {
        QFETCH(QString, method);
        QFETCH(QString, path);
        QFETCH(int, operation);
        QFETCH(bool, mutableKind);
        path.replace("SI", kIndex);
        const auto found = findRoute(method.toStdString(), below(path.toUtf8().constData()));
        const Route* route = std::get_if<Route>(&found);
        QVERIFY(route != nullptr);
        QCOMPARE(static_cast<int>(route->operation), operation);
        QCOMPARE(route->kind == ShareKind::Mutable, mutableKind);
        if (path.contains(kIndex)) QCOMPARE(textOf(route->index), std::string(kIndex));
        if (path.contains("/7")) QCOMPARE(route->share.value, 7U);
    }
    void refusesOtherPaths_data()
    {
        QTest::addColumn<QString>("path");
        for (const char* path : {"",
                                 "/",
                                 "/storage/v1",
                                 "/storage/v1/",
                                 "/storage/v1/nothing",
                                 "/storage/v2/version",
                                 "/storage/v1/version/",
                                 "/storage/v1//version",
                                 "storage/v1/version",
                                 "/storage/v1/immutable/zz/shares",
                                 "/storage/v1/immutable/S2RAWIRZU4DQOSEQ76ZDWF4D54/shares",
                                 "/storage/v1/immutable/s2rawirzu4dqoseq76zdwf4d5/shares",
                                 "/storage/v1/immutable/s2rawirzu4dqoseq76zdwf4d5z/shares",
                                 "/storage/v1/immutable/s2rawirzu4dqoseq76zdwf4d54/-1",
                                 "/storage/v1/immutable/s2rawirzu4dqoseq76zdwf4d54/+1",
                                 "/storage/v1/immutable/s2rawirzu4dqoseq76zdwf4d54/1x",
                                 "/storage/v1/immutable/s2rawirzu4dqoseq76zdwf4d54/4294967296",
                                 "/storage/v1/immutable/s2rawirzu4dqoseq76zdwf4d54/",
                                 "/storage/v1/immutable/s2rawirzu4dqoseq76zdwf4d54/1/",
                                 "/storage/v1/immutable/s2rawirzu4dqoseq76zdwf4d54/1/abort/x",
                                 "/storage/v1/mutable/s2rawirzu4dqoseq76zdwf4d54",
                                 "/storage/v1/mutable/s2rawirzu4dqoseq76zdwf4d54/1/abort"})
            QTest::newRow(path) << path;
    }
    void refusesOtherPaths()
    {
        QFETCH(QString, path);
        const auto found = findRoute("GET", path.toStdString());
        const RouteRefusal* refusal = std::get_if<RouteRefusal>(&found);
        QVERIFY(refusal != nullptr);
        QCOMPARE(refusal->status, 404U);
    }
    void refusesOtherMethods()
    {
        const auto version = findRoute("POST", "/storage/v1/version");
        QCOMPARE(std::get<RouteRefusal>(version).status, 405U);
        QCOMPARE(std::get<RouteRefusal>(version).allow, std::string("GET, HEAD"));
        const auto share = findRoute("DELETE", below("immutable/") + kIndex + "/1");
        QCOMPARE(std::get<RouteRefusal>(share).allow, std::string("GET, HEAD, PATCH"));
        const auto lower = findRoute("get", "/storage/v1/version");
        QCOMPARE(std::get<RouteRefusal>(lower).status, 405U);
        const auto allocate = findRoute("GET", below("immutable/") + kIndex);
        QCOMPARE(std::get<RouteRefusal>(allocate).allow, std::string("POST"));
    }
    void leadingZeroesOfShareNumbersDoNotMatter()
    {
        const auto found = findRoute("GET", below("immutable/") + kIndex + "/0042");
        QCOMPARE(std::get<Route>(found).share.value, 42U);
    }
    void pathsAreReadBack()
    {
        QVERIFY(test::forAll(1000, [](test::SeededRandom& random) {
            Route route;
            route.operation = static_cast<Operation>(random.between(0, 8));
            const bool anyKind = route.operation == Operation::ListShares ||
                                 route.operation == Operation::ReadShare ||
                                 route.operation == Operation::AdviseCorrupt;
            if (route.operation == Operation::ReadTestWrite || (anyKind && random.chance(0.5)))
                route.kind = ShareKind::Mutable;
            if (route.operation != Operation::Version)
                route.index = StorageIndex::prefixOf(random.bytes(16));
            if (pathOf(route).find("/0") != std::string::npos)
                route.share.value = static_cast<std::uint32_t>(random.next());
            const auto found = findRoute(methodOf(route.operation), pathOf(route));
            return std::holds_alternative<Route>(found) && std::get<Route>(found) == route;
        }));
    }
};

QTEST_GUILESS_MAIN(TestHttpRoutes)
#include "test_http_routes.moc"
