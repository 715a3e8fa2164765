#include "core/base/random.h"
#include "core/wire/grant.h"
#include "tests/support/property.h"
#include "tests/support/seeded_random.h"

#include <QtTest/QtTest>

using namespace tarn;
using namespace tarn::wire;

class TestGrant final : public QObject
{
    Q_OBJECT

    test::SeededRandom m_random{5};

private Q_SLOTS:
    void signsForOneConnection()
    {
        const crypto::Ed25519Key key = crypto::Ed25519Key::generate(m_random);
        const Secret here(m_random.bytes(kGrantExporterSize));
        const Secret there(m_random.bytes(kGrantExporterSize));
        const GrantRequest request = signGrantRequest(key, here);
        QVERIFY(verifyGrantRequest(request, here));
        QVERIFY(!verifyGrantRequest(request, there));
        GrantRequest stolen = request;
        stolen.key = crypto::Ed25519Key::generate(m_random).publicKey();
        QVERIFY(!verifyGrantRequest(stolen, here));
    }
    void requestsComeBack()
    {
        const crypto::Ed25519Key key = crypto::Ed25519Key::generate(m_random);
        const GrantRequest request = signGrantRequest(key, Secret(m_random.bytes(32)));
        const Bytes body = encodeGrantRequest(request);
        const Result<GrantRequest> back = decodeGrantRequest(body);
        QVERIFY(back);
        QVERIFY(back->key == request.key && back->signature == request.signature);
        for (std::size_t size = 0; size < body.size(); ++size)
            QVERIFY(!decodeGrantRequest(ByteView(body).first(size)));
        Bytes longer = body;
        longer.push_back(std::byte{0});
        QVERIFY(!decodeGrantRequest(longer));
    }
    void answersComeBack()
    {
        const Bytes body = encodeGrantAnswer(Secret(std::string_view("swissnum")));
        const Result<Secret> back = decodeGrantAnswer(body);
        QVERIFY(back);
        QVERIFY(back->matches(asBytes("swissnum")));
        const Result<Secret> empty = decodeGrantAnswer(encodeGrantAnswer(Secret()));
        QVERIFY(!empty);
        QCOMPARE(empty.error().code(), ErrorCode::PeerMisbehaved);
    }
    void anyBytesAreRefused()
    {
        const auto refused = [](Random& random) {
            const Bytes bytes = random.bytes(random.below(120));
            const Result<GrantRequest> request = decodeGrantRequest(bytes);
            return !request && !decodeGrantAnswer(bytes);
        };
        QVERIFY(test::forAll(2000, refused));
    }
};

QTEST_GUILESS_MAIN(TestGrant)
#include "test_grant.moc"
