#include "core/net/plain_channel.h"
#include "core/net/sam_reply.h"
#include "core/net/sam_session.h"
#include "core/net/static_dialer.h"
#include "tests/support/engine.h"
#include "tests/support/line_double.h"
#include "tests/support/seeded_random.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::net;
using namespace std::chrono_literals;
using test::LineDouble;

namespace {

std::string destinationText()
{
    QByteArray raw(387, '\0');
    return raw.toBase64().toStdString();
}

/// A router that behaves, with one answer replaced.
struct RouterDouble
{
    std::string topic; ///< start of the lines that are answered otherwise
    std::string otherwise;

    std::string operator()(const std::string& line) const
    {
        if (!topic.empty() && line.starts_with(topic)) return otherwise;
        if (line.starts_with("HELLO ")) return "HELLO REPLY RESULT=OK VERSION=3.1\n";
        if (line.starts_with("SESSION CREATE ")) return "SESSION STATUS RESULT=OK DESTINATION=x\n";
        if (line.starts_with("NAMING LOOKUP "))
            return "NAMING REPLY RESULT=OK NAME=x VALUE=" + destinationText() + "\n";
        if (line.starts_with("STREAM CONNECT ")) return "STREAM STATUS RESULT=OK\ntunnel";
        if (line.starts_with("STREAM FORWARD ")) return "STREAM STATUS RESULT=OK\n";
        if (line.starts_with("DEST GENERATE"))
            return "DEST REPLY PUB=" + destinationText() + " PRIV=" + destinationText() + "\n";
        return "HELLO REPLY RESULT=I2P_ERROR\n";
    }
};

asio::awaitable<Result<std::string>> echoed(SamSession& session, Clock& clock)
{
    TARN_CO_TRY(Stream stream, co_await session.connect("abc.b32.i2p", 60s));
    if (stream.path != PathKind::Sam) co_return Error(ErrorCode::Internal, "another path");
    PlainChannel channel(std::move(stream), clock);
    const std::array<ByteView, 1> pieces{asBytes("hello")};
    TARN_CO_TRY_VOID(co_await channel.write(pieces));
    Bytes buffer(5);
    TARN_CO_TRY(const std::size_t count, co_await channel.readSome(buffer));
    co_return std::string(asText(ByteView(buffer).first(count)));
}

struct Rig
{
    explicit Rig(RouterDouble routerToUse = {}) : behaviour(std::move(routerToUse)) {}
    ~Rig()
    {
        engine.onEngine([this] { session.reset(); });
    }
    void open(std::optional<Endpoint> forward = std::nullopt, std::string_view keys = {})
    {
        SamSettings settings;
        settings.router = router.address();
        settings.forward = std::move(forward);
        session = std::make_unique<SamSession>(engine.executor(), settings, Secret(keys),
                                               engine.clock(), random);
    }
    template <class T>
    Result<T> run(asio::awaitable<Result<T>> work)
    {
        std::optional<Result<T>> out;
        asio::co_spawn(engine.context(), std::move(work),
                       [&](std::exception_ptr, Result<T> result) { out = std::move(result); });
        while (!out)
            step();
        return *std::move(out);
    }
    void step()
    {
        engine.context().restart();
        if (engine.context().run_one_for(std::chrono::milliseconds(10)) == 0)
            engine.clock().advance(1s);
    }
    std::size_t count(std::string_view start) const
    {
        return static_cast<std::size_t>(
            std::count_if(router.lines().begin(), router.lines().end(),
                          [&](const std::string& line) { return line.starts_with(start); }));
    }

    test::Engine engine;
    test::SeededRandom random{1};
    RouterDouble behaviour;
    LineDouble router{engine.executor(),
                      [this](const std::string& line) { return behaviour(line); }};
    std::unique_ptr<SamSession> session;
};

} // namespace

