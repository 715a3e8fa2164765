#include "introducer/relay/guest_ticket.h"
#include "tests/support/seeded_random.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::relay;

namespace {

const WallTime kNow{std::chrono::seconds(1'795'000'000)};

} // namespace

class TestGuestTicket final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void leadsToWhoSignedItThroughOneRelay()
    {
        test::SeededRandom random{1};
        const auto target = crypto::Ed25519Key::generate(random);
        const auto relay = crypto::Ed25519Key::generate(random);
        const auto other = crypto::Ed25519Key::generate(random);
        const std::int64_t expires = unixSeconds(kNow) + 3600;
        const Bytes ticket = signGuestTicket(target, relay.publicKey(), expires);
        QCOMPARE(ticket.size(), kGuestTicketSize);
        const auto check = [&](const Bytes& one, const auto& to, const auto& through,
                               Duration later = {}) {
            return checkGuestTicket(one, to.publicKey(), through.publicKey(), kNow + later)
                .has_value();
        };
        QVERIFY(check(ticket, target, relay));
        QVERIFY(!check(ticket, other, relay));
        QVERIFY(!check(ticket, target, other));
        QVERIFY(check(ticket, target, relay, std::chrono::seconds(3599)));
        QVERIFY(!check(ticket, target, relay, std::chrono::seconds(3600)));
        for (std::size_t i = 0; i < ticket.size(); ++i) {
            Bytes changed = ticket;
            changed[i] ^= std::byte{1};
            QVERIFY(!check(changed, target, relay));
        }
        QVERIFY(!check(Bytes(), target, relay));
        QVERIFY(!check(Bytes(ticket.begin(), ticket.end() - 1), target, relay));
        const std::int64_t forEver = unixSeconds(kNow) + 40LL * 24 * 3600;
        QVERIFY(!check(signGuestTicket(target, relay.publicKey(), forEver), target, relay));
        QVERIFY(!check(signGuestTicket(target, relay.publicKey(), -1), target, relay));
    }
};

QTEST_GUILESS_MAIN(TestGuestTicket)
#include "test_guest_ticket.moc"
