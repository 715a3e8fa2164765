#include "profiles/friendnet/address_range.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;

namespace {

asio::ip::address ip(const char* text)
{
    return asio::ip::make_address(text);
}

} // namespace

class TestAddressRange final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void holdsWhatItSays()
    {
        const AddressRange home = *AddressRange::parse("192.168.7.0/24");
        QVERIFY(home.holds(ip("192.168.7.1")) && home.holds(ip("192.168.7.255")));
        QVERIFY(!home.holds(ip("192.168.8.1")) && !home.holds(ip("fd00::1")));
        QVERIFY(home.holds(ip("::ffff:192.168.7.9")));
        const AddressRange one = *AddressRange::parse("192.0.2.7");
        QVERIFY(one.holds(ip("192.0.2.7")) && !one.holds(ip("192.0.2.6")));
        const AddressRange all = *AddressRange::parse("0.0.0.0/0");
        QVERIFY(all.holds(ip("8.8.8.8")) && !all.holds(ip("2001:db8::1")));
        const AddressRange own = *AddressRange::parse("fd00::/8");
        QVERIFY(own.holds(ip("fdff::1")) && !own.holds(ip("2001:db8::1")));
        QVERIFY(AddressRange::parse("::/0")->holds(ip("2001:db8::1")));
        QCOMPARE(home.text(), std::string("192.168.7.0/24"));
    }
    void refusesOtherForms()
    {
        for (const char* text : {"", "/", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/8x",
                                 "::/129", "fe80::1%eth0", "router", "1.2.3/8", " 1.2.3.4"}) {
            const Result<AddressRange> range = AddressRange::parse(text);
            QVERIFY2(!range && range.error().code() == ErrorCode::InvalidInput, text);
        }
    }
    void scopes_data()
    {
        QTest::addColumn<QString>("address");
        QTest::addColumn<int>("scope");
        const auto row = [](const char* address, AddressScope scope) {
            QTest::newRow(address) << QString(address) << static_cast<int>(scope);
        };
        row("0.0.0.0", AddressScope::Nowhere);
        row("::", AddressScope::Nowhere);
        row("224.0.0.1", AddressScope::Nowhere);
        row("ff02::1", AddressScope::Nowhere);
        row("255.255.255.255", AddressScope::Nowhere);
        row("127.0.0.1", AddressScope::Host);
        row("127.9.9.9", AddressScope::Host);
        row("::1", AddressScope::Host);
        row("::ffff:127.0.0.1", AddressScope::Host);
        row("10.255.0.1", AddressScope::Local);
        row("172.16.0.1", AddressScope::Local);
        row("172.31.255.255", AddressScope::Local);
        row("172.32.0.1", AddressScope::World);
        row("192.168.0.1", AddressScope::Local);
        row("::ffff:192.168.0.1", AddressScope::Local);
        row("100.64.0.1", AddressScope::Local);
        row("100.128.0.1", AddressScope::World);
        row("169.254.1.1", AddressScope::Local);
        row("fe80::1", AddressScope::Local);
        row("fd12::1", AddressScope::Local);
        row("2001:db8::1", AddressScope::World);
        row("192.0.2.1", AddressScope::World);
    }
    void scopes()
    {
        QFETCH(QString, address);
        QFETCH(int, scope);
        QCOMPARE(static_cast<int>(scopeOf(ip(address.toUtf8().constData()))), scope);
    }
};

QTEST_GUILESS_MAIN(TestAddressRange)
#include "test_address_range.moc"
