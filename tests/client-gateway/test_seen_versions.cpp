#include "client-gateway/mutable/seen_versions.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;

namespace {

StorageIndex indexOf(unsigned number)
{
    Bytes bytes = zeroBytes(StorageIndex::kSize);
    bytes[0] = static_cast<std::byte>(number);
    return StorageIndex::prefixOf(bytes);
}

VersionId versionOf(std::uint64_t sequence)
{
    VersionId version;
    version.sequence = sequence;
    version.prefix = toBytes(std::to_string(sequence));
    return version;
}

std::shared_ptr<const BlockHashes> hashes(std::uint64_t bytes)
{
    const std::vector<Hash256> leaves(static_cast<std::size_t>(bytes / Hash256::kSize / 2));
    return std::make_shared<BlockHashes>(BlockHashes{leaves, leaves});
}

} // namespace

class TestSeenVersions final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void hashesAreOfOneVersion()
    {
        SeenVersions seen;
        const auto first = hashes(640);
        seen.noteHashes(indexOf(1), versionOf(1), first);
        QVERIFY(seen.hashesOf(indexOf(1), versionOf(1)) == first);
        QVERIFY(!seen.hashesOf(indexOf(1), versionOf(2)));
        QVERIFY(!seen.hashesOf(indexOf(2), versionOf(1)));
        const auto second = hashes(640);
        seen.noteHashes(indexOf(1), versionOf(2), second);
        QVERIFY(!seen.hashesOf(indexOf(1), versionOf(1)));
        QVERIFY(seen.hashesOf(indexOf(1), versionOf(2)) == second);
        seen.noteHashes(indexOf(1), versionOf(3), nullptr);
        QVERIFY(!seen.hashesOf(indexOf(1), versionOf(2)));
    }
    void theOldestGoWhereThereIsNoRoom()
    {
        SeenVersions seen;
        constexpr std::uint64_t kThird = SeenVersions::kMostHashBytes / 3 / 64 * 64;
        for (unsigned i = 0; i < 5; ++i)
            seen.noteHashes(indexOf(i), versionOf(1), hashes(kThird));
        for (unsigned i = 0; i < 5; ++i)
            QCOMPARE(seen.hashesOf(indexOf(i), versionOf(1)) != nullptr, i >= 2);
        seen.noteHashes(indexOf(9), versionOf(1), hashes(SeenVersions::kMostHashBytes + 64));
        QVERIFY(!seen.hashesOf(indexOf(9), versionOf(1)));
        QVERIFY(seen.hashesOf(indexOf(4), versionOf(1)));
        seen.noteHashes(indexOf(4), versionOf(2), hashes(SeenVersions::kMostHashBytes));
        QVERIFY(seen.hashesOf(indexOf(4), versionOf(2)));
        QVERIFY(!seen.hashesOf(indexOf(3), versionOf(1)));
    }
};

QTEST_GUILESS_MAIN(TestSeenVersions)
#include "test_seen_versions.moc"
