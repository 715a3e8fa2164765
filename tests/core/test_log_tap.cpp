#include "core/base/log.h"
#include "core/base/log_tap.h"

#include <QtCore/QDateTime>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtTest/QTest>

#include <vector>

using namespace tarn;

class TestLogTap final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void getsEveryLineAsJson()
    {
        std::vector<std::string> lines;
        TARN_LOG(Info, Main, "before");
        {
            const log::Tap tap([&](const std::string& line) { lines.push_back(line); });
            TARN_LOG(Warning, Web, "some \"thing\"", {"count", 3});
            TARN_LOG(Debug, Web, "is off");
            TARN_LOG(Error, Main, "else");
        }
        TARN_LOG(Info, Main, "after");
        QCOMPARE(lines.size(), std::size_t(2));
        const QJsonObject first =
            QJsonDocument::fromJson(QByteArray::fromStdString(lines[0])).object();
        QCOMPARE(first["level"].toString(), QString("warning"));
        QCOMPARE(first["library"].toString(), QString("web"));
        QCOMPARE(first["text"].toString(), QString("some \"thing\""));
        QCOMPARE(first["count"].toString(), QString("3"));
        const QDateTime time = QDateTime::fromString(first["time"].toString(), Qt::ISODateWithMs);
        QVERIFY(time.isValid());
        QVERIFY(qAbs(time.msecsTo(QDateTime::currentDateTimeUtc())) < 60'000);
        QVERIFY(lines[1].find("\"else\"") != std::string::npos);
    }
    void severalGetTheSame()
    {
        int one = 0;
        int other = 0;
        const log::Tap tap([&](const std::string& /*line*/) { ++one; });
        {
            const log::Tap another([&](const std::string& /*line*/) { ++other; });
            TARN_LOG(Info, Main, "for both");
        }
        TARN_LOG(Info, Main, "for one");
        QCOMPARE(one, 2);
        QCOMPARE(other, 1);
        QVERIFY(log::tapped());
    }
};

QTEST_GUILESS_MAIN(TestLogTap)
#include "test_log_tap.moc"
