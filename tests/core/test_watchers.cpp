#include "core/control/watchers.h"

#include <QtTest/QTest>

using namespace tarn::control;

class TestWatchers final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tellsThoseWhoAreThere()
    {
        Watchers watchers;
        int first = 0;
        int second = 0;
        const Subscription one = watchers.add([&](Topic) { ++first; });
        {
            const Subscription two = watchers.add([&](Topic) { ++second; });
            watchers.tell(Topic::Status);
            QCOMPARE(watchers.size(), std::size_t{2});
        }
        watchers.tell(Topic::Status);
        QCOMPARE(first, 2);
        QCOMPARE(second, 1);
        QCOMPARE(watchers.size(), std::size_t{1});
    }
    void subscriptionsMayOutliveThem()
    {
        Subscription kept;
        {
            Watchers watchers;
            kept = watchers.add([](Topic) {});
        }
        kept = Subscription();
    }
    void callbacksMayEndOthersAndAddSome()
    {
        Watchers watchers;
        Subscription second;
        Subscription third;
        int told = 0;
        const Subscription first = watchers.add([&](Topic) {
            second = Subscription();
            third = watchers.add([&](Topic) { ++told; });
        });
        second = watchers.add([&](Topic) { ++told; });
        watchers.tell(Topic::Status);
        QCOMPARE(told, 0);
        watchers.tell(Topic::Status);
        QCOMPARE(watchers.size(), std::size_t{2});
    }
    void topicsHaveNames()
    {
        for (int i = 0; i <= static_cast<int>(kLastTopic); ++i) {
            const auto topic = static_cast<Topic>(i);
            QVERIFY(topicNamed(nameOf(topic)) == topic);
        }
        QVERIFY(!topicNamed("unknown"));
        QVERIFY(!topicNamed(""));
    }
};

QTEST_GUILESS_MAIN(TestWatchers)
#include "test_watchers.moc"
