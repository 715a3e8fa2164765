// What an owner is told when this node's own disk takes nothing more.
#include "profiles/friendnet/disk_room.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;

namespace {

storage::StoreStatus storeWith(std::uint64_t available)
{
    storage::StoreStatus out;
    out.availableSpace = available;
    out.usedSpace = 5'000'000;
    return out;
}

DiskLimits limitsOf(std::uint64_t reserved, std::optional<std::uint64_t> offered)
{
    DiskLimits out;
    out.directory = "/srv/a/storage";
    out.config = "/srv/a/node.toml";
    out.reserved = reserved;
    out.offered = offered;
    return out;
}

bool has(const std::string& text, const char* part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

class TestDiskRoom final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nothingIsSaidWhileThereIsRoom()
    {
        const DiskLimits limits = limitsOf(1'000'000'000, std::nullopt);
        QCOMPARE(roomProblem(storeWith(kLeastRoom), limits, kLeastRoom), std::string());
        storage::StoreStatus counting = storeWith(0);
        counting.counting = true;
        QCOMPARE(roomProblem(counting, limits, kLeastRoom), std::string());
    }
    void aFullDiskIsNamedWithWhatIsMissing()
    {
        const std::string text =
            roomProblem(storeWith(0), limitsOf(1'000'000'000, std::nullopt), 400'000'000);
        for (const char* part : {"disk is full", "/srv/a/storage", "400.0 MB free", "1.0 GB",
                                 "free 601.0 MB", "reserved_space", "/srv/a/node.toml"})
            QVERIFY2(has(text, part), part);
    }
    void anOfferThatIsUsedUpIsAnotherThing()
    {
        const std::string text =
            roomProblem(storeWith(0), limitsOf(0, std::uint64_t{5'000'000}), 1'000'000'000);
        for (const char* part : {"offers is used up", "5.0 MB of 5.0 MB", "[storage] offer"})
            QVERIFY2(has(text, part), part);
        QVERIFY(!has(text, "disk is full"));
    }
    void aDiskThatFailsSaysWhy()
    {
        storage::StoreStatus store = storeWith(0);
        store.health.state = storage::StoreState::Suspect;
        store.health.reason = "a sync failed";
        QCOMPARE(roomProblem(store, limitsOf(0, std::nullopt), std::nullopt),
                 std::string("a sync failed"));
    }
    void theDiskIsAsked()
    {
        QVERIFY(freeOnDiskBlocking("/").has_value());
        QVERIFY(!freeOnDiskBlocking("/nowhere/at/all").has_value());
    }
};

QTEST_GUILESS_MAIN(TestDiskRoom)
#include "test_disk_room.moc"
