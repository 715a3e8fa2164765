#include "client-gateway/web/range_header.h"

#include <QtTest/QTest>

using namespace tarn::gateway::web;

namespace {

std::string textOf(const RangeAnswer& answer)
{
    if (std::holds_alternative<BeyondEnd>(answer)) return "416";
    const auto* part = std::get_if<PartOfFile>(&answer);
    if (!part) return "200";
    return std::to_string(part->first) + "-" + std::to_string(part->last);
}

} // namespace

class TestRangeHeader final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void answers_data()
    {
        QTest::addColumn<QString>("header");
        QTest::addColumn<quint64>("size");
        QTest::addColumn<QString>("answer");
        const auto row = [](const char* header, quint64 size, const char* answer) {
            QTest::newRow(QByteArray(header) + " of " + QByteArray::number(size))
                << QString(header) << size << QString(answer);
        };
        row("bytes=0-9", 100, "0-9");
        row("bytes=0-0", 100, "0-0");
        row("bytes=99-99", 100, "99-99");
        row("bytes=90-200", 100, "90-99");
        row("bytes=10-", 100, "10-99");
        row("bytes=-10", 100, "90-99");
        row("bytes=-100", 100, "0-99");
        row("bytes=-500", 100, "0-99");
        row("bytes=0-99999999999999999999999999", 100, "0-99");
        row("bytes= 5 - 6 ", 100, "5-6");
        row("bytes=100-100", 100, "416");
        row("bytes=100-200", 100, "416");
        row("bytes=99999999999999999999999999-99999999999999999999999999", 100, "416");
        row("bytes=100-", 100, "200");
        row("bytes=-0", 100, "200");
        row("bytes=9-5", 100, "200");
        row("bytes=200-100", 100, "200");
        row("bytes=a-b", 100, "200");
        row("bytes=1-b", 100, "200");
        row("bytes=+1-2", 100, "200");
        row("bytes=-", 100, "200");
        row("bytes=", 100, "200");
        row("bytes=5", 100, "200");
        row("bytes", 100, "200");
        row("", 100, "200");
        row("lines=1-2", 100, "200");
        row("bytes=1-2,5-6", 100, "1-2");
        row("bytes=-3, 0-0", 100, "97-99");
        row("bytes=100-101,0-0", 100, "416");
        row("bytes=1-2,nonsense", 100, "200");
        row("bytes=1-2,", 100, "200");
        row("bytes=0-", 0, "200");
        row("bytes=-5", 0, "200");
        row("bytes=0-0", 0, "416");
    }
    void answers()
    {
        QFETCH(QString, header);
        QFETCH(quint64, size);
        QFETCH(QString, answer);
        QCOMPARE(QString::fromStdString(textOf(answerRange(header.toStdString(), size))), answer);
    }
};

QTEST_GUILESS_MAIN(TestRangeHeader)
#include "test_range_header.moc"
