#include "core/base/config.h"
#include "core/base/config_writer.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <array>
#include <fstream>

using namespace tarn;

namespace {

constexpr std::array<std::string_view, 3> kModes{"direct", "tor", "off"};

/// Reads one value of every kind, as a daemon would, and returns finish().
Result<void> readEverything(ConfigReader& reader)
{
    ConfigTable things = reader.table("things");
    things.string("name", "none");
    things.boolean("flag", false);
    things.integer("count", 3, 1, 256);
    things.byteSize("size", 1);
    things.duration("wait", std::chrono::seconds(1));
    things.strings("list", {});
    things.optionalAddress("address");
    things.choice("mode", kModes, 0);
    things.table("inner").string("deep", "");
    return reader.finish();
}

std::string problemsOf(const char* text)
{
    Result<ConfigReader> reader = ConfigReader::parse(text, "x.toml");
    if (!reader) return reader.error().message();
    const Result<void> out = readEverything(*reader);
    return out ? std::string() : out.error().message();
}

} // namespace

class TestConfig final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsEveryKind()
    {
        Result<ConfigReader> reader = ConfigReader::parse(R"(
            [things]
            name = "alpha"
            flag = true
            count = 7
            size = "1 GB"
            plain = 4096
            wait = "90 s"
            list = ["a", "b"]
            address = "127.0.0.1:80"
            mode = "off"
            [things.inner]
            deep = "yes"
        )",
                                                          "x.toml");
        QVERIFY(reader);
        ConfigTable things = reader->table("things");
        QCOMPARE(things.string("name", ""), std::string("alpha"));
        QCOMPARE(things.boolean("flag", false), true);
        QCOMPARE(things.integer("count", 3, 1, 256), std::int64_t(7));
        QCOMPARE(things.byteSize("size", 0), std::uint64_t(1'000'000'000));
        QCOMPARE(things.byteSize("plain", 0), std::uint64_t(4096));
        QVERIFY(things.duration("wait", Duration(0)) == std::chrono::seconds(90));
        QVERIFY((things.strings("list", {}) == std::vector<std::string>{"a", "b"}));
        QCOMPARE(things.requiredAddress("address").port, std::uint16_t(80));
        QCOMPARE(things.choice("mode", kModes, 0), std::size_t(2));
        QCOMPARE(things.table("inner").string("deep", ""), std::string("yes"));
        QVERIFY(things.has("name") && !things.has("nothing"));
        QVERIFY(reader->finish());
    }
    void absentMeansFallback()
    {
        Result<ConfigReader> reader = ConfigReader::parse("", "x.toml");
        QVERIFY(reader);
        ConfigTable things = reader->table("things");
        QCOMPARE(things.string("name", "none"), std::string("none"));
        QVERIFY(!things.optionalByteSize("size"));
        QVERIFY(!things.optionalAddress("address"));
        QCOMPARE(things.table("inner").integer("n", 5, 0, 9), std::int64_t(5));
        QVERIFY(reader->finish());
    }
    void textsBeyondAscii()
    {
        auto reader = ConfigReader::parse("\xef\xbb\xbf# \xff\n[things]\n"
                                          "name = \"\xc3\xa4\\\"\xf0\x9f\x8c\xb3\"\n"
                                          "list = ['\xe2\x82\xac\"\\n', 'a\\']\n",
                                          "x.toml");
        QVERIFY2(reader, reader ? "" : reader.error().message().c_str());
        ConfigTable things = reader->table("things");
        QCOMPARE(things.string("name", ""), std::string("\xc3\xa4\"\xf0\x9f\x8c\xb3"));
        QCOMPARE(things.strings("list", {}).at(0), std::string("\xe2\x82\xac\"\\n"));
        QCOMPARE(things.strings("list", {}).at(1), std::string("a\\"));
        QVERIFY(reader->finish());
    }
    void textsThatAreNoUtf8()
    {
        for (const char* text :
             {"a = \"\xc3\"\n", "a = '\xe0\x80\x80'\n", "a = '\xed\xa0\x80'\n"}) {
            const std::string out = problemsOf(text);
            QVERIFY2(out.find("x.toml:1:6: characters beyond ASCII") == 0, out.c_str());
        }
    }
    void everyProblemHasItsPlace_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("message");
        QTest::newRow("table without a name") << "[;"
                                              << "x.toml:1:2: ";
        QTest::newRow("not TOML") << "[things]\nname = \n"
                                  << "x.toml:2:8: ";
        QTest::newRow("unknown key")
            << "[things]\nnam = 1\n"
            << "x.toml:2:1: [things] unknown key 'nam'; accepted: name, flag, count";
        QTest::newRow("unknown table") << "[thing]\nname = 1\n"
                                       << "unknown key 'thing'; accepted: things";
        QTest::newRow("unknown inner key")
            << "[things.inner]\ndep = 1\n"
            << "x.toml:2:1: [things.inner] unknown key 'dep'; accepted: deep";
        QTest::newRow("wrong kind") << "[things]\nname = 7\n"
                                    << "x.toml:2:8: [things] name: expected a text, got an integer";
        QTest::newRow("text for boolean")
            << "[things]\nflag = \"yes\"\n"
            << "x.toml:2:8: [things] flag: expected true or false, got a text";
        QTest::newRow("out of range") << "[things]\ncount = 300\n"
                                      << "[things] count: expected 1 to 256, got 300";
        QTest::newRow("fraction") << "[things]\ncount = 1.5\n"
                                  << "got a fraction";
        QTest::newRow("bad size") << "[things]\nsize = \"1 GBit\"\n"
                                  << "x.toml:2:8: [things] size: expected a size such as";
        QTest::newRow("negative size") << "[things]\nsize = -1\n"
                                       << "got -1";
        QTest::newRow("bad duration") << "[things]\nwait = \"soon\"\n"
                                      << "expected a duration such as";
        QTest::newRow("a name for an address") << "[things]\naddress = \"localhost:80\"\n"
                                               << "expected a numeric address and port such as";
        QTest::newRow("bad choice")
            << "[things]\nmode = \"on\"\n"
            << "[things] mode: expected \"direct\" or \"tor\" or \"off\", got \"on\"";
        QTest::newRow("list item") << "[things]\nlist = [\"a\", 1]\n"
                                   << "x.toml:2:14: [things] list: expected a list of texts";
        QTest::newRow("list is text") << "[things]\nlist = \"a\"\n"
                                      << "got a text";
        QTest::newRow("table is value") << "things = 3\n"
                                        << "x.toml:1:10: things: expected a table, got an integer";
        QTest::newRow("key beyond ASCII") << "# \xc3\xa4\n\xc3\xa4 = 1\n"
                                          << "x.toml:2:1: characters beyond ASCII";
        QTest::newRow("behind a value") << "a = '\xc3\xa4' \xc3\xa4\n"
                                        << "x.toml:1:10: characters beyond ASCII";
        QTest::newRow("in a text of several lines") << "a = \"\"\"it's\\\n\xc3\xa4\"\"\"\n"
                                                    << "x.toml:2:1: characters beyond ASCII";
        QTest::newRow("behind an open text") << "a = \"b\n\xc3\xa4\n"
                                             << "x.toml:2:1: characters beyond ASCII";
        QTest::newRow("beyond ASCII in a text") << "things = \"\\\"\xc3\xa4'\" # '\xc3\xa4\n"
                                                << "things: expected a table, got a text";
        QTest::newRow("open text") << "a = -X['\xc3\xa4"
                                   << "x.toml:1:";
        QTest::newRow("twice") << "[things]\nflag = true\nflag = false\n"
                               << "x.toml:3:";
    }
    void everyProblemHasItsPlace()
    {
        QFETCH(QString, text);
        QFETCH(QString, message);
        const QString out = QString::fromStdString(problemsOf(text.toUtf8().constData()));
        QVERIFY2(out.contains(message), qPrintable(out));
    }
    void allProblemsAtOnceInFileOrder()
    {
        const std::string out = problemsOf("[things]\nextra = 1\ncount = 0\nname = 2\n");
        const std::size_t first = out.find("x.toml:2:1: [things] unknown key 'extra'");
        const std::size_t second = out.find("\nx.toml:3:9: [things] count");
        const std::size_t third = out.find("\nx.toml:4:8: [things] name");
        QVERIFY2(first == 0 && second > first && third > second, out.c_str());
    }
    void requiredAddressMustBeThere()
    {
        Result<ConfigReader> reader = ConfigReader::parse("[listen]\nadmin = \"x\"\n", "x.toml");
        QVERIFY(reader);
        ConfigTable listen = reader->table("listen");
        listen.requiredAddress("storage");
        listen.string("admin", "");
        const Result<void> out = reader->finish();
        QVERIFY(!out);
        QVERIFY(out.error().message().find("x.toml:1:1: [listen] storage: missing") == 0);
    }
    void callersOwnChecks()
    {
        Result<ConfigReader> reader = ConfigReader::parse("[e]\nneeded = 4\ntotal = 3\n", "x.toml");
        QVERIFY(reader);
        ConfigTable encoding = reader->table("e");
        const std::int64_t total = encoding.integer("total", 10, 1, 256);
        if (encoding.integer("needed", 3, 1, 256) > total)
            encoding.refuse("needed", "expected at most total");
        const Result<void> out = reader->finish();
        QVERIFY(!out);
        QCOMPARE(out.error().message(), std::string("x.toml:2:10: [e] needed: expected at most "
                                                    "total"));
    }
    void filesThatCannotBeRead()
    {
        const Result<ConfigReader> missing = readConfigFileBlocking("/nonexistent/x.toml");
        QVERIFY(!missing);
        QCOMPARE(missing.error().code(), ErrorCode::InvalidInput);
        QCOMPARE(missing.error().message(),
                 std::string("/nonexistent/x.toml: cannot be read: No such file or directory"));
        QTemporaryDir folder;
        const std::string path = folder.filePath("big.toml").toStdString();
        std::ofstream(path) << std::string(1024 * 1024 + 1, '#');
        const Result<ConfigReader> big = readConfigFileBlocking(path);
        QVERIFY(!big);
        QVERIFY(big.error().message().find("larger than 1 MiB") != std::string::npos);
        const Result<ConfigReader> directory = readConfigFileBlocking(folder.path().toStdString());
        QVERIFY(!directory);
        QCOMPARE(directory.error().code(), ErrorCode::InvalidInput);
        QVERIFY2(directory.error().message().find("Is a directory") != std::string::npos,
                 directory.error().message().c_str());
    }
    void printedSettingsAreReadBack()
    {
        ConfigWriter writer;
        writer.table("things");
        writer.string("name", "a \"quoted\" \\ name\n");
        writer.boolean("flag", true);
        writer.integer("count", 7);
        writer.byteSize("size", 3ULL << 30U);
        writer.duration("wait", std::chrono::minutes(2));
        writer.strings("list", {"a", "b\t"});
        HostPort address;
        address.host = "::1";
        address.port = 7;
        writer.address("address", address);
        Result<ConfigReader> reader = ConfigReader::parse(writer.text(), "printed");
        QVERIFY2(reader, writer.text().c_str());
        ConfigTable things = reader->table("things");
        QCOMPARE(things.string("name", ""), std::string("a \"quoted\" \\ name\n"));
        QCOMPARE(things.byteSize("size", 0), std::uint64_t(3ULL << 30U));
        QVERIFY(things.duration("wait", Duration(0)) == std::chrono::minutes(2));
        QVERIFY((things.strings("list", {}) == std::vector<std::string>{"a", "b\t"}));
        QVERIFY(things.requiredAddress("address") == address);
        QVERIFY(readEverything(*reader));
    }
};

QTEST_GUILESS_MAIN(TestConfig)
#include "test_config.moc"
