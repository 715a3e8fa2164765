// What a server that is emptied has and nobody else.
#include "client-gateway/cli/drain_report.h"
#include "client-gateway/cli/line_splitter.h"

#include <QtCore/QByteArray>
#include <QtCore/QObject>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::cli;

namespace {

/// A storage index.
std::string indexOf(char c)
{
    return std::string(25, c) + "a";
}

std::string share(const std::string& index, int number, const std::string& account = "a")
{
    return R"({"storage_index":")" + index + R"(","share":)" + std::to_string(number) +
           R"(,"kind":"immutable","bytes":100,"accounts":[")" + account + R"("]})";
}

DrainedIndex drained(std::set<std::uint32_t> shares)
{
    DrainedIndex out;
    out.index = "si";
    out.kind = "mutable";
    out.shares = std::move(shares);
    out.bytes = 300;
    out.accounts = {"alice", "b\x1b"};
    return out;
}

std::string answer(const std::string& holders, const std::string& silent = "{}")
{
    return R"({"storage_index":"si","holders":)" + holders + R"(,"silent":)" + silent + "}";
}

} // namespace

class TestDrainReport final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsLists()
    {
        std::vector<DrainedIndex> found;
        DrainList list([&](DrainedIndex one) -> Result<void> {
            found.push_back(std::move(one));
            return ok();
        });
        QVERIFY(list.take(R"({"server":"v0-x"})"));
        QCOMPARE(list.server(), std::string("v0-x"));
        QVERIFY(list.take(share(indexOf('b'), 1)));
        QVERIFY(list.take(share(indexOf('b'), 7, "b")));
        QVERIFY(list.take(share(indexOf('c'), 0)));
        QCOMPARE(found.size(), std::size_t(1));
        QVERIFY(list.take(R"({"end":true,"shares":3})"));
        QVERIFY(list.finish());
        QCOMPARE(found.size(), std::size_t(2));
        QCOMPARE(found[0].index, indexOf('b'));
        QVERIFY(found[0].shares == (std::set<std::uint32_t>{1, 7}));
        QCOMPARE(found[0].bytes, std::uint64_t(200));
        QVERIFY(found[0].accounts == (std::set<std::string>{"a", "b"}));
        QCOMPARE(found[1].index, indexOf('c'));
    }
    void refusesWhatIsNoList_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::newRow("empty") << QByteArray("");
        QTest::newRow("text") << QByteArray("aaaa\t1\timmutable\t100\t-");
        QTest::newRow("array") << QByteArray("[]");
        QTest::newRow("no share") << QByteArray(R"({"storage_index":"a"})");
        const auto row = [](const char* name, const std::string& index, int number) {
            QTest::newRow(name) << QByteArray::fromStdString(share(index, number));
        };
        row("share 256", indexOf('a'), 256);
        row("share -1", indexOf('a'), -1);
        row("no storage index", "", 1);
        row("short storage index", "aaaa", 1);
        row("storage index with bits too many", std::string(26, 'b'), 1);
        QTest::newRow("bytes -1")
            << QByteArray::fromStdString(share(indexOf('a'), 1)).replace("100", "-1");
        QTest::newRow("server 1") << QByteArray(R"({"server":1})");
    }
    void refusesWhatIsNoList()
    {
        QFETCH(QByteArray, line);
        DrainList list([](DrainedIndex) { return ok(); });
        const Result<void> taken = list.take(line.toStdString());
        QVERIFY(!taken);
        QVERIFY(taken.error().code() == ErrorCode::InvalidInput);
    }
    void noticesThatPartsAreMissing_data()
    {
        const QByteArray one = QByteArray::fromStdString(share(indexOf('b'), 1)) + "\n";
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("all") << QByteArray();
        QTest::newRow("the end") << one;
        QTest::newRow("a share") << one + R"({"end":true,"shares":2})";
        QTest::newRow("one too many") << one + R"({"end":true,"shares":0})";
        QTest::newRow("no end") << one + R"({"end":false,"shares":1})";
        QTest::newRow("no number") << one + R"({"end":true})";
        QTest::newRow("behind the end") << R"({"end":true,"shares":0})"
                                           "\n" +
                                               one;
        QTest::newRow("two ends") << one + R"({"end":true,"shares":1})"
                                           "\n"
                                           R"({"end":true,"shares":1})";
    }
    void noticesThatPartsAreMissing()
    {
        QFETCH(QByteArray, text);
        DrainList list([](DrainedIndex) { return ok(); });
        LineSplitter lines([&](std::string_view line) { return list.take(line); });
        Result<void> taken = lines.take(asBytes(std::string_view(text.constData(), text.size())));
        if (taken) taken = lines.finish();
        if (taken) taken = list.finish();
        QVERIFY(!taken);
        QVERIFY(taken.error().code() == ErrorCode::InvalidInput);
    }
    void asksByIndexOnly()
    {
        QCOMPARE(holdersQuestion(drained({1})),
                 std::string("{\"kind\":\"mutable\",\"storage_index\":\"si\"}\n"));
    }
    void judges_data()
    {
        QTest::addColumn<QByteArray>("holders");
        QTest::addColumn<QByteArray>("silent");
        QTest::addColumn<int>("where");
        QTest::addColumn<int>("onlyHere");
        const auto row = [](const char* name, const char* holders, const char* silent,
                            Whereabouts where, int onlyHere) {
            QTest::newRow(name) << QByteArray(holders) << QByteArray(silent) << int(where)
                                << onlyHere;
        };
        row("one has both", R"({"b":[1,2]})", "{}", Whereabouts::Elsewhere, 0);
        row("two have one each", R"({"b":[1],"c":[2,3]})", "{}", Whereabouts::Elsewhere, 0);
        row("one is missing", R"({"b":[1,3]})", "{}", Whereabouts::SomeOnlyHere, 1);
        row("others only", R"({"b":[3]})", "{}", Whereabouts::SomeOnlyHere, 2);
        row("nobody", "{}", "{}", Whereabouts::OnlyHere, 2);
        row("itself", R"({"me":[1,2]})", "{}", Whereabouts::OnlyHere, 2);
        row("somebody is silent", R"({"b":[1]})", R"({"c":"refused"})", Whereabouts::Unsure, 1);
        row("silent, and not needed", R"({"b":[1,2]})", R"({"c":"x"})", Whereabouts::Elsewhere, 0);
        row("itself is silent", "{}", R"({"me":"refused"})", Whereabouts::OnlyHere, 2);
    }
    void judges()
    {
        QFETCH(QByteArray, holders);
        QFETCH(QByteArray, silent);
        QFETCH(int, where);
        QFETCH(int, onlyHere);
        const std::string text = answer(holders.toStdString(), silent.toStdString());
        const Result<DrainVerdict> verdict = judgeDrained(drained({1, 2}), text, {"me"});
        QVERIFY(verdict);
        QCOMPARE(int(verdict->where), where);
        QCOMPARE(int(verdict->onlyHere.size()), onlyHere);
    }
    void believesNoOtherAnswer()
    {
        for (const char* text :
             {"", "x", "[]", "{}", R"({"storage_index":"other","holders":{},"silent":{}})",
              R"({"storage_index":"si","holders":{"a":["x"]},"silent":{}})",
              R"({"storage_index":"si","holders":{"a":[999]},"silent":{}})",
              R"({"storage_index":"si","holders":{"a":1},"silent":{}})",
              R"({"storage_index":"si","holders":{}})"}) {
            const Result<DrainVerdict> verdict = judgeDrained(drained({1}), text, {});
            QVERIFY2(!verdict, text);
            QVERIFY(verdict.error().code() == ErrorCode::PeerMisbehaved);
        }
    }
    void tells()
    {
        const DrainedIndex index = drained({1, 2});
        const Result<DrainVerdict> some =
            judgeDrained(index, answer(R"({"b":[1,5]})", R"({"me":"x"})"), {"me"});
        const Result<DrainVerdict> none = judgeDrained(index, answer("{}"), {});
        const Result<DrainVerdict> both = judgeDrained(index, answer(R"({"b":[1,2]})"), {});
        QVERIFY(some && none && both);
        QCOMPARE(verdictLine(index, *some),
                 std::string("some-only-here\tsi\tmutable\t2\t2\t0\talice,\"b\\x1b\"\n"));
        QCOMPARE(verdictLine(index, *none),
                 std::string("only-here\tsi\tmutable\t1,2\t0\t0\talice,\"b\\x1b\"\n"));
        QVERIFY(verdictJson(index, *some).find(R"("only_here":[2])") != std::string::npos);
        DrainTotals totals;
        totals.add(index, *both);
        QVERIFY(totals.allElsewhere());
        QCOMPARE(totalsLine(totals),
                 std::string("1 storage indexes: 1 elsewhere, 0 with shares that only it has, 0 "
                             "that nobody else has, 0 unsure\n"));
        totals.add(index, *some);
        totals.add(index, *none);
        QVERIFY(!totals.allElsewhere());
        QVERIFY(totalsLine(totals).ends_with("0 unsure; 600 B not elsewhere\n"));
        QVERIFY(totalsJson(totals).find(R"("only_here":1)") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestDrainReport)
#include "test_drain_report.moc"
