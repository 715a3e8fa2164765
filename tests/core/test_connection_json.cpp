// How a node reaches others and is reached: as JSON, both ways.
#include "core/control/connection_json.h"

#include <nlohmann/json.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::control;
using nlohmann::json;

namespace {

ConnectionView whole()
{
    ConnectionView out;
    out.mapping = false;
    AddressView proven;
    proven.location = "tcp:198.51.100.7:41001";
    proven.kind = "mapped";
    proven.origin = "router";
    proven.told = true;
    proven.proof = ProofView{true, 1'800'000'300, "v0-bob"};
    AddressView kept;
    kept.location = "tcp:192.168.1.2:41001";
    kept.kind = "lan";
    kept.origin = "interface";
    kept.reason = "its owner excluded it";
    out.addresses = {proven, kept};
    out.router = RouterView{"open", "PCP", "198.51.100.7:41001", ""};
    out.unproven = "nobody";
    PeerPathsView peer;
    peer.name = "b\nob";
    peer.key = "v0-bob";
    peer.online = true;
    peer.kind = "lan";
    peer.place = "tcp:192.168.1.3:41001";
    peer.paths = {PathView{"lan", peer.place, "works", 1'800'000'000, 3, ""},
                  PathView{"relayed", "", "failed", 1'800'000'001, 12'000, "refused"}};
    peer.step = "do";
    out.peers = {peer};
    return out;
}

} // namespace

class TestConnectionJson final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isReadAsItWasWritten()
    {
        const json text = json::parse(jsonOf(whole()).dump());
        const Result<ConnectionView> read = readConnectionView(text);
        QVERIFY(read && *read == whole());
        QVERIFY(text["addresses"][1]["proof"].is_null());
        QCOMPARE(text["peers"][0]["paths"][1]["took_ms"].get<int>(), 12'000);
        QVERIFY(*readConnectionView(jsonOf(ConnectionView())) == ConnectionView());
    }
    void needsEveryKeyAndSkipsOthers()
    {
        json text = jsonOf(whole());
        text["more"] = 1;
        QVERIFY(readConnectionView(text));
        const json good = jsonOf(whole());
        for (const auto& [key, value] : good.items()) {
            json less = good;
            less.erase(key);
            const Result<ConnectionView> missing = readConnectionView(less);
            QVERIFY(!missing && missing.error().code() == ErrorCode::PeerMisbehaved);
            json other = good;
            other[key] = 7;
            QVERIFY(!readConnectionView(other));
        }
    }
};

QTEST_GUILESS_MAIN(TestConnectionJson)
#include "test_connection_json.moc"
