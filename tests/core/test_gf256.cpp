#include "core/base/bytes.h"
#include "core/erasure/gf256.h"

#include <QtTest/QTest>

#include <set>

using namespace tarn;
using namespace tarn::erasure;

namespace {

std::vector<ShareNumber> sharesFrom(unsigned begin, unsigned end)
{
    std::vector<ShareNumber> out;
    for (unsigned i = begin; i < end; ++i)
        out.push_back(ShareNumber{i});
    return out;
}

QByteArray rowOf(unsigned needed, unsigned share)
{
    const std::vector<ShareNumber> wanted{ShareNumber{share}};
    const std::vector<std::uint8_t> row = interpolationMatrix(sharesFrom(0, needed), wanted);
    return QByteArray(reinterpret_cast<const char*>(row.data()), static_cast<int>(row.size()))
        .toHex();
}

} // namespace

class TestGf256 final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void multipliesInTheField()
    {
        QCOMPARE(int(multiply(0, 7)), 0);
        QCOMPARE(int(multiply(1, 7)), 7);
        QCOMPARE(int(multiply(2, 0x80)), 0x1d); // the polynomial
        for (unsigned a = 1; a < 256; ++a) {
            const auto value = static_cast<std::uint8_t>(a);
            QCOMPARE(int(multiply(value, inverse(value))), 1);
            QCOMPARE(int(multiply(value, 3)), int(multiply(3, value)));
        }
    }
    void pointsAreAllElements()
    {
        std::set<int> seen;
        for (const ShareNumber share : sharesFrom(0, kMaxShares))
            seen.insert(pointOf(share));
        QCOMPARE(seen.size(), std::size_t{256});
        QCOMPARE(int(pointOf(ShareNumber{0})), 0);
        QCOMPARE(int(pointOf(ShareNumber{1})), 1);
        QCOMPARE(int(pointOf(ShareNumber{9})), 0x1d);
    }
    void hasZfecsRows_data()
    {
        QTest::addColumn<unsigned>("needed");
        QTest::addColumn<unsigned>("share");
        QTest::addColumn<QByteArray>("row");
        const auto add = [](unsigned needed, unsigned share, const char* row) {
            QTest::addRow("k=%u share %u", needed, share) << needed << share << QByteArray(row);
        };
        add(1, 0, "01");
        add(1, 200, "01");
        add(2, 2, "0302");
        add(2, 3, "0504");
        add(2, 4, "0908");
        add(2, 5, "1110");
        add(3, 1, "000100");
        add(3, 3, "0f0806");
        add(3, 4, "2d301c");
        add(3, 5, "99e078");
        add(3, 6, "0be7ed");
        add(3, 7, "893bb3");
        add(3, 8, "46f1b6");
        add(3, 9, "bad962");
        add(16, 16, "c53b1f2d4faa83c2616977a6e25f373a");
    }
    void hasZfecsRows()
    {
        QFETCH(unsigned, needed);
        QFETCH(unsigned, share);
        QFETCH(QByteArray, row);
        QCOMPARE(rowOf(needed, share), row);
    }
    void knownSharesAreUnitRows()
    {
        const std::vector<ShareNumber> have{ShareNumber{7}, ShareNumber{2}};
        const std::vector<std::uint8_t> rows = interpolationMatrix(have, have);
        QCOMPARE(rows, (std::vector<std::uint8_t>{1, 0, 0, 1}));
    }
};

QTEST_GUILESS_MAIN(TestGf256)
#include "test_gf256.moc"
