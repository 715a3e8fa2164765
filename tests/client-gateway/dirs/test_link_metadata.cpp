#include "client-gateway/dirs/link_metadata.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;

namespace {

std::string nested(std::size_t depth)
{
    std::string text = "{\"a\":";
    text += std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
    return text;
}

} // namespace

class TestLinkMetadata : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void onlyObjectsAreTaken()
    {
        for (const char* good : {"{}", " { \"a\": 1 } ", "{\"a\":{\"b\":[1,2.5,null,true,\"\"]}}"})
            QVERIFY(checkMetadata(good));
        for (const char* bad : {"", "null", "[]", "1", "{", "{}x", "{\"a\":}", "{a:1}", "[{}]",
                                "{\"a\":\"\xff\"}", "{\"a\":1e999}", "{\"a\":\"\\ud800\"}"}) {
            const Result<void> checked = checkMetadata(bad);
            QVERIFY2(!checked, bad);
            QCOMPARE(checked.error().code(), ErrorCode::InvalidInput);
        }
    }

    void depthIsBounded()
    {
        QVERIFY(checkMetadata(nested(kMaxMetadataDepth)));
        QVERIFY(!checkMetadata(nested(kMaxMetadataDepth + 1)));
        QVERIFY(!checkMetadata(std::string(1'000'000, '[')));
        const std::string objects = [] {
            std::string text;
            for (int i = 0; i < 100'000; ++i)
                text += "{\"a\":";
            return text;
        }();
        QVERIFY(!spelledMetadata(objects));
    }

    void isSpelledAsPythonDoes()
    {
        const Result<MetadataText> text =
            spelledMetadata("{\"b\":[1,2.5,{}],\"a\":{\"x\":null,\"y\":true},\"\xc3\xbc\":"
                            "\"\\u00fc\\n\x7f\",\"b\":3}");
        QVERIFY(text);
        QCOMPARE(*text, std::string("{\"b\": 3, \"a\": {\"x\": null, \"y\": true}, "
                                    "\"\\u00fc\": \"\\u00fc\\n\\u007f\"}"));
        QCOMPARE(*spelledMetadata("{\"t\":[ 1800000000.5 , 1.0,-7 , [ ] ]}"),
                 std::string("{\"t\": [1800000000.5, 1.0, -7, []]}"));
    }

    void newLinksGetTheirTimes()
    {
        const Result<UpdatedMetadata> updated = updatedMetadata(std::nullopt, std::nullopt, 12.5);
        QVERIFY(updated);
        QCOMPARE(updated->text,
                 std::string("{\"tahoe\": {\"linkcrtime\": 12.5, \"linkmotime\": 12.5}}"));
        QVERIFY(!updated->noWrite);
    }

    void oldLinksKeepTheirCreation_data()
    {
        QTest::addColumn<QString>("old");
        QTest::addColumn<QString>("given");
        QTest::addColumn<QString>("expected");
        QTest::newRow("user's stays")
            << R"({"k": 1, "tahoe": {"linkcrtime": 5, "linkmotime": 6, "z": 0}})" << QString()
            << R"({"k": 1, "tahoe": {"linkcrtime": 5, "linkmotime": 9.0, "z": 0}})";
        QTest::newRow("user's replaced")
            << R"({"k": 1, "tahoe": {"linkcrtime": 5, "linkmotime": 6}})"
            << R"({"n": 2})"
            << R"({"n": 2, "tahoe": {"linkcrtime": 5, "linkmotime": 9.0}})";
        QTest::newRow("user's cleared") << R"({"k": 1, "tahoe": {"linkcrtime": 5}})"
                                        << R"({})"
                                        << R"({"tahoe": {"linkcrtime": 5, "linkmotime": 9.0}})";
        QTest::newRow("tahoe is not the caller's")
            << R"({})"
            << R"({"tahoe": {"linkcrtime": 1}, "n": 2})"
            << R"({"n": 2, "tahoe": {"linkcrtime": 9.0, "linkmotime": 9.0}})";
        QTest::newRow("legacy ctime")
            << R"({"ctime": 3.25, "mtime": 4})"
            << R"({"n": 2})"
            << R"({"n": 2, "tahoe": {"linkcrtime": 3.25, "linkmotime": 9.0}})";
        QTest::newRow("tahoe is no object")
            << R"({"tahoe": [1]})" << QString()
            << R"({"tahoe": {"linkcrtime": 9.0, "linkmotime": 9.0}})";
    }
    void oldLinksKeepTheirCreation()
    {
        QFETCH(QString, old);
        QFETCH(QString, given);
        QFETCH(QString, expected);
        const std::string oldText = old.toStdString();
        const std::string givenText = given.toStdString();
        std::optional<std::string_view> caller;
        if (!given.isEmpty()) caller = givenText;
        const Result<UpdatedMetadata> updated = updatedMetadata(oldText, caller, 9);
        QVERIFY(updated);
        QCOMPARE(QString::fromStdString(updated->text), expected);
    }

    void noWriteIsPythonsTruth()
    {
        for (const char* yes : {"true", "1", "\"x\"", "[0]", "{\"a\":0}", "0.5"})
            QVERIFY(updatedMetadata({}, std::string("{\"no-write\":") + yes + "}", 1)->noWrite);
        for (const char* no : {"false", "0", "\"\"", "[]", "{}", "null", "0.0"})
            QVERIFY(!updatedMetadata({}, std::string("{\"no-write\":") + no + "}", 1)->noWrite);
        // Also when the old metadata said so.
        QVERIFY(updatedMetadata("{\"no-write\":true}", std::nullopt, 1)->noWrite);
    }

    void badOnesAreRefused()
    {
        QVERIFY(!updatedMetadata("[]", std::nullopt, 1));
        QVERIFY(!updatedMetadata("{}", "7", 1));
        QVERIFY(!spelledMetadata("{} {}"));
    }
};

QTEST_GUILESS_MAIN(TestLinkMetadata)
#include "test_link_metadata.moc"
