#include "core/node/doctor/finding.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtTest/QTest>

using namespace tarn::node::doctor;

class TestFinding final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void onlyProblemsMakeItIll()
    {
        QVERIFY(allWell({}));
        QVERIFY(allWell({fine("a", "b"), unknown("c", "d", "e")}));
        QVERIFY(!allWell({fine("a", "b"), problem("c", "d", "e")}));
    }
    void peopleReadLines()
    {
        const Findings two{fine("state", "/s"), problem("clock", "61 min behind", "set it")};
        QCOMPARE(QString::fromStdString(reportOf(two)),
                 QString("fine     state:           /s\n"
                         "problem  clock:           61 min behind\n"
                         "         -> set it\n"
                         "1 problem\n"));
        QVERIFY(reportOf({}).ends_with("no problems\n"));
        QVERIFY(reportOf({problem("a", "", ""), problem("b", "", "")}).ends_with("2 problems\n"));
    }
    void programsReadJson()
    {
        const std::string text =
            jsonOf({problem("keys", "node.key: \"open\"", "chmod 600"), unknown("clock", "?", "")});
        const QJsonObject json = QJsonDocument::fromJson(QByteArray::fromStdString(text)).object();
        QCOMPARE(json.value("healthy").toBool(true), false);
        const QJsonObject first = json.value("checks").toArray().at(0).toObject();
        QCOMPARE(first.value("check").toString(), QString("keys"));
        QCOMPARE(first.value("outcome").toString(), QString("problem"));
        QCOMPARE(first.value("what").toString(), QString("node.key: \"open\""));
        QCOMPARE(first.value("step").toString(), QString("chmod 600"));
        QCOMPARE(json.value("checks").toArray().at(1).toObject().value("outcome").toString(),
                 QString("unknown"));
    }
    void textOfOthersIsHarmless()
    {
        const Findings found{problem("server \x1b[2J", "said \xff\n\r", "a\tb")};
        for (const std::string& text : {reportOf(found), jsonOf(found)}) {
            QVERIFY(text.find('\x1b') == std::string::npos);
            QVERIFY(text.find('\xff') == std::string::npos);
            QVERIFY(text.find('\r') == std::string::npos);
        }
        QCOMPARE(QString::fromStdString(reportOf(found)).count('\n'), 3);
    }
};

QTEST_GUILESS_MAIN(TestFinding)
#include "test_finding.moc"
