#include "client-gateway/web/json_texts.h"
#include "core/cap/parse.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtTest/QTest>

#include <set>

using namespace tarn;
using namespace tarn::gateway;
using namespace tarn::gateway::web;

namespace {

QJsonDocument read(const std::string& text)
{
    return QJsonDocument::fromJson(QByteArray::fromStdString(text));
}

CheckResult sickFile()
{
    CheckResult result;
    result.storageIndex = "si";
    result.summary = "Not Healthy: 4 shares (enc 3-of-10)";
    result.recoverable = true;
    result.happiness = 2;
    result.sharesGood = 4;
    result.sharesNeeded = 3;
    result.sharesExpected = 10;
    result.goodShareHosts = 2;
    result.recoverableVersions = 1;
    result.corruptShares.push_back({"v0-b", ShareNumber{7}, "bad hash"});
    result.serversResponding = {"v0-a", "v0-b"};
    result.shareMap[ShareNumber{1}] = {"v0-b", "v0-a"};
    return result;
}

} // namespace

class TestJsonTexts final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void filesAsTahoePrintsThem()
    {
        CapInfo cap;
        cap.kind = CapInfo::Kind::File;
        cap.readOnly = "R";
        cap.verify = "V";
        cap.size = 1000;
        QCOMPARE(capJson(cap),
                 std::string("[\n \"filenode\",\n {\n  \"mutable\": false,\n"
                             "  \"format\": \"CHK\",\n  \"size\": 1000,\n"
                             "  \"ro_uri\": \"R\",\n  \"verify_uri\": \"V\"\n }\n]\n"));
    }
    void unknownCaps()
    {
        CapInfo cap;
        QCOMPARE(capJson(cap), std::string("[\n \"unknown\",\n {}\n]\n"));
        cap.readOnly = "ro.x";
        QCOMPARE(read(capJson(cap))[1].toObject(), (QJsonObject{{"ro_uri", "ro.x"}}));
        cap.readOnly = "imm.x";
        QCOMPARE(read(capJson(cap))[1].toObject(),
                 (QJsonObject{{"ro_uri", "imm.x"}, {"mutable", false}}));
    }
    void directoriesAsTahoePrintsThem()
    {
        const CapInfo cap = describeNode(cap::parseCap("URI:DIR2-LIT:"));
        DirectoryContents contents;
        const auto nobody = [](const std::string&) { return false; };
        QVERIFY(directoryJson(cap, contents, nobody).ends_with("  \"children\": {}\n }\n]\n"));
        DirectoryChild child;
        child.node = cap::parseCap("URI:LIT:nbswy3dp");
        child.metadata = R"({"tahoe":{"linkcrtime": 1795160753.7996998 ,"a":[ ]},"b":[1,{}]})";
        contents.children["one \"\\"] = child;
        child.metadata = "{ \"\xc3\xa9\": \"\\\"}, {\" }";
        contents.children["two \xe2\x98\x83"] = child;
        const std::string text = directoryJson(cap, contents, nobody);
        const std::string node = "[\n    \"filenode\",\n    {\n     \"mutable\": false,\n"
                                 "     \"format\": \"CHK\",\n     \"size\": 5,\n"
                                 "     \"ro_uri\": \"URI:LIT:nbswy3dp\",\n     \"metadata\": ";
        const std::string expected =
            "  \"children\": {\n   \"one \\\"\\\\\": " + node +
            "{\n      \"tahoe\": {\n       \"linkcrtime\": 1795160753.7996998,\n"
            "       \"a\": []\n      },\n      \"b\": [\n       1,\n       {}\n      ]\n     }\n"
            "    }\n   ],\n   \"two \\u2603\": " +
            node + "{\n      \"\\u00e9\": \"\\\"}, {\"\n     }\n    }\n   ]\n  }\n }\n]\n";
        QVERIFY2(text.ends_with(expected), (text + "\n" + expected).c_str());
    }
    /// Whatever they are (spec 08, section 9).
    void prohibitedChildrenAreFiles()
    {
        DirectoryContents contents;
        const std::string folder = "URI:DIR2-CHK:o2wipvtyusrkz5ywsatyaqwgna:"
                                   "zmw24ugxgvsqznf6d3xtrlozsb3jd6nfixrnxsodn2bcfmzjfxra:3:10:2342";
        const std::string write = "URI:DIR2-MDMF:o2wipvtyusrkz5ywsatyaqwgna:"
                                  "zmw24ugxgvsqznf6d3xtrlozsb3jd6nfixrnxsodn2bcfmzjfxra";
        contents.children["a"].node = cap::parseCap(folder);
        contents.children["b"].node = cap::parseCap(folder + "1");
        contents.children["c"].node = cap::parseCap(write);
        const CapInfo cap = describeNode(cap::parseCap("URI:DIR2-LIT:"));
        const std::set<std::string> prohibited{describeNode(cap::parseCap(folder)).storageIndex,
                                               describeNode(cap::parseCap(write)).storageIndex};
        QVERIFY(!prohibited.contains(""));
        bool all = false;
        const auto children = [&] {
            const std::string text = directoryJson(cap, contents, [&](const std::string& index) {
                return all && prohibited.contains(index);
            });
            return read(text)[1].toObject()["children"].toObject();
        };
        QCOMPARE(children()["a"].toArray()[0].toString(), QString("dirnode"));
        all = true;
        const QJsonArray file = children()["a"].toArray();
        QCOMPARE(file[0].toString(), QString("filenode"));
        QCOMPARE(file[1].toObject()["format"].toString(), QString("CHK"));
        QCOMPARE(file[1].toObject()["ro_uri"].toString(), QString::fromStdString(folder));
        QCOMPARE(file[1].toObject()["mutable"].toBool(true), false);
        const QJsonArray slot = children()["c"].toArray();
        QCOMPARE(slot[0].toString(), QString("filenode"));
        QCOMPARE(slot[1].toObject()["format"].toString(), QString("MDMF"));
        QCOMPARE(slot[1].toObject()["rw_uri"].toString(), QString::fromStdString(write));
    }
    void checks()
    {
        const QJsonObject out = read(checkJson(sickFile())).object();
        QCOMPARE(out["storage-index"].toString(), QString("si"));
        QCOMPARE(out["summary"].toString(), QString("Not Healthy: 4 shares (enc 3-of-10)"));
        const QJsonObject results = out["results"].toObject();
        QCOMPARE(results["healthy"].toBool(true), false);
        QCOMPARE(results["recoverable"].toBool(), true);
        QCOMPARE(results["count-shares-good"].toInt(), 4);
        QCOMPARE(results["count-shares-needed"].toInt(), 3);
        QCOMPARE(results["count-shares-expected"].toInt(), 10);
        QCOMPARE(results["count-happiness"].toInt(), 2);
        QCOMPARE(results["count-good-share-hosts"].toInt(), 2);
        QCOMPARE(results["count-wrong-shares"].toInt(-1), 0);
        QCOMPARE(results["count-corrupt-shares"].toInt(), 1);
        QCOMPARE(results["count-recoverable-versions"].toInt(), 1);
        QCOMPARE(results["count-unrecoverable-versions"].toInt(-1), 0);
        QCOMPARE(results["list-corrupt-shares"].toArray(),
                 (QJsonArray{QJsonArray{"v0-b", "si", 7}}));
        QCOMPARE(results["servers-responding"].toArray(), (QJsonArray{"v0-a", "v0-b"}));
        QCOMPARE(results["sharemap"].toObject(), (QJsonObject{{"1", QJsonArray{"v0-a", "v0-b"}}}));
        QCOMPARE(results.size(), 14);
    }
    void literals()
    {
        CheckResult literal;
        literal.literal = true;
        QCOMPARE(read(checkJson(literal)).object(),
                 (QJsonObject{{"storage-index", ""}, {"results", QJsonObject{{"healthy", true}}}}));
        RepairResult repair;
        repair.before = literal;
        QCOMPARE(read(repairJson(repair)).object(),
                 (QJsonObject{{"storage-index", ""}, {"repair-attempted", false}}));
    }
    void repairs()
    {
        RepairResult repair;
        repair.attempted = true;
        repair.successful = true;
        repair.before = sickFile();
        repair.after = sickFile();
        repair.after.healthy = true;
        const QJsonObject out = read(repairJson(repair)).object();
        QCOMPARE(out["repair-attempted"].toBool(), true);
        QCOMPARE(out["repair-successful"].toBool(), true);
        QCOMPARE(out["pre-repair-results"]["results"]["healthy"].toBool(true), false);
        QCOMPARE(out["post-repair-results"]["results"]["healthy"].toBool(), true);
    }
    void servers()
    {
        ServerView quiet;
        quiet.id = "v0-a";
        quiet.nickname = "n\xff";
        quiet.status.text = "not asked yet";
        ServerView known = quiet;
        known.id = "v0-b";
        known.nickname = "beta";
        known.status.version = storage_api::ServerVersion{};
        known.status.version->availableSpace = 5'000'000'000'000;
        known.status.version->applicationVersion = "tahoe-lafs/1.20.0";
        known.status.lastReceived = WallTime(std::chrono::milliseconds(1'800'000'000'500));
        known.uploadRefusal = "no grid manager certificate";
        known.status.corruptShares = 3;
        known.status.badAnswers = 4;
        known.status.oldVersions = 5;
        known.status.lastProblem = "share 7: wrong \xff hash";
        known.status.lastProblemAt = WallTime(std::chrono::milliseconds(1'800'000'001'250));
        const std::vector<ServerView> views{quiet, known};
        const QJsonObject out = read(serversJson(views)).object();
        QCOMPARE(out["introducers"].toObject(), (QJsonObject{{"statuses", QJsonArray()}}));
        const QJsonObject first = out["servers"][0].toObject();
        QCOMPARE(first["nickname"].toString(), QString::fromUtf8("n\xef\xbf\xbd"));
        QVERIFY(first["available_space"].isNull());
        QVERIFY(first["version"].isNull());
        QVERIFY(first["last_received_data"].isNull());
        QCOMPARE(first["corrupt_shares"].toInt(-1), 0);
        QCOMPARE(first["bad_answers"].toInt(-1), 0);
        QVERIFY(first["last_problem"].isNull());
        QVERIFY(first["last_problem_at"].isNull());
        QCOMPARE(first["old_versions"].toInt(-1), 0);
        QVERIFY(first["upload_permitted"].toBool() && first["upload_refusal"].isNull());
        QCOMPARE(first.size(), 13);
        const QJsonObject second = out["servers"][1].toObject();
        QCOMPARE(second["nodeid"].toString(), QString("v0-b"));
        QCOMPARE(second["available_space"].toDouble(), 5e12);
        QCOMPARE(second["version"].toString(), QString("tahoe-lafs/1.20.0"));
        QCOMPARE(second["last_received_data"].toDouble(), 1'800'000'000.5);
        QCOMPARE(second["corrupt_shares"].toInt(), 3);
        QCOMPARE(second["bad_answers"].toInt(), 4);
        QVERIFY(!second["upload_permitted"].toBool(true));
        QCOMPARE(second["upload_refusal"].toString(), QString("no grid manager certificate"));
        QCOMPARE(second["old_versions"].toInt(), 5);
        QCOMPARE(second["last_problem"].toString(),
                 QString::fromUtf8("share 7: wrong \xef\xbf\xbd hash"));
        QCOMPARE(second["last_problem_at"].toDouble(), 1'800'000'001.25);
    }
    void errors()
    {
        const Error error(ErrorCode::Unhappy, "too few");
        const QJsonObject plain = read(errorJson(error, nullptr)).object();
        QCOMPARE(plain, (QJsonObject{{"error", "too few"}, {"code", "Unhappy"}}));
        HappinessReport report;
        report.needed = 3;
        report.happy = 7;
        report.total = 10;
        report.reached = 1;
        report.serversKnown = 2;
        ServerReport server;
        server.serverId = "v0-a";
        server.outcome = ServerOutcome::Unreachable;
        server.reason = "refused";
        server.holding = {ShareNumber{4}};
        report.servers.push_back(server);
        const QJsonObject happiness =
            read(errorJson(error, &report)).object()["happiness"].toObject();
        QCOMPARE(happiness["happy"].toInt(), 7);
        QCOMPARE(happiness["reached"].toInt(), 1);
        QCOMPARE(happiness["servers-known"].toInt(), 2);
        QCOMPARE(happiness["servers"][0]["reason"].toString(), QString("refused"));
        QCOMPARE(happiness["servers"][0]["holding"].toArray(), (QJsonArray{4}));
    }
};

QTEST_GUILESS_MAIN(TestJsonTexts)
#include "test_json_texts.moc"
