#include "profiles/friendnet/path_log.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;

namespace {

const net::PeerKey kPeer{};

PathTry tried(WayClass way, const std::string& place, TryResult result, int second = 0)
{
    PathTry out;
    out.way = way;
    out.place = place;
    out.result = result;
    out.at = WallTime(std::chrono::seconds(second));
    return out;
}

} // namespace

class TestPathLog final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keepsTheLastOfEachPathBestFirst()
    {
        PathLog log;
        log.note(kPeer, tried(WayClass::Relayed, "", TryResult::Worked));
        log.note(kPeer, tried(WayClass::Direct, "a", TryResult::Failed));
        log.note(kPeer, tried(WayClass::Lan, "b", TryResult::Failed));
        log.note(kPeer, tried(WayClass::Direct, "a", TryResult::Stranger, 7));
        const PeerPaths paths = log.of(kPeer);
        QCOMPARE(paths.tries.size(), std::size_t{3});
        QVERIFY(paths.tries[0].way == WayClass::Lan && paths.tries[2].way == WayClass::Relayed);
        QVERIFY(paths.tries[1].result == TryResult::Stranger);
        // The same place in another class is the same path.
        log.note(kPeer, tried(WayClass::Mapped, "a", TryResult::Stranger, 7));
        QCOMPARE(log.of(kPeer).tries.size(), std::size_t{3});
        QVERIFY(!paths.current);
        log.use(kPeer, paths.tries[2]);
        QVERIFY(log.of(kPeer).current->way == WayClass::Relayed);
        log.lost(kPeer);
        QVERIFY(!log.of(kPeer).current);
    }
    void isBounded()
    {
        PathLog log;
        for (int i = 0; i < 100; ++i)
            log.note(kPeer, tried(WayClass::Direct, std::to_string(i), TryResult::Failed, i));
        QCOMPARE(log.of(kPeer).tries.size(), kMostTries);
        for (const PathTry& one : log.of(kPeer).tries)
            QVERIFY(one.at >= WallTime(std::chrono::seconds(100 - kMostTries)));
        log.keepOnly({});
        QVERIFY(log.of(kPeer).tries.empty());
    }
    void suggestsOneStep()
    {
        PeerPaths paths;
        QVERIFY(stepFor(paths).find("told no address") != std::string::npos);
        paths.tries = {tried(WayClass::Direct, "a", TryResult::Stranger)};
        QVERIFY(stepFor(paths).find("another machine answers") != std::string::npos);
        paths.tries.push_back(tried(WayClass::Mapped, "b", TryResult::Failed));
        QVERIFY(stepFor(paths).find("is on and online") != std::string::npos);
        paths.current = tried(WayClass::Mapped, "b", TryResult::Worked);
        QCOMPARE(stepFor(paths), std::string());
        paths.current->way = WayClass::Relayed;
        QVERIFY(stepFor(paths).find("relay") != std::string::npos);
        paths.current->way = WayClass::Reversed;
        QVERIFY(stepFor(paths).find("forward") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestPathLog)
#include "test_path_log.moc"
