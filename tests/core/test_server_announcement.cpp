#include "core/crypto/x509.h"
#include "core/gossip/server_announcement.h"
#include "tests/support/signed_records.h"
#include "tests/support/vector_file.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gossip;
using test::kTestSeconds;
using test::kTestTime;
using test::testKey;
using test::testServer;

namespace {

/// The largest public key that is taken: RSA of 8192 bits.
Bytes largestKey()
{
    return toBytes(QByteArray::fromHex("30820422300d06092a864886f70d01010105000382040f00"
                                       "3082040a0282040100" +
                                       QByteArray(2048, 'f') + "0203010001")
                       .toStdString());
}

} // namespace

class TestServerAnnouncement final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isReadBack()
    {
        ServerAnnouncement server = testServer(1);
        server.nickname = "K\xc3\xb6ln";
        server.anonymousSwissnum = "abc";
        server.certificates = {{"{\"version\": 1}", "aaaa"}, {"", ""}};
        const Result<RecordPtr> record = signAnnouncement(testKey(1), server, 5, kTestTime);
        QVERIFY(record);
        const RecordContent& content = (*record)->content();
        QCOMPARE(content.sequence, std::uint64_t(5));
        QCOMPARE(content.issued, kTestSeconds);
        QCOMPARE(content.expires, kTestSeconds + 48 * 3600);
        QVERIFY(equal(content.subject, testKey(1).publicKey().view()));
        const Result<ServerAnnouncement> read = readAnnouncement(**record);
        QVERIFY(read && *read == server);
    }
    void saysWhatItIsThereFor()
    {
        for (const Standing standing : {Standing::Open, Standing::Closed, Standing::Withdrawn}) {
            ServerAnnouncement server = testServer(1);
            server.standing = standing;
            const RecordPtr record = *signAnnouncement(testKey(1), server, 1, kTestTime);
            QVERIFY(readAnnouncement(*record)->standing == standing);
        }
    }
    void aStandingOfAnotherVersionIsRefused()
    {
        RecordContent content =
            (*signAnnouncement(testKey(1), testServer(1), 1, kTestTime))->content();
        append(content.body, asBytes(std::string_view("\x58\x03", 2))); // field 11, 3
        const Result<RecordPtr> record = signRecord(testKey(1), std::move(content));
        QVERIFY(record);
        const Result<ServerAnnouncement> read = readAnnouncement(**record);
        QVERIFY(!read);
        QVERIFY(read.error().message().find("standing") != std::string::npos);
    }
    void aWithdrawalTellsNoMore()
    {
        ServerAnnouncement server = testServer(1);
        server.anonymousSwissnum = "abc";
        server.certificates = {{"{\"version\": 1}", "aaaa"}};
        const ServerAnnouncement gone = withdrawalOf(server);
        QVERIFY(gone.standing == Standing::Withdrawn);
        QVERIFY(gone.locations.empty() && gone.anonymousSwissnum.empty());
        QVERIFY(gone.certificates.empty() && !gone.tlsProof);
        QVERIFY(signAnnouncement(testKey(1), gone, 2, kTestTime));
    }
    void aTlsKeyIsProven()
    {
        const Result<crypto::TlsIdentity> tls = crypto::readNodePem(
            test::textIn(test::readVectors("keys.json").at(0).toObject(), "node_pem"));
        QVERIFY(tls);
        ServerAnnouncement server = testServer(1);
        QVERIFY(provesTlsKey(testKey(1).publicKey(), server));
        QVERIFY(!provesTlsKey(testKey(2).publicKey(), server));
        server.spkiHash = tls->spkiHash;
        QVERIFY(!provesTlsKey(testKey(1).publicKey(), server));
        server.tlsProof = *proveTlsKey(tls->keyPem.view(), testKey(1).publicKey());
        const Result<RecordPtr> record = signAnnouncement(testKey(1), server, 1, kTestTime);
        QVERIFY(record);
        const Result<ServerAnnouncement> read = readAnnouncement(**record);
        QVERIFY(read && *read == server);
        QVERIFY(provesTlsKey(testKey(1).publicKey(), *read));
        QVERIFY2(!provesTlsKey(testKey(2).publicKey(), *read), "it is bound to the signer");
        server.spkiHash = testServer(3).spkiHash;
        QVERIFY2(!provesTlsKey(testKey(1).publicKey(), server), "and to the key");
    }
    void boundsAreHeld_data()
    {
        QTest::addColumn<int>("which");
        for (int which = 0; which < 17; ++which)
            QTest::newRow(std::to_string(which).c_str()) << which;
    }
    void boundsAreHeld()
    {
        QFETCH(int, which);
        ServerAnnouncement server = testServer(1);
        if (which == 0) server.nickname = std::string(257, 'x');
        if (which == 1) server.nickname = "\xff";
        if (which == 2) server.software = "two words";
        if (which == 3) server.locations.assign(17, "tcp:a:1");
        if (which == 4) server.locations = {std::string(301, 'x')};
        if (which == 5) server.locations = {"tcp:a\n:1"};
        if (which == 6) server.permutationSeed = "not base32!";
        if (which == 7) server.anonymousSwissnum = "a b";
        if (which == 8) server.certificates.resize(kMaxAnnouncedCertificates + 1);
        if (which == 9) server.certificates = {{std::string(940, '1'), std::string(25, 'a')}};
        if (which == 10) server.certificates = {{"{}\n", "a"}};
        if (which == 11) server.certificates = {{"{}", "a b"}};
        const Bytes tooLong(kMaxTlsProofBytes + 1);
        const Bytes key = largestKey();
        if (which == 12) server.tlsProof = crypto::KeyProof{tooLong, zeroBytes(1)};
        if (which == 13) server.tlsProof = crypto::KeyProof{key, tooLong};
        if (which == 14) server.tlsProof = crypto::KeyProof{{}, zeroBytes(1)};
        if (which == 15) server.tlsProof = crypto::KeyProof{key, {}};
        if (which == 16) server.tlsProof = crypto::KeyProof{zeroBytes(44), zeroBytes(64)};
        const Result<RecordPtr> out = signAnnouncement(testKey(1), server, 1, kTestTime);
        QVERIFY(!out);
        QCOMPARE(out.error().code(), ErrorCode::InvalidInput);
    }
    void theLargestFitsIntoARecord()
    {
        ServerAnnouncement server = testServer(1);
        server.nickname = server.software = std::string(256, 'x');
        server.locations.assign(16, std::string(300, 'x'));
        server.permutationSeed = server.anonymousSwissnum = std::string(256, 'a');
        server.certificates.assign(
            kMaxAnnouncedCertificates,
            {std::string(kMaxAnnouncedCertificateBytes - 103, '1'), std::string(103, 'a')});
        server.tlsProof = crypto::KeyProof{largestKey(), zeroBytes(kMaxTlsProofBytes)};
        const auto record = signAnnouncement(testKey(1), server, kMaxSequence, kTestTime);
        QVERIFY2(record, record ? "" : record.error().message().c_str());
        QVERIFY(*readAnnouncement(**record) == server);
    }
    void otherRecordsAreRefused()
    {
        RecordContent content;
        content.kind = static_cast<RecordKind>(2);
        content.subject = toBytes("x");
        QVERIFY(!readAnnouncement(**signRecord(testKey(1), content)));
        content.kind = RecordKind::Announcement;
        QVERIFY(!readAnnouncement(**signRecord(testKey(1), content))); // no key hash
        content.body = toBytes("\xff\xff");
        QVERIFY(!readAnnouncement(**signRecord(testKey(1), content)));
    }
    void withAnAccountForAllItHasNurls()
    {
        ServerAnnouncement server = testServer(7);
        server.locations = {"tcp:192.0.2.1:80", "tor:abcdefgh.onion:81", "i2p:x.i2p:82",
                            "tcp:no port"};
        server.anonymousSwissnum = "swiss";
        const wire::Announcement entry = asServerEntry(testKey(7).publicKey(), server);
        QCOMPARE(entry.nurls.size(), std::size_t(3));
        const Result<wire::Nurl> first = wire::parseNurl(entry.nurls[0]);
        QVERIFY(first);
        QVERIFY(first->spkiHash == server.spkiHash);
        QCOMPARE(wire::placeOf(*first), std::string("192.0.2.1:80"));
        QCOMPARE(first->swissnum, std::string("swiss"));
        QVERIFY(wire::parseNurl(entry.nurls[1])->network == wire::Network::Tor);
        QVERIFY(wire::parseNurl(entry.nurls[2])->network == wire::Network::I2p);
        QCOMPARE(entry.furl, std::string("pb://aaaaabyaaaaaaaaaaaaaaaaaaaaaaaaa@tcp:192.0.2.1:80,"
                                         "tor:abcdefgh.onion:81,i2p:x.i2p:82/swiss"));
        QCOMPARE(entry.serverId.size(), std::size_t(55));
        QVERIFY(*wire::tubIdOf(entry.furl) == server.tubId);
        QCOMPARE(*entry.permutationSeedBase32, server.permutationSeed);
    }
    void withoutOneItHasAPlaceholder()
    {
        const wire::Announcement entry = asServerEntry(testKey(7).publicKey(), testServer(7));
        QVERIFY(entry.nurls.empty());
        QVERIFY(entry.furl.ends_with("@/none"));
        QVERIFY(entry.certificates.empty());
    }
    void certificatesAreExported()
    {
        ServerAnnouncement server = testServer(7);
        server.certificates = {{"{\"version\":1}", "aaaa"}};
        const wire::Announcement entry = asServerEntry(testKey(7).publicKey(), server);
        QVERIFY(entry.certificates == server.certificates);
        QVERIFY(wire::serversYaml(entry).ends_with("      grid-manager-certificates:\n"
                                                   "      - certificate: \"{\\\"version\\\":1}\"\n"
                                                   "        signature: \"aaaa\"\n"));
    }
};

QTEST_GUILESS_MAIN(TestServerAnnouncement)
#include "test_server_announcement.moc"
