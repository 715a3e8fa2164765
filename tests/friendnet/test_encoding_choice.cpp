// Into how many shares an owner wants files to go: what can be chosen, and what is kept of it.
#include "profiles/friendnet/encoding_choice.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;
using control::EncodingChoice;

namespace {

bool refuses(const EncodingChoice& choice, std::uint32_t members, const char* words)
{
    const Result<void> checked = checkEncoding(choice, members);
    return !checked && checked.error().code() == ErrorCode::InvalidInput &&
           checked.error().message().find(words) != std::string::npos;
}

} // namespace

class TestEncodingChoice final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whatCanBeIsTaken()
    {
        QVERIFY(checkEncoding({1, 1, 1}, 1));
        QVERIFY(checkEncoding({2, 3, 5}, 5));
        QVERIFY(checkEncoding({2, 2, 2}, 5));
        QVERIFY(checkEncoding({256, 256, 256}, 300));
    }
    void whatCanNotBeIsSaid()
    {
        QVERIFY(refuses({0, 1, 1}, 9, "K is 0"));
        QVERIFY(refuses({4, 4, 3}, 9, "could never be given back"));
        QVERIFY(refuses({1, 4, 3}, 9, "no file would ever be safe"));
        QVERIFY(refuses({3, 2, 4}, 9, "only when they are lost"));
        QVERIFY(refuses({1, 1, 0}, 9, "1 to 256"));
        QVERIFY(refuses({3, 7, 257}, 300, "1 to 256"));
        QVERIFY(refuses({2, 3, 5}, 4, "only 4 members offer storage"));
        QVERIFY(refuses({1, 1, 2}, 1, "only 1 member offers storage"));
    }
    void whoLeftIsMissed()
    {
        const EncodingChoice choice{2, 3, 5};
        QCOMPARE(encodingProblem(choice, 5), std::string());
        const std::string problem = encodingProblem(choice, 3);
        for (const char* words : {"5 shares", "only 3 members", "tarn placement encoding auto"})
            QVERIFY2(problem.find(words) != std::string::npos, problem.c_str());
    }
    void choicesComeBack()
    {
        const ChosenEncoding five = EncodingChoice{2, 3, 5};
        QVERIFY(parseEncoding(encodingText(five)) && *parseEncoding(encodingText(five)) == five);
        const ChosenEncoding none;
        QVERIFY(parseEncoding(encodingText(none)) && *parseEncoding(encodingText(none)) == none);
        QCOMPARE(encodingText(five), std::string("2 3 5\n"));
    }
    void aFileThatIsNoneStopsTheStart()
    {
        const QTemporaryDir folder;
        const auto dir =
            node::StateDir::openBlocking(folder.filePath("node").toStdString(), "node");
        QVERIFY(dir && readEncodingBlocking(*dir) && !*readEncodingBlocking(*dir));
        QVERIFY(dir->writeFile(kEncodingFile, encodingText(EncodingChoice{1, 2, 3})));
        QVERIFY(readEncodingBlocking(*dir) && (*readEncodingBlocking(*dir))->total == 3);
        for (const char* text : {"", "\n", "2 3 5", "2 3\n", "2 3 5 \n", "2  3 5\n", "2 3 5\n\n",
                                 "auto", "automatic\n", "3 3 2\n", "-1 1 1\n", "1.5 2 2\n",
                                 "1 1 4294967297\n", "+1 1 1\n", "0x1 1 1\n"}) {
            QVERIFY(dir->writeFile(kEncodingFile, text));
            const Result<ChosenEncoding> read = readEncodingBlocking(*dir);
            QVERIFY2(!read && read.error().text().find("/encoding") != std::string::npos, text);
        }
    }
};

QTEST_GUILESS_MAIN(TestEncodingChoice)
#include "test_encoding_choice.moc"