class TestSamSession final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aRouterIsGreeted()
    {
        Rig rig;
        QVERIFY(rig.run(greetI2p(rig.router.address(), rig.engine.clock())));
        QCOMPARE(rig.router.lines(), std::vector<std::string>{"HELLO VERSION MIN=3.1 MAX=3.1"});
        Rig old(RouterDouble{"HELLO ", "HELLO REPLY RESULT=NOVERSION\n"});
        const Result<void> refused = old.run(greetI2p(old.router.address(), old.engine.clock()));
        QVERIFY(!refused);
        QVERIFY(refused.error().message().find("NOVERSION") != std::string::npos);
        Rig other(RouterDouble{"HELLO ", "HTTP/1.1 400 Bad Request\n"});
        const Result<void> web = other.run(greetI2p(other.router.address(), other.engine.clock()));
        QVERIFY(!web);
        QCOMPARE(web.error().code(), ErrorCode::PeerMisbehaved);
    }
    void connectsThroughOneSession()
    {
        Rig rig;
        rig.open();
        QCOMPARE(rig.router.connections(), std::size_t(0)); // opens with the first need
        for (int i = 0; i < 3; ++i) {
            const Result<std::string> text = rig.run(echoed(*rig.session, rig.engine.clock()));
            QVERIFY2(text, text ? "" : text.error().text().c_str());
            QCOMPARE(*text, std::string("hello"));
        }
        QCOMPARE(rig.count("SESSION CREATE STYLE=STREAM ID=tarn-"), std::size_t(1));
        QCOMPARE(rig.count("NAMING LOOKUP NAME=abc.b32.i2p"), std::size_t(3));
        QVERIFY(rig.session->trouble().empty());
    }
    void ledInItOpensAtOnceAndStaysOpen()
    {
        Rig rig;
        rig.open(Endpoint(asio::ip::address_v4::loopback(), 4711), "KEYS==");
        while (!rig.session->trouble().empty())
            rig.step();
        QCOMPARE(rig.count("STREAM FORWARD "), std::size_t(1));
        const std::string& line = rig.router.lines().back();
        QVERIFY2(line.ends_with("PORT=4711 HOST=127.0.0.1 SILENT=true"), line.c_str());
        QCOMPARE(rig.count("SESSION CREATE"), std::size_t(1));
        rig.router.hangUp();
        while (rig.count("STREAM FORWARD ") < 2)
            rig.step();
        QCOMPARE(rig.count("SESSION CREATE"), std::size_t(2));
    }
    void aSessionThatEndedIsOpenedAgainWhenNeeded()
    {
        Rig rig;
        rig.open();
        QVERIFY(rig.run(echoed(*rig.session, rig.engine.clock())));
        rig.router.hangUp();
        while (rig.session->trouble().empty())
            rig.step();
        QCOMPARE(rig.count("SESSION CREATE"), std::size_t(1));
        rig.engine.clock().advance(2s);
        QVERIFY(rig.run(echoed(*rig.session, rig.engine.clock())));
        QCOMPARE(rig.count("SESSION CREATE"), std::size_t(2));
    }
    void troubles_data()
    {
        QTest::addColumn<QString>("topic");
        QTest::addColumn<QString>("answer");
        QTest::addColumn<QString>("error");
        QTest::newRow("no version") << "HELLO"
                                    << "HELLO REPLY RESULT=NOVERSION\n"
                                    << "NOVERSION";
        QTest::newRow("not SAM") << "HELLO"
                                 << "220 mail.example\n"
                                 << "\"HELLO REPLY\" was expected";
        QTest::newRow("no words") << "HELLO"
                                  << "SSH-2.0-x\n"
                                  << "not a router's answer";
        QTest::newRow("another topic") << "HELLO"
                                       << "STREAM STATUS RESULT=OK\n"
                                       << "\"HELLO REPLY\" was expected";
        QTest::newRow("no tunnels") << "SESSION"
                                    << "SESSION STATUS RESULT=I2P_ERROR MESSAGE=\"no tunnels\"\n"
                                    << "I2P_ERROR, no tunnels";
        QTest::newRow("unknown name") << "NAMING"
                                      << "NAMING REPLY RESULT=KEY_NOT_FOUND NAME=x\n"
                                      << "KEY_NOT_FOUND";
        QTest::newRow("no destination") << "NAMING"
                                        << "NAMING REPLY RESULT=OK NAME=x\n"
                                        << "has no destination";
        QTest::newRow("two words") << "NAMING"
                                   << "NAMING REPLY RESULT=OK VALUE=\"a SILENT=true\"\n"
                                   << "has no destination";
        QTest::newRow("not there") << "STREAM"
                                   << "STREAM STATUS RESULT=CANT_REACH_PEER\n"
                                   << "CANT_REACH_PEER";
        QTest::newRow("the end") << "STREAM"
                                 << "close"
                                 << "ended the connection";
        QTest::newRow("silence") << "NAMING"
                                 << ""
                                 << "connecting to abc.b32.i2p";
        QTest::newRow("silence about the session") << "SESSION"
                                                   << ""
                                                   << "connecting to";
        QTest::newRow("an endless line")
            << "NAMING" << QString(20'000, 'x') << "a line without end";
    }
    void troubles()
    {
        QFETCH(QString, topic);
        QFETCH(QString, answer);
        QFETCH(QString, error);
        Rig rig({topic.toStdString(), answer.toStdString()});
        rig.open();
        const Result<std::string> text = rig.run(echoed(*rig.session, rig.engine.clock()));
        QVERIFY(!text);
        const QString said = QString::fromStdString(text.error().message());
        QVERIFY2(said.contains(error), qPrintable(said));
    }
    void doesNotStorm()
    {
        Rig rig({"SESSION", "SESSION STATUS RESULT=I2P_ERROR\n"});
        rig.open();
        const TimePoint begun = rig.engine.clock().now();
        while (rig.engine.clock().now() - begun < 60s) {
            QVERIFY(!rig.run(echoed(*rig.session, rig.engine.clock())));
            rig.engine.clock().advance(200ms);
        }
        QVERIFY(rig.router.connections() >= 4);
        QVERIFY2(rig.router.connections() <= 10, std::to_string(rig.router.connections()).c_str());
    }
    void namesAreOneWord()
    {
        Rig rig;
        rig.open();
        for (const char* name : {"", "a b", "a\nSTREAM", "a\"b"}) {
            const auto out = rig.run(rig.session->connect(name, 1s));
            QCOMPARE(out.error().code(), ErrorCode::InvalidInput);
        }
        QCOMPARE(rig.router.connections(), std::size_t(0));
    }
    void makesKeys()
    {
        Rig rig;
        const Result<Secret> keys = rig.run(makeI2pKeys(rig.router.address(), rig.engine.clock()));
        QVERIFY(keys);
        QVERIFY(i2pNameOf(asText(keys->view())));
        Rig strange({"DEST", "DEST REPLY PUB=AAAA PRIV=AAAA\n"});
        QVERIFY(!strange.run(makeI2pKeys(strange.router.address(), strange.engine.clock())));
    }
    void theDialerHasASessionForAllServers()
    {
        Rig rig;
        Outgoing outgoing;
        outgoing.i2p = *parseRoute("sam://" + textOf(rig.router.address()));
        auto dialer =
            std::make_unique<StaticDialer>(std::move(outgoing), rig.engine.clock(), rig.random);
        for (const char* place : {"i2p:abc.b32.i2p:1", "i2p:def.b32.i2p:1"}) {
            std::vector<Location> locations{*wire::parseLocation(place)};
            const Result<Stream> stream = rig.run(dialer->dial(locations));
            QVERIFY2(stream, stream ? "" : stream.error().text().c_str());
        }
        QCOMPARE(rig.count("SESSION CREATE"), std::size_t(1));
        rig.engine.onEngine([&dialer] { dialer.reset(); });
    }
};

QTEST_GUILESS_MAIN(TestSamSession)
#include "test_sam_session.moc"
