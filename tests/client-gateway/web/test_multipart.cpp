#include "client-gateway/web/multipart.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::web;

namespace {

struct Part
{
    std::string name;
    std::optional<std::string> fileName;
    std::string content;
    bool complete = false;
    friend bool operator==(const Part&, const Part&) = default;
};

struct Parsed
{
    std::vector<Part> parts;
    bool ended = false;
    std::string error;
};

void take(Parsed& parsed, const MultipartEvent& event)
{
    using Kind = MultipartEvent::Kind;
    if (event.kind == Kind::PartHead)
        parsed.parts.push_back({event.head.name, event.head.fileName, {}, false});
    if (event.kind == Kind::Data) parsed.parts.back().content += asText(event.data);
    if (event.kind == Kind::PartEnd) parsed.parts.back().complete = true;
    if (event.kind == Kind::End) parsed.ended = true;
}

/// Feeds `text` in pieces of `step` bytes.
Parsed parse(std::string_view text, std::size_t step, std::string_view boundary = "XX")
{
    Parsed parsed;
    MultipartParser parser(boundary);
    while (!text.empty() && !parsed.ended) {
        parser.feed(asBytes(text.substr(0, step)));
        text.remove_prefix(std::min(step, text.size()));
        for (;;) {
            const Result<MultipartEvent> event = parser.next();
            if (!event) {
                parsed.error = event.error().message();
                return parsed;
            }
            if (event->kind == MultipartEvent::Kind::NeedMore) break;
            take(parsed, *event);
            if (parsed.ended) break;
        }
    }
    return parsed;
}

const std::string kHead = "Content-Disposition: form-data; name=\"a\"\r\n\r\n";

} // namespace

class TestMultipart final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsPartsHoweverTheyArrive()
    {
        const std::string text = "preamble\r\n--XX\r\n"
                                 "Content-Disposition: form-data; name=\"t\"\r\n\r\nupload"
                                 "\r\n--XX  \r\n"
                                 "content-disposition: form-data; name=\"file\"; "
                                 "filename=\"a \\\"b\\\".txt\"\r\nContent-Type: text/plain\r\n\r\n"
                                 "line\r\n-\r\n--X\r\n--XY\r\n"
                                 "\r\n--XX\r\n"
                                 "Content-Disposition: form-data; name=empty\r\n\r\n"
                                 "\r\n--XX--\r\nepilogue";
        const std::vector<Part> expected{
            {"t", std::nullopt, "upload", true},
            {"file", "a \"b\".txt", "line\r\n-\r\n--X\r\n--XY\r\n", true},
            {"empty", std::nullopt, "", true}};
        for (std::size_t step = 1; step <= text.size(); ++step) {
            const Parsed parsed = parse(text, step);
            QVERIFY2(parsed.error.empty(), parsed.error.c_str());
            QVERIFY(parsed.ended);
            QVERIFY(parsed.parts == expected);
        }
    }
    void cutBodiesNeverEnd()
    {
        const std::string text = "--XX\r\n" + kHead + "content\r\n--XX--";
        for (std::size_t size = 0; size < text.size(); ++size)
            QVERIFY(!parse(text.substr(0, size), 7).ended);
        QVERIFY(parse(text, 7).ended);
    }
    void refuses_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("reason");
        QTest::newRow("no name") << QByteArray("--XX\r\nContent-Disposition: form-data\r\n\r\nx")
                                 << QByteArray("without a name");
        QTest::newRow("no disposition") << QByteArray("--XX\r\nContent-Type: text/plain\r\n\r\nx")
                                        << QByteArray("without a Content-Disposition");
        QTest::newRow("empty head")
            << QByteArray("--XX\r\n\r\nx\r\n--XX--") << QByteArray("without a Content-Disposition");
        QTest::newRow("no colon") << QByteArray("--XX\r\nnonsense\r\n\r\nx")
                                  << QByteArray("without a colon");
        QTest::newRow("boundary with more")
            << QByteArray("--XXtra\r\n\r\n") << QByteArray("does not end its line");
        QTest::newRow("endless head")
            << QByteArray("--XX\r\n") + QByteArray(20'000, 'h') << QByteArray("too long");
        QTest::newRow("endless space")
            << QByteArray("--XX") + QByteArray(20'000, ' ') << QByteArray("too much space");
        QByteArray many;
        for (int i = 0; i < 201; ++i)
            many += QByteArray("--XX\r\n") + QByteArray::fromStdString(kHead) + "v\r\n";
        QTest::newRow("too many parts") << many << QByteArray("more than 200");
    }
    void refuses()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, reason);
        for (const std::size_t step : {std::size_t{1}, std::size_t{1000}, std::size_t{100'000}}) {
            const Parsed parsed = parse(text.toStdString(), step);
            QVERIFY2(parsed.error.find(reason.toStdString()) != std::string::npos,
                     parsed.error.c_str());
        }
    }
    void readsBoundaries_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<QByteArray>("boundary");
        QTest::newRow("token") << QByteArray("multipart/form-data; boundary=abc")
                               << QByteArray("abc");
        QTest::newRow("quoted") << QByteArray("Multipart/Form-Data ; x=\"a;b\"; BOUNDARY=\"a b:c\"")
                                << QByteArray("a b:c");
        QTest::newRow("absent") << QByteArray("multipart/form-data") << QByteArray();
        QTest::newRow("empty") << QByteArray("multipart/form-data; boundary=\"\"") << QByteArray();
        QTest::newRow("long") << "multipart/form-data; boundary=" + QByteArray(71, 'b')
                              << QByteArray();
        QTest::newRow("longest") << "multipart/form-data; boundary=" + QByteArray(70, 'b')
                                 << QByteArray(70, 'b');
        QTest::newRow("other type") << QByteArray("text/plain; boundary=abc") << QByteArray();
        QTest::newRow("nothing") << QByteArray() << QByteArray();
    }
    void readsBoundaries()
    {
        QFETCH(QByteArray, header);
        QFETCH(QByteArray, boundary);
        const Result<std::string> out = multipartBoundary(header.toStdString());
        QCOMPARE(out.has_value(), !boundary.isNull());
        if (out) QCOMPARE(*out, boundary.toStdString());
    }
    void anyContentComesBack()
    {
        QVERIFY(test::forAll(300, [](test::SeededRandom& random) {
            std::string content;
            constexpr std::string_view kAlphabet = "\r\n-X";
            const std::uint64_t length = random.between(0, 60);
            while (content.size() < length)
                content += kAlphabet[random.between(0, 3)];
            if (("\r\n" + content).find("\r\n--XX") != std::string::npos) return true;
            const std::string text = "--XX\r\n" + kHead + content + "\r\n--XX--";
            const Parsed parsed = parse(text, random.between(1, 20));
            return parsed.ended && parsed.parts.size() == 1 &&
                   parsed.parts[0] == Part{"a", std::nullopt, content, true};
        }));
    }
    void noBytesHurt()
    {
        QVERIFY(test::forAll(500, [](test::SeededRandom& random) {
            const Bytes bytes = random.bytesBetween(0, 400);
            parse("--XX\r\n" + textOf(bytes), random.between(1, 50));
            return true;
        }));
    }
};

QTEST_GUILESS_MAIN(TestMultipart)
#include "test_multipart.moc"
