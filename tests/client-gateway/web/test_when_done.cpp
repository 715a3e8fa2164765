#include "client-gateway/web/when_done.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::web;

class TestWhenDone final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void onlyPathsOfThisGateway_data()
    {
        QTest::addColumn<QByteArray>("reference");
        QTest::addColumn<bool>("stays");
        const auto row = [](QByteArray reference, bool stays) {
            QTest::newRow(reference.toPercentEncoding().constData()) << reference << stays;
        };
        for (const char* good :
             {"", ".", "/", "/uri/%(uri)s", "/uri/%(uri)s?t=info", "%(uri)s/", "../x", "?t=json",
              "#top", "/a:b", "a/b:c", "?u=http://x/", "/x//y", "/?next=//evil.example"})
            row(good, true);
        for (const char* bad : {"//evil.example",
                                "///evil.example",
                                "//%(uri)s",
                                "http://evil.example/",
                                "HTTP:x",
                                "https:evil.example",
                                "javascript:alert(1)",
                                "data:text/html,x",
                                "a:b",
                                ":x",
                                "/\\evil.example",
                                "\\\\evil.example",
                                "\\/evil.example",
                                " //evil.example",
                                "/ x",
                                "\t/x",
                                "/\t/evil.example",
                                "/x\r\nSet-Cookie: a=b",
                                "/\n",
                                "/\x7f",
                                "/\xc3\xa4",
                                "\xe3\x80\x80//evil.example"})
            row(bad, false);
        row(QByteArray("/a\0b", 4), false);
    }
    void onlyPathsOfThisGateway()
    {
        QFETCH(QByteArray, reference);
        QFETCH(bool, stays);
        const std::string text = reference.toStdString();
        QCOMPARE(staysHere(text), stays);
        Arguments arguments;
        arguments.add("when_done", text);
        QCOMPARE(checkWhenDone(arguments).has_value(), stays);
        QCOMPARE(whenDone(arguments, "URI:LIT:").has_value(), stays);
    }
    void capabilitiesAreQuoted()
    {
        Arguments arguments;
        QCOMPARE(*whenDone(arguments, "URI:LIT:"), std::string());
        arguments.add("when_done", "%(uri)s?again=%(uri)s");
        const std::string expected = "URI%3ALIT%3Akr?again=URI%3ALIT%3Akr";
        QCOMPARE(*whenDone(arguments, "URI:LIT:kr"), expected);
        QVERIFY(staysHere(expected));
    }
};

QTEST_GUILESS_MAIN(TestWhenDone)
#include "test_when_done.moc"
