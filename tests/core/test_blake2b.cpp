#include "core/crypto/blake2b.h"
#include "tests/support/to_qt.h"

#include <QtTest/QTest>

using namespace tarn;

/// Expected values: hashlib.blake2b(digest_size=32) of CPython.
class TestBlake2b final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void knownAnswers()
    {
        QCOMPARE(test::hexOf(crypto::blake2b({})),
                 QByteArray("0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"));
        QCOMPARE(test::hexOf(crypto::blake2b(asBytes("abc"))),
                 QByteArray("bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"));
        QCOMPARE(test::hexOf(crypto::blake2b(test::countingBytes(256))),
                 QByteArray("39a7eb9fedc19aabc83425c6755dd90e6f9d0c804964a1f4aaeea3b9fb599835"));
    }
};

QTEST_GUILESS_MAIN(TestBlake2b)
#include "test_blake2b.moc"
