#include "core/share/lease.h"
#include "tests/support/to_qt.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::share;

namespace {
LeaseSecret secretOf(unsigned first)
{
    return LeaseSecret::prefixOf(test::countingBytes(32, first));
}
} // namespace

class TestLease final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void clearFormIsTheSecret()
    {
        QVERIFY(equal(storedForm(secretOf(1), LeaseForm::Clear).view(), secretOf(1).view()));
    }
    void hashedFormIsBlake2b()
    {
        // Python: hashlib.blake2b(bytes(range(32)), digest_size=32)
        QCOMPARE(test::hexOf(storedForm(secretOf(0), LeaseForm::Hashed).view()),
                 QByteArray("cb2f5160fc1f7e05a55ef49d340b48da2e5a78099d53393351cd579dd42503d6"));
    }
    void renewalNeedsTheSecret()
    {
        for (const LeaseForm form : {LeaseForm::Clear, LeaseForm::Hashed}) {
            Lease lease;
            lease.renew = storedForm(secretOf(1), form);
            lease.cancel = storedForm(secretOf(2), form);
            QVERIFY(isRenewedBy(lease, secretOf(1), form));
            QVERIFY(!isRenewedBy(lease, secretOf(2), form));
        }
        // What is on disk does not renew a hashed lease.
        Lease lease;
        lease.renew = storedForm(secretOf(1), LeaseForm::Hashed);
        QVERIFY(!isRenewedBy(lease, LeaseSecret::prefixOf(lease.renew.view()), LeaseForm::Hashed));
    }
    void expirationIsInThirtyOneDays()
    {
        QCOMPARE(expirationFrom(1'000'000'000), 1'000'000'000U + 2'678'400U);
        QCOMPARE(expirationFrom(0xffff'ffffULL), 0xffff'ffffU);
        QCOMPARE(expirationFrom(~0ULL), 0xffff'ffffU);
    }
};

QTEST_GUILESS_MAIN(TestLease)
#include "test_lease.moc"
