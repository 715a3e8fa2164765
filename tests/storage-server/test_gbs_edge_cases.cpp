// Every request of gbs_edge_cases.json, in order, gets the answer that a real Tahoe-LAFS node
// gave: the same status, the same meaning of CBOR, the same headers where they mean something.
#include "core/wire/storage_messages.h"
#include "tests/storage-server/gbs_exchange.h"
#include "tests/support/memory_store.h"
#include "tests/support/to_qt.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::test;

namespace {

constexpr std::string_view kSwissnum = "k7n2wevfqrc6nzfqacfza67e7uyubc4o";

RawRequest requestOf(const QJsonObject& row)
{
    RawRequest request;
    request.head.method = row["method"].toString().toStdString();
    request.head.target = row["path"].toString().toStdString();
    request.head.headers.add("Host", "127.0.0.1");
    std::string authorization = tarn::textOf(wire::authorizationFor(asBytes(kSwissnum)).view());
    for (const QJsonValue& header : row["headers"].toArray()) {
        const std::string name = header[0].toString().toStdString();
        const std::string value = header[1].toString().toStdString();
        if (name == "Authorization")
            authorization = value;
        else
            request.head.headers.add(name, value);
    }
    if (authorization != "None") request.head.headers.add("Authorization", authorization);
    request.body = fromQt(QByteArray::fromHex(row["body"].toString().toLatin1()));
    return request;
}

std::string headerIn(const QJsonObject& answer, const QString& name)
{
    for (const QJsonValue& header : answer["headers"].toArray())
        if (header[0].toString() == name) return header[1].toString().toStdString();
    return {};
}

std::string headerIn(const net::ResponseHead& head, const char* name)
{
    const std::string* value = head.headers.find(name);
    return value != nullptr ? *value : std::string();
}

/// Equal up to the order of what has none, and to the free space of the machine.
bool sameMeaning(const QString& path, ByteView a, ByteView b)
{
    if (equal(a, b)) return true;
    if (path.endsWith("/version"))
        return wire::decodeVersionAnswer(a) && wire::decodeVersionAnswer(b);
    if (path.endsWith("/read-test-write")) {
        const auto left = wire::decodeReadTestWriteAnswer(a);
        const auto right = wire::decodeReadTestWriteAnswer(b);
        return left && right && left->success == right->success &&
               left->readData == right->readData;
    }
    return false;
}

} // namespace

class TestGbsEdgeCases final : public QObject
{
    Q_OBJECT

    FakeClock m_clock;
    MemoryStore m_store{m_clock};
    std::unique_ptr<GbsExchange> m_exchange;

private Q_SLOTS:
    void initTestCase()
    {
        storage::HttpServiceConfig config;
        config.swissnum = Secret(kSwissnum);
        config.spool.folder = QDir::tempPath().toStdString();
        m_exchange = std::make_unique<GbsExchange>(m_store, m_clock, std::move(config));
    }
    void answersAsTheReference_data()
    {
        QTest::addColumn<QJsonObject>("row");
        QFile file(TARN_SOURCE_DIR "/tests/vectors/gbs_edge_cases.json");
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QJsonArray rows =
            QJsonDocument::fromJson(file.readAll()).object()["vectors"].toArray();
        QCOMPARE(rows.size(), 92);
        unsigned number = 0;
        for (const QJsonValue& row : rows) {
            const QString name = row["name"].toString();
            QTest::newRow(qPrintable(QString("%1 %2").arg(++number).arg(name))) << row.toObject();
        }
    }
    void answersAsTheReference()
    {
        QFETCH(QJsonObject, row);
        const QJsonObject expected = row["answer"].toObject();
        const Result<RawAnswer> answer = m_exchange->send(requestOf(row));
        QVERIFY2(answer, answer ? "" : answer.error().text().c_str());
        const int status = static_cast<int>(answer->head.status);
        QVERIFY2(status == expected["status"].toInt(),
                 qPrintable(QString("%1: %2").arg(status).arg(QString(toQt(answer->body)))));

        const std::string type = headerIn(expected, "Content-Type");
        if (type.starts_with("application/"))
            QCOMPARE(headerIn(answer->head, "Content-Type"), type);
        QCOMPARE(headerIn(answer->head, "Content-Range"), headerIn(expected, "Content-Range"));
        QCOMPARE(headerIn(answer->head, "Allow"), headerIn(expected, "Allow"));
        if (status >= 400) return; // texts are ours
        const Bytes body = fromQt(QByteArray::fromHex(expected["body"].toString().toLatin1()));
        QVERIFY2(sameMeaning(row["path"].toString(), answer->body, body),
                 toQt(answer->body).toHex().constData());
    }
};

QTEST_GUILESS_MAIN(TestGbsEdgeCases)
#include "test_gbs_edge_cases.moc"
