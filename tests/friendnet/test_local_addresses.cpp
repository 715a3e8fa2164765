#include "profiles/friendnet/local_addresses.h"

#include <QtTest/QTest>

#include <algorithm>

using namespace tarn::profiles;

class TestLocalAddresses final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    /// What they are differs from machine to machine; tests/netns/test_reach.py holds them to known
    /// ones.
    void onlyWhatOthersMayConnectTo()
    {
        const std::vector<LocalAddress> all = localAddressesBlocking();
        for (const LocalAddress& one : all) {
            QVERIFY(!one.address.is_loopback() && !one.address.is_unspecified());
            QVERIFY(!one.address.is_multicast() && !one.interface.empty());
            QVERIFY(!one.address.is_v6() || !one.address.to_v6().is_link_local());
        }
        QVERIFY(std::is_sorted(all.begin(), all.end(),
                               [](const auto& a, const auto& b) { return a.address < b.address; }));
        QVERIFY(all == localAddressesBlocking());
    }
};

QTEST_GUILESS_MAIN(TestLocalAddresses)
#include "test_local_addresses.moc"
