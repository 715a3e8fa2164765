#include "storage-server/interval_set.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using storage::IntervalSet;
using storage_api::ByteRange;

namespace {

/// The ranges of `mask` inside `within` whose bytes are `wanted`.
std::vector<ByteRange> rangesOf(const std::vector<bool>& mask, ByteRange within, bool wanted)
{
    std::vector<ByteRange> out;
    for (std::uint64_t i = within.begin; i < within.end; ++i) {
        if (mask[static_cast<std::size_t>(i)] != wanted) continue;
        if (out.empty() || out.back().end != i) out.push_back({i, i});
        out.back().end = i + 1;
    }
    return out;
}

} // namespace

class TestIntervalSet final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void joinsWhatTouches()
    {
        IntervalSet set;
        set.add({10, 20});
        set.add({30, 40});
        QCOMPARE(set.count(), std::size_t(2));
        set.add({20, 30});
        QCOMPARE(set.count(), std::size_t(1));
        QVERIFY(set.missingIn({0, 50}) == std::vector<ByteRange>({{0, 10}, {40, 50}}));
    }
    void ignoresNothing()
    {
        IntervalSet set;
        set.add({5, 5});
        set.add({9, 3});
        QCOMPARE(set.count(), std::size_t(0));
        QVERIFY(set.missingIn({7, 7}).empty());
    }
    void reachesTheLastByte()
    {
        IntervalSet set;
        set.add({UINT64_MAX - 1, UINT64_MAX});
        QVERIFY(set.missingIn({0, UINT64_MAX}) == std::vector<ByteRange>({{0, UINT64_MAX - 1}}));
    }
    void isAMask()
    {
        const bool held = test::forAll(500, [](test::SeededRandom& random) {
            constexpr std::uint64_t kSize = 60;
            IntervalSet set;
            std::vector<bool> mask(kSize);
            for (int i = 0; i < 30; ++i) {
                const std::uint64_t begin = random.below(kSize);
                const std::uint64_t end = random.between(begin, std::min(kSize, begin + 9));
                set.add({begin, end});
                std::fill(mask.begin() + static_cast<long>(begin),
                          mask.begin() + static_cast<long>(end), true);
                const std::uint64_t from = random.below(kSize);
                const ByteRange within{from, random.between(from, kSize)};
                if (set.presentIn(within) != rangesOf(mask, within, true)) return false;
                if (set.missingIn(within) != rangesOf(mask, within, false)) return false;
                if (set.count() != rangesOf(mask, {0, kSize}, true).size()) return false;
            }
            return true;
        });
        QVERIFY(held);
    }
};

QTEST_GUILESS_MAIN(TestIntervalSet)
#include "test_interval_set.moc"
