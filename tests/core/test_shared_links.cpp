// Read links that members give each other: what is one, and how many are kept.
#include "core/codec/base32.h"
#include "core/node/shared_links.h"
#include "tests/support/seeded_random.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::node;

namespace {

constexpr const char* kRead = "URI:CHK:ytqmgsaqoajx4wmcx3mxbn5n5e:"
                              "6aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:1:3:60000";
constexpr const char* kLiteral = "URI:LIT:nbswy3dp";
constexpr const char* kReadFolder = "URI:DIR2-RO:ytqmgsaqoajx4wmcx3mxbn5n5e:"
                                    "6aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
constexpr const char* kWriteFolder = "URI:DIR2:ytqmgsaqoajx4wmcx3mxbn5n5e:"
                                     "6aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
constexpr const char* kVerify = "URI:CHK-Verifier:ytqmgsaqoajx4wmcx3mxbn5n5e:"
                                "6aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:1:3:60000";

} // namespace

class TestSharedLinks final : public QObject
{
    Q_OBJECT

    test::SeededRandom m_random{7};
    const crypto::Ed25519PublicKey m_bob = crypto::Ed25519Key::generate(m_random).publicKey();
    const crypto::Ed25519PublicKey m_carol = crypto::Ed25519Key::generate(m_random).publicKey();

    SharedLink link(const char* cap = kRead)
    {
        SharedLink out;
        out.id = codec::encodeBase32(m_random.bytes(kLinkIdBytes));
        out.member = m_bob;
        out.name = "letters \xc3\xa9";
        out.cap = cap;
        out.time = 1'800'000'000;
        return out;
    }

private Q_SLOTS:
    void onlyWhatReadsIsGiven()
    {
        for (const char* good : {kRead, kLiteral, kReadFolder}) {
            QVERIFY2(checkLink(link(good)), good);
            const SharedLink one = link(good);
            const Result<SharedLink> back = decodeShare(encodeShare(one));
            QVERIFY(back && back->id == one.id && back->name == one.name && back->cap == one.cap);
        }
        for (const char* bad : {"", "URI:", "URI:CHK:x", "ro.URI:DIR2:x", kWriteFolder, kVerify,
                                "URI:NEW:abc", "http://example.org"}) {
            const Result<void> checked = checkLink(link(bad));
            QVERIFY2(!checked && checked.error().code() == ErrorCode::InvalidInput, bad);
            QVERIFY(std::string(bad).empty() ||
                    checked.error().text().find(bad) == std::string::npos);
            QVERIFY(!decodeShare(encodeShare(link(bad))));
        }
        SharedLink longer = link("URI:LIT:");
        longer.cap += codec::encodeBase32(m_random.bytes(1000));
        QVERIFY(!checkLink(longer));
    }
    void namesAreFitForAFolder()
    {
        for (const std::string& bad :
             {std::string(), std::string("a/b"), std::string("."), std::string(".."),
              std::string("a\nb"), std::string("\x7f"), std::string("\xff"), std::string(256, 'a'),
              std::string("invoice\xe2\x80\xaegpj.exe"), std::string("\xe2\x81\xa6x"),
              std::string("a\xc2\x9b")}) {
            SharedLink one = link();
            one.name = bad;
            QVERIFY(!checkLink(one));
        }
        for (const char* good :
             {"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d.txt", "\xe2\x82\xac 5", "\xc2\xa0"}) {
            SharedLink one = link();
            one.name = good;
            QVERIFY2(checkLink(one), good);
        }
        for (const char* bad : {"", "abc", "aaaaaaaaaaaaaaaaaaaaaaaaa!", "../../etc/passwd"}) {
            SharedLink one = link();
            one.id = bad;
            QVERIFY(!checkLink(one));
        }
        for (const std::string& bad :
             {std::string(), std::string("[]"), std::string("{}"),
              std::string("{\"id\": 3, \"name\": \"n\", \"cap\": \"URI:LIT:\"}"),
              encodeShare(link()) + std::string(5000, ' ')})
            QVERIFY(!decodeShare(bad));
    }
    void whatCameTwiceIsKeptOnce()
    {
        SharedLinks links;
        const SharedLink one = link();
        QVERIFY(*links.receive(one));
        QVERIFY(!*links.receive(one));
        QCOMPARE(links.received().size(), std::size_t{1});
        SharedLink other = one; // somebody else with the same id
        other.member = m_carol;
        QVERIFY(!links.receive(other));
        QVERIFY(links.find(one.id) && links.find(one.id)->member == m_bob);
        QVERIFY(links.drop(one.id) && !links.drop(one.id));
        QVERIFY(*links.receive(other));
    }
    void nobodyFillsTheInbox()
    {
        SharedLinks links;
        for (std::size_t i = 0; i < kMostReceivedOfOne; ++i)
            QVERIFY(*links.receive(link()));
        const Result<bool> more = links.receive(link());
        QVERIFY(!more && more.error().code() == ErrorCode::NoSpace);
        SharedLink other = link();
        other.member = m_carol;
        QVERIFY(*links.receive(other));
        QVERIFY(links.drop(links.received().front().id));
        QVERIFY(*links.receive(link()));
    }
    void deliveredOnesMakeRoom()
    {
        SharedLinks links;
        for (std::size_t i = 0; i < kMostSent; ++i) {
            SharedLink one = link();
            one.delivered = false;
            QVERIFY(links.send(one));
        }
        const Result<void> more = links.send(link());
        QVERIFY(!more && more.error().code() == ErrorCode::NoSpace);
        const std::string third = links.sent()[2].id;
        links.noteDelivered(third);
        QVERIFY(links.send(link()));
        QVERIFY(links.find(third) == nullptr && links.sent().size() == kMostSent);
    }
    void strangersMakeRoom()
    {
        SharedLinks links;
        const SharedLink kept = link();
        SharedLink theirs = link();
        theirs.member = m_carol;
        SharedLink waiting = link();
        waiting.member = theirs.member;
        waiting.delivered = false;
        SharedLink done = link();
        done.member = theirs.member;
        QVERIFY(links.receive(kept) && links.receive(theirs));
        QVERIFY(links.send(waiting) && links.send(done));
        links.dropOfStrangers([&](const auto& member) { return member == kept.member; });
        QCOMPARE(links.received(), std::vector{kept});
        QCOMPARE(links.sent(), std::vector{done});
    }
    void allOfItComesBack()
    {
        const QTemporaryDir folder;
        const auto dir = StateDir::openBlocking(folder.filePath("node").toStdString(), "node");
        QVERIFY(dir && *readLinksBlocking(*dir) == SharedLinks());
        SharedLinks links;
        for (int i = 0; i < 5; ++i) {
            QVERIFY(links.receive(link()));
            SharedLink sent = link(kReadFolder);
            sent.delivered = i % 2 == 0;
            QVERIFY(links.send(sent));
        }
        QVERIFY(writeLinksBlocking(*dir, linksText(links)));
        const Result<SharedLinks> back = readLinksBlocking(*dir);
        QVERIFY(back && *back == links);
        QVERIFY(dir->writePrivateText("links", "{\"received\": 3}"));
        const Result<SharedLinks> bad = readLinksBlocking(*dir);
        QVERIFY(!bad && bad.error().message().find("private/links") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestSharedLinks)
#include "test_shared_links.moc"
