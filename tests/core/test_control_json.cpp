#include "core/control/control_json.h"

#include <nlohmann/json.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::control;
using nlohmann::json;

namespace {

NodeStatus full()
{
    NodeStatus out;
    out.version = "0.1.0";
    out.id = "v0-abc";
    out.nickname = "al\"ice";
    out.started = 1'800'000'000;
    out.listen = "0.0.0.0:41001";
    out.locations = {"tcp:192.0.2.1:41001", "tcp:[2001:db8::1]:41001"};
    out.web = "http://127.0.0.1:3456/";
    out.rootDirectory = true;
    out.servers = 3;
    out.grid = {"Family", "abcdefghijklmnopqrstuvwxyz", "v0-root", true, "refused", "too late"};
    out.storage = {std::uint64_t{1} << 40U, std::uint64_t{7}, 12, "the disk is full"};
    out.encoding = {2, 3, 5, false, "owner", 4, "too many"};
    out.outbox = {2,          7,        1234,
                  10'000'000, "a disk", {{"abc", 4, 6, 3, 10, 1'800'000'001, true, false}}};
    out.safety = {1'800'000'002, 9, 1, 2, 7, 3, 5, 4, "any 3 of 5", "why"};
    return out;
}

} // namespace

class TestControlJson final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void statusesComeBack()
    {
        const Result<NodeStatus> back = readNodeStatus(jsonOf(full()));
        QVERIFY(back && *back == full());
        NodeStatus unknown = full();
        unknown.storage.offered.reset();
        unknown.storage.used.reset();
        const Result<NodeStatus> again = readNodeStatus(jsonOf(unknown));
        QVERIFY(again && *again == unknown);
    }
    void newerNodesMaySayMore()
    {
        json more = jsonOf(full());
        more["weather"] = "fine";
        more["grid"]["colour"] = 3;
        const Result<NodeStatus> back = readNodeStatus(more);
        QVERIFY(back && *back == full());
    }
    void everyKeyIsNeededInItsType()
    {
        const json whole = jsonOf(full());
        for (const auto& [key, value] : whole.items()) {
            json less = whole;
            less.erase(key);
            const Result<NodeStatus> missing = readNodeStatus(less);
            QVERIFY2(!missing && missing.error().code() == ErrorCode::PeerMisbehaved, key.c_str());
            json other = whole;
            other[key] = json::array({json::object()});
            QVERIFY2(!readNodeStatus(other), key.c_str());
        }
        for (const json& value : {json(), json(3), json("x"), json::array()})
            QVERIFY(!readNodeStatus(value));
    }
    void encodingsComeBack()
    {
        const EncodingStatus status = full().encoding;
        const Result<EncodingStatus> back = readEncodingStatus(jsonOf(status));
        QVERIFY(back && *back == status);
        QVERIFY(!readEncodingStatus(json{{"needed", 1}}));
        const std::optional<EncodingChoice> five = EncodingChoice{2, 3, 5};
        QVERIFY(readEncodingChoice(jsonOf(five)) && *readEncodingChoice(jsonOf(five)) == five);
        const std::optional<EncodingChoice> none;
        QVERIFY(readEncodingChoice(jsonOf(none)) && *readEncodingChoice(jsonOf(none)) == none);
        for (const char* text : {"{}", "{\"automatic\": 1}", "{\"needed\": 1, \"happy\": 1}",
                                 "{\"automatic\": true, \"total\": 1}",
                                 "{\"needed\": \"1\", \"happy\": 1, \"total\": 1}"}) {
            const auto read = readEncodingChoice(*parseObject(text));
            QVERIFY2(!read && read.error().code() == ErrorCode::InvalidInput, text);
        }
    }
    void errorsComeBackByTheirStatus()
    {
        const std::string body = printed(jsonOf(Error(ErrorCode::NotFound, "no such member")));
        const Error back = readError(404, body);
        QCOMPARE(back.code(), ErrorCode::NotFound);
        QCOMPARE(back.message(), std::string("no such member"));
        QCOMPARE(readError(409, "{}").code(), ErrorCode::Conflict);
        QCOMPARE(readError(413, "{}").code(), ErrorCode::TooLarge);
        QCOMPARE(readError(503, "{}").code(), ErrorCode::Timeout);
        const Error garbage = readError(500, std::string(100'000, 'x'));
        QCOMPARE(garbage.code(), ErrorCode::PeerMisbehaved);
        QVERIFY(garbage.message().size() < 1000);
    }
    void onlyObjectsAreRead()
    {
        QVERIFY(parseObject("{\"a\": 1}"));
        for (const char* text : {"", "[]", "3", "{", "{\"a\":}", "null", "\xff"})
            QVERIFY(!parseObject(text));
        QVERIFY(!parseObject(std::string(50'000, '[')));
        QCOMPARE(printed(json{{"a", "\xff"}}), std::string("{\n \"a\": \"\xef\xbf\xbd\"\n}\n"));
    }
};

QTEST_GUILESS_MAIN(TestControlJson)
#include "test_control_json.moc"
