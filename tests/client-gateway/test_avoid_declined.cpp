#include "client-gateway/upload/avoid_declined.h"

#include <QtTest/QTest>

#include <set>
#include <utility>

using namespace tarn;
using namespace tarn::gateway;

namespace {

using Pairs = std::set<std::pair<std::size_t, ShareNumber>>;

OnServer isIn(const Pairs& pairs)
{
    return [&pairs](std::size_t server, ShareNumber share) {
        return pairs.contains({server, share});
    };
}

Placement oneEach(std::uint32_t count)
{
    Placement placement;
    for (std::uint32_t i = 0; i < count; ++i)
        placement[ShareNumber{i}] = i;
    return placement;
}

} // namespace

class TestAvoidDeclined final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whatNobodyDeclinesStays()
    {
        QCOMPARE(avoidDeclined(oneEach(5), isIn({}), isIn({})), oneEach(5));
    }

    void everyServerThatDeclinesItsOwnGetsAnother()
    {
        for (std::uint32_t count = 2; count <= 12; ++count) {
            Pairs declined;
            for (std::uint32_t i = 0; i < count; ++i)
                declined.insert({i, ShareNumber{i}});
            std::set<std::size_t> used;
            for (const auto& [share, server] :
                 avoidDeclined(oneEach(count), isIn(declined), isIn({}))) {
                QVERIFY(!declined.contains({server, share}));
                used.insert(server);
            }
            QCOMPARE(used.size(), std::size_t(count));
        }
    }

    void whatIsSettledDoesNotMove()
    {
        const Pairs declined{{0, ShareNumber{0}}};
        const Pairs settled{{1, ShareNumber{1}}};
        QCOMPARE(avoidDeclined(oneEach(2), isIn(declined), isIn(settled)), oneEach(2));
        const Placement expected{{ShareNumber{0}, 2}, {ShareNumber{1}, 1}, {ShareNumber{2}, 0}};
        QCOMPARE(avoidDeclined(oneEach(3), isIn(declined), isIn(settled)), expected);
    }

    void nothingIsExchangedForWhatIsDeclinedToo()
    {
        const Pairs declined{{0, ShareNumber{0}}, {0, ShareNumber{1}}, {2, ShareNumber{0}}};
        QCOMPARE(avoidDeclined(oneEach(3), isIn(declined), isIn({})), oneEach(3));
    }
};

QTEST_APPLESS_MAIN(TestAvoidDeclined)
#include "test_avoid_declined.moc"
