// Transfers as JSON, both ways.
#include "core/control/control_json.h"
#include "core/control/transfer_json.h"

#include <nlohmann/json.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::control;
using nlohmann::json;

namespace {

TransferView full()
{
    TransferView out;
    out.id = "move-7";
    out.kind = "move";
    out.index = "abc";
    out.share = 3;
    out.peer = "v0-bob";
    out.bytes = 5;
    out.of = 7;
    out.started = 1'800'000'000;
    out.ended = 1'800'000'001;
    out.state = "failed";
    out.reason = "no \"room\"";
    return out;
}

} // namespace

class TestTransferJson final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void transfersComeBack()
    {
        QVERIFY(readTransferView(jsonOf(full())) && *readTransferView(jsonOf(full())) == full());
        const std::vector<TransferView> all{full(), TransferView()};
        const Result<std::vector<TransferView>> back = readTransferViews(jsonOf(all));
        QVERIFY(back && *back == all);
    }
    void newerNodesMaySayMore()
    {
        json more = jsonOf(full());
        more["colour"] = "red";
        QVERIFY(readTransferView(more) && *readTransferView(more) == full());
    }
    void everyKeyIsNeededInItsType()
    {
        const json whole = jsonOf(full());
        for (const auto& [key, value] : whole.items()) {
            json less = whole;
            less.erase(key);
            const Result<TransferView> missing = readTransferView(less);
            QVERIFY2(!missing && missing.error().code() == ErrorCode::PeerMisbehaved, key.c_str());
            json other = whole;
            other[key] = json::array();
            QVERIFY2(!readTransferView(other), key.c_str());
        }
        QVERIFY(!readTransferViews(json{{"transfers", 3}}));
        QVERIFY(!readTransferViews(json::object()));
    }
};

QTEST_GUILESS_MAIN(TestTransferJson)
#include "test_transfer_json.moc"
