#include "storage-server/lease_policy.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::storage;
using share::ContainerKind;

namespace {

constexpr std::int64_t kTaken = 1'800'000'000;
constexpr auto kEnds = static_cast<std::uint32_t>(kTaken + share::kLeaseSeconds);
constexpr std::int64_t kDay = 86'400;

} // namespace

class TestLeasePolicy final : public QObject
{
    Q_OBJECT

    static bool expired(const LeasePolicy& policy, std::int64_t now,
                        ContainerKind kind = ContainerKind::Immutable)
    {
        return hasExpired(policy, kind, kEnds, now);
    }

private Q_SLOTS:
    void nothingEndsUnlessTold() { QVERIFY(!expired(LeasePolicy(), kTaken + 10'000 * kDay)); }
    void endsAtItsOwnTime()
    {
        LeasePolicy policy;
        policy.enabled = true;
        QVERIFY(!expired(policy, kTaken + 31 * kDay));
        QVERIFY(expired(policy, kTaken + 31 * kDay + 1));
    }
    void endsAfterAnotherTime()
    {
        LeasePolicy policy;
        policy.enabled = true;
        policy.overrideDuration = std::chrono::hours(24 * 60);
        QVERIFY(!expired(policy, kTaken + 60 * kDay));
        QVERIFY(expired(policy, kTaken + 60 * kDay + 1));
    }
    void endsIfTakenBeforeADate()
    {
        LeasePolicy policy;
        policy.enabled = true;
        policy.mode = LeasePolicy::Mode::CutoffDate;
        policy.cutoff = kTaken;
        QVERIFY(!expired(policy, kTaken + 10'000 * kDay));
        policy.cutoff = kTaken + 1;
        QVERIFY(expired(policy, kTaken));
    }
    void isForTheKindsNamed()
    {
        LeasePolicy policy;
        policy.enabled = true;
        policy.mutableShares = false;
        QVERIFY(expired(policy, kTaken + 40 * kDay));
        QVERIFY(!expired(policy, kTaken + 40 * kDay, ContainerKind::Mutable));
        policy.mutableShares = true;
        policy.immutableShares = false;
        QVERIFY(!expired(policy, kTaken + 40 * kDay));
        QVERIFY(expired(policy, kTaken + 40 * kDay, ContainerKind::Mutable));
    }
    void readsDates()
    {
        QCOMPARE(*parseDate("1970-01-01"), std::int64_t(0));
        QCOMPARE(*parseDate("2024-02-29"), std::int64_t(1'709'164'800));
        QCOMPARE(dateText(*parseDate("2026-11-21")), std::string("2026-11-21"));
        for (const char* bad : {"", "2026-11-2", "2026-13-01", "2026-02-29", "20261121",
                                "2026/11/21", "2026-11-0x", "+026-11-21"})
            QVERIFY2(!parseDate(bad), bad);
    }
};

QTEST_GUILESS_MAIN(TestLeasePolicy)
#include "test_lease_policy.moc"
