#include "core/codec/base64.h"
#include "profiles/friendnet/dial_back_message.h"
#include "tests/support/seeded_random.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;

namespace {

struct Keys
{
    test::SeededRandom random{3};
    crypto::Ed25519Key observer = crypto::Ed25519Key::generate(random);
    crypto::Ed25519Key asker = crypto::Ed25519Key::generate(random);
};

DialBackStatement statementOf(const Keys& keys, const char* address)
{
    DialBackStatement out;
    out.address = asio::ip::make_address(address);
    out.port = 41001;
    out.reached = true;
    out.at = 1'800'000'000;
    out.asker = keys.asker.publicKey();
    return out;
}

} // namespace

class TestDialBackMessage final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void requestsAreAPort()
    {
        QCOMPARE(*decodeDialBackRequest(encodeDialBackRequest(41001)), std::uint16_t{41001});
        QVERIFY(!decodeDialBackRequest(encodeDialBackRequest(0)));
        QVERIFY(!decodeDialBackRequest({}));
        QVERIFY(!decodeDialBackRequest(zeroBytes(3)));
    }
    void statementsAreReadAsTheyWereSigned()
    {
        const Keys keys;
        for (const char* address : {"192.0.2.7", "2001:db8::7"}) {
            DialBackStatement said = statementOf(keys, address);
            for (const bool reached : {true, false}) {
                said.reached = reached;
                const Bytes bytes = signStatement(keys.observer, said);
                QCOMPARE(bytes.size(), kDialBackStatementBytes);
                const auto read = readStatement(bytes, keys.observer.publicKey());
                QVERIFY(read && *read == said);
            }
        }
    }
    void everyBitIsSigned()
    {
        const Keys keys;
        const Bytes good = signStatement(keys.observer, statementOf(keys, "192.0.2.7"));
        for (std::size_t at = 0; at < good.size(); ++at) {
            Bytes bad = good;
            bad[at] ^= std::byte{1};
            QVERIFY(!readStatement(bad, keys.observer.publicKey()));
        }
        QVERIFY(!readStatement(good, keys.asker.publicKey()));
        QVERIFY(!readStatement(ByteView(good).first(good.size() - 1), keys.observer.publicKey()));
    }
    void theBytes()
    {
        const Keys keys;
        const Bytes bytes = signStatement(keys.observer, statementOf(keys, "192.0.2.7"));
        QCOMPARE(toHex(ByteView(bytes).first(28)), std::string("0101"
                                                               "00000000000000000000ffffc0000207"
                                                               "a029"
                                                               "000000006b49d200"));
    }
};

QTEST_GUILESS_MAIN(TestDialBackMessage)
#include "test_dial_back_message.moc"
