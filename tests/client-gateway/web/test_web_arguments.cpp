#include "client-gateway/web/arguments.h"
#include "client-gateway/web/charset.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::web;

class TestWebArguments final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void charsetsBecomeUtf8()
    {
        QCOMPARE(*utf8Of("caf\xe9", "Latin1"), std::string("caf\xc3\xa9"));
        QCOMPARE(*utf8Of("\xff\x80", "iso-8859-1"), std::string("\xc3\xbf\xc2\x80"));
        QCOMPARE(*utf8Of("caf\xc3\xa9", ""), std::string("caf\xc3\xa9"));
        QCOMPARE(*utf8Of("a", "US-ASCII"), std::string("a"));
        QVERIFY(!utf8Of("\xe9", "ascii"));
        QVERIFY(!utf8Of("a", "utf-16"));
    }
    void firstValueWins()
    {
        const Result<Arguments> out = Arguments::parse("a=1&b=x%2By+z&a=2&&c&=v");
        QVERIFY(out);
        QCOMPARE(*out->find("a"), std::string("1"));
        QCOMPARE(*out->find("b"), std::string("x+y z"));
        QCOMPARE(*out->find("c"), std::string());
        QVERIFY(!out->find("d"));
    }
    void trimsOperations()
    {
        const Result<Arguments> out = Arguments::parse("t=%20json%0A&u=+");
        QVERIFY(out);
        QCOMPARE(out->trimmed("t"), std::string_view("json"));
        QCOMPARE(out->trimmed("u"), std::string_view());
        QCOMPARE(out->trimmed("absent"), std::string_view());
    }
    void refusesBadEscapesAndFloods()
    {
        for (const char* text : {"a=%", "a=%4", "a=%zz", "%=a"})
            QCOMPARE(Arguments::parse(text).error().code(), ErrorCode::InvalidInput);
        std::string many;
        for (int i = 0; i < 201; ++i)
            many += "a=1&";
        QVERIFY(!Arguments::parse(many));
    }
    void readsBooleans_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("value"); // -1: refused
        for (const char* text : {"true", "T", "1", "on", "ON"})
            QTest::newRow(text) << QByteArray(text) << 1;
        for (const char* text : {"false", "f", "0", "OFF"})
            QTest::newRow(text) << QByteArray(text) << 0;
        for (const char* text : {"", "yes", "no", "2", " true"})
            QTest::newRow(text) << QByteArray(text) << -1;
    }
    void readsBooleans()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, value);
        Arguments arguments;
        arguments.add("save", text.toStdString());
        const Result<bool> out = arguments.boolean("save", false);
        QCOMPARE(out.has_value(), value >= 0);
        if (out) QCOMPARE(int(*out), value);
        QCOMPARE(*arguments.boolean("absent", true), true);
    }
    void readsNumbers()
    {
        Arguments arguments;
        arguments.add("offset", " 17 ");
        for (const char* bad : {"", " ", "-1", "1x", "0x1", "99999999999999999999"})
            arguments.add("bad" + std::to_string(std::string_view(bad).size()) + bad, bad);
        QCOMPARE(arguments.number("offset")->value(), std::uint64_t(17));
        QVERIFY(!arguments.number("absent")->has_value());
        for (const auto& [name, value] : arguments)
            if (name != "offset") QVERIFY(!arguments.number(name).has_value());
    }
    void readsFormats_data()
    {
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<int>("format"); // -1: refused
        QTest::newRow("none") << QByteArray() << int(FileFormat::Chk);
        QTest::newRow("CHK") << QByteArray("format=chk") << int(FileFormat::Chk);
        QTest::newRow("SDMF") << QByteArray("format=SDMF") << int(FileFormat::Sdmf);
        QTest::newRow("MDMF") << QByteArray("format=mdmf") << int(FileFormat::Mdmf);
        QTest::newRow("mutable") << QByteArray("mutable=true") << int(FileFormat::Sdmf);
        QTest::newRow("not mutable") << QByteArray("mutable=0") << int(FileFormat::Chk);
        QTest::newRow("format wins") << QByteArray("mutable=1&format=CHK") << int(FileFormat::Chk);
        QTest::newRow("bad") << QByteArray("format=zip") << -1;
        QTest::newRow("bad mutable") << QByteArray("mutable=maybe") << -1;
    }
    void readsFormats()
    {
        QFETCH(QByteArray, query);
        QFETCH(int, format);
        const Result<FileFormat> out = formatOf(*Arguments::parse(query.toStdString()));
        QCOMPARE(out.has_value(), format >= 0);
        if (out) QCOMPARE(int(*out), format);
    }
};

QTEST_GUILESS_MAIN(TestWebArguments)
#include "test_web_arguments.moc"
