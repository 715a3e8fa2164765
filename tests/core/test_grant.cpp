#include "core/base/random.h"
#include "core/wire/grant.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::wire;

class TestGrant final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void answersComeBack()
    {
        const Bytes body = encodeGrantAnswer(Secret(std::string_view("swissnum")));
        const Result<Secret> back = decodeGrantAnswer(body);
        QVERIFY(back);
        QVERIFY(back->matches(asBytes("swissnum")));
        for (std::size_t size = 0; size < body.size(); ++size)
            QVERIFY(!decodeGrantAnswer(ByteView(body).first(size)));
        Bytes longer = body;
        longer.push_back(std::byte{0});
        QVERIFY(!decodeGrantAnswer(longer));
        const Result<Secret> empty = decodeGrantAnswer(encodeGrantAnswer(Secret()));
        QVERIFY(!empty);
        QCOMPARE(empty.error().code(), ErrorCode::PeerMisbehaved);
    }
    void anyBytesAreRefused()
    {
        const auto refused = [](Random& random) {
            return !decodeGrantAnswer(random.bytes(random.below(120)));
        };
        QVERIFY(test::forAll(2000, refused));
    }
};

QTEST_GUILESS_MAIN(TestGrant)
#include "test_grant.moc"
