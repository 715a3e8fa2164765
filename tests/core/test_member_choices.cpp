// What an owner chose about members, and what a member is told of its account: both as text.
#include "core/node/account_report.h"
#include "core/node/member_choices.h"
#include "tests/support/seeded_random.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::node;

class TestMemberChoices final : public QObject
{
    Q_OBJECT

    test::SeededRandom m_random{5};

private Q_SLOTS:
    void choicesComeBack()
    {
        MemberChoice first;
        first.limit = 7;
        first.write = false;
        first.use = false;
        first.household = "the \"farm\"";
        MemberChoice second;
        second.read = second.write = second.keep = false;
        MemberChoices all;
        all[crypto::Ed25519Key::generate(m_random).publicKey()] = first;
        all[crypto::Ed25519Key::generate(m_random).publicKey()] = second;
        const Result<MemberChoices> back = parseChoices(choicesText(all));
        QVERIFY(back && *back == all);
        // What is as usual need not be kept.
        all[crypto::Ed25519Key::generate(m_random).publicKey()] = MemberChoice();
        QCOMPARE(parseChoices(choicesText(all))->size(), std::size_t{2});
    }
    void aMissingFileIsNoChoice()
    {
        const QTemporaryDir folder;
        const auto dir =
            node::StateDir::openBlocking(folder.filePath("node").toStdString(), "node");
        QVERIFY(dir && readChoicesBlocking(*dir) && readChoicesBlocking(*dir)->empty());
        MemberChoices many;
        for (int i = 0; i < 1000; ++i)
            many[crypto::Ed25519Key::generate(m_random).publicKey()].use = false;
        QVERIFY(dir->writeFile(kChoicesFile, choicesText(many)));
        QVERIFY(readChoicesBlocking(*dir) && *readChoicesBlocking(*dir) == many);
        QVERIFY(dir->writeFile(kChoicesFile, "{"));
        const Result<MemberChoices> bad = readChoicesBlocking(*dir);
        QVERIFY(!bad && bad.error().message().find("choices.json") != std::string::npos);
    }
    void whatIsNoneIsRefused()
    {
        for (const char* text : {"", "[]", "{}", "{\"members\": 3}", "{\"members\": {\"bob\": {}}}",
                                 "{\"members\": {\"v0-x\": {}}}"})
            QVERIFY2(!parseChoices(text), text);
        MemberChoice limited;
        limited.limit = 7;
        const auto key = crypto::Ed25519Key::generate(m_random).publicKey();
        const std::string id = choicesText({{key, limited}});
        std::string negative = id;
        negative.replace(negative.find(": 7"), 3, ": -7");
        QVERIFY(parseChoices(id) && !parseChoices(negative));
    }
    void reportsComeBack()
    {
        AccountReport report{300, 2, std::uint64_t{1} << 50U, true, false, true, 12, false};
        const Result<AccountReport> back = decodeReport(encodeReport(report));
        QVERIFY(back && *back == report);
        report.limit.reset();
        report.yours.reset();
        const Result<AccountReport> again = decodeReport(encodeReport(report));
        QVERIFY(again && *again == report);
    }
    void reportsOfStrangersAreChecked()
    {
        const std::string good = encodeReport(AccountReport());
        QVERIFY(decodeReport(good));
        for (const std::string& text :
             {std::string(), std::string("{}"), std::string("[]"), good + std::string(5000, ' '),
              std::string("{\"used\": -1, \"shares\": 0, \"limit\": null, \"read\": true, "
                          "\"write\": true, \"keep\": true}"),
              std::string("{\"used\": 1, \"shares\": 0, \"limit\": null, \"read\": 1, "
                          "\"write\": true, \"keep\": true}")}) {
            const Result<AccountReport> report = decodeReport(text);
            QVERIFY(!report && report.error().code() == ErrorCode::PeerMisbehaved);
        }
    }
};

QTEST_GUILESS_MAIN(TestMemberChoices)
#include "test_member_choices.moc"
