#include "client-gateway/web/content_type.h"

#include <QtTest/QTest>

using namespace tarn::gateway::web;

class TestContentType final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void guesses_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("type");
        const auto row = [](const char* name, const char* type) {
            QTest::newRow(name) << QByteArray(name) << QByteArray(type);
        };
        row("a.html", "text/html");
        row("A.HTML", "text/html");
        row("photo.v2.jpg", "image/jpeg");
        row("a.tar.gz", "application/gzip");
        row("x.pdf", "application/pdf");
        row("x.3gp", "audio/3gpp");
        row("x.zip", "application/zip");
        row("noextension", "text/plain");
        row("dir.html/file", "text/plain");
        row(".html", "text/plain");
        row("a.", "text/plain");
        row("a.unheardof", "text/plain");
        row("a.averyverylongextensionindeed", "text/plain");
        row("", "text/plain");
    }
    void guesses()
    {
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, type);
        QCOMPARE(std::string(contentTypeOf(name.toStdString())), type.toStdString());
    }
};

QTEST_GUILESS_MAIN(TestContentType)
#include "test_content_type.moc"
