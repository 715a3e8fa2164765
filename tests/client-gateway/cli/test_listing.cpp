#include "client-gateway/cli/listing.h"
#include "client-gateway/cli/printable.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::cli;

namespace {

const char* const kDirectory = R"(["dirnode", {"mutable": true, "ro_uri": "URI:R", "children": {
    "b\u00e9": ["filenode", {"mutable": false, "size": 12, "ro_uri": "URI:b",
                "metadata": {"tahoe": {"linkcrtime": 86400.5}}}],
    "a": ["dirnode", {"mutable": true, "ro_uri": "URI:ar", "rw_uri": "URI:aw",
          "metadata": {"ctime": 1600000000, "mtime": 7.5}}],
    "m": ["filenode", {"mutable": true, "ro_uri": "URI:mr", "rw_uri": "URI:mw", "metadata": {}}],
    "u\n": ["unknown", {"ro_uri": null, "metadata": {}}]}}])";

WallTime now()
{
    return WallTime(std::chrono::seconds(1'600'100'000));
}

} // namespace

class TestListing final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { qputenv("TZ", "UTC"); }
    void readsDescriptions()
    {
        const Result<Description> read = readDescription(kDirectory);
        QVERIFY(read);
        QVERIFY(read->self.kind == NodeInfo::Kind::Directory);
        QCOMPARE(read->children.size(), std::size_t{4});
        QCOMPARE(read->children.at("a").bestCap(), std::string("URI:aw"));
        QCOMPARE(*read->children.at("a").contentChanged, 7.5);
        QVERIFY(read->children.at("m").isMutable);
        for (const char* text : {"", "{}", "[]", "[1]", "[\"dirnode\", {}]", "[\"filenode\", 3]"})
            QVERIFY2(!readDescription(text), text);
    }
    void namesAlone()
    {
        const Result<Description> read = readDescription(kDirectory);
        LsCommand command;
        QCOMPARE(listingText(read->children, command, now()),
                 std::string("a\nb\xc3\xa9\nm\n\"u\\x0a\"\n"));
        command.classify = true;
        QCOMPARE(listingText(read->children, command, now()),
                 std::string("a/\nb\xc3\xa9\nm*\n\"u\\x0a\"?\n"));
        QVERIFY(hasUnknown(read->children));
        QCOMPARE(listingText({}, command, now()), std::string());
    }
    void longFormat()
    {
        const Result<Description> read = readDescription(kDirectory);
        LsCommand command;
        command.longFormat = true;
        command.readOnlyUri = true;
        QCOMPARE(listingText(read->children, command, now()),
                 std::string("drwx  - Sep 13 12:26       a URI:ar\n"
                             "-r-- 12 Jan 02  1970      b\xc3\xa9 URI:b\n"
                             "-rw-  ?            -       m URI:mr\n"
                             "?---  ?            - \"u\\x0a\" -\n"));
    }
    void terminalsAreSpared_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("shown");
        for (const char* same :
             {"", "plain", "m\xc3\xa4rz \xe2\x98\x83 \xf0\x9f\x90\x9a", "a\"b\\"})
            QTest::newRow(same) << QByteArray(same) << QByteArray(same);
        const auto row = [](const char* text, const char* shown) {
            QTest::newRow(shown) << QByteArray(text) << QByteArray(shown);
        };
        row("a\nb\"\\", "\"a\\x0ab\\\"\\\\\"");
        row("\x1b[31m", "\"\\x1b[31m\"");
        row("a\xc2\x9b"
            "1m",
            "\"a\\xc2\\x9b1m\"");
        row("\xff", "\"\\xff\"");
        row("a\xe2\x98", "\"a\\xe2\\x98\"");
        row("gpj.\xe2\x80\xae"
            "exe",
            "\"gpj.\\xe2\\x80\\xaeexe\"");
        row("\xe2\x81\xa7", "\"\\xe2\\x81\\xa7\"");
    }
    void terminalsAreSpared()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, shown);
        QCOMPARE(printable(text.toStdString()), shown.toStdString());
    }
    void messagesKeepTheirLines()
    {
        QCOMPARE(harmless("one\n\ttwo \"x\"\\ \xc3\xa4\n"),
                 std::string("one\n\ttwo \"x\"\\ \xc3\xa4\n"));
        QCOMPARE(harmless("a\r\x1b]0;t\x07\xc2\x85"),
                 std::string("a\\x0d\\x1b]0;t\\x07\\xc2\\x85"));
    }
    void sizesAreAbbreviated()
    {
        QCOMPARE(abbreviated(0, 1000), std::string("0 B"));
        QCOMPARE(abbreviated(1023, 1000), std::string("1023 B"));
        QCOMPARE(abbreviated(1500, 1000), std::string("1.50 kB"));
        QCOMPARE(abbreviated(1'572'864, 1024), std::string("1.50 MiB"));
        QCOMPARE(abbreviated(4.2e18, 1000), std::string("4.20 EB"));
        QCOMPARE(abbreviated(4.2e21, 1000), std::string("4200.00 EB"));
    }
};

QTEST_GUILESS_MAIN(TestListing)
#include "test_listing.moc"
