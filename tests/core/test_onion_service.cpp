#include "core/crypto/hmac.h"
#include "core/net/onion_key.h"
#include "core/net/onion_service.h"
#include "tests/support/engine.h"
#include "tests/support/line_double.h"
#include "tests/support/seeded_random.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <fstream>

using namespace tarn;
using namespace tarn::net;
using namespace std::chrono_literals;
using test::LineDouble;

namespace {

const std::string kCookie(32, 'c');
const std::string kServerNonce(64, '1');

/// A Tor that behaves, with one thing or the other wrong.
struct TorDouble
{
    std::string methods = "NULL";
    std::string cookieFile;
    std::string password;
    std::string cookie = kCookie;
    std::string onion; ///< the answer to ADD_ONION; empty: as Tor does
    std::string name;
    std::string challenge; ///< of the last AUTHCHALLENGE

    std::string operator()(const std::string& line)
    {
        if (line == "PROTOCOLINFO 1") {
            const std::string file = cookieFile.empty() ? "" : " COOKIEFILE=\"" + cookieFile + "\"";
            return "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=" + methods + file + "\r\n250 OK\r\n";
        }
        if (line.starts_with("AUTHCHALLENGE SAFECOOKIE ")) {
            challenge = line.substr(25);
            return "250 AUTHCHALLENGE SERVERHASH=" +
                   proof("Tor safe cookie authentication server-to-controller hash") +
                   " SERVERNONCE=" + kServerNonce + "\r\n";
        }
        if (line.starts_with("AUTHENTICATE")) {
            std::string wanted = password.empty() ? "" : " " + torQuoted(password);
            if (!challenge.empty())
                wanted = " " + proof("Tor safe cookie authentication controller-to-server hash");
            if (line.substr(12) == wanted) return "250 OK\r\n";
            return "515 Authentication failed\r\nclose";
        }
        if (line == "GETINFO status/bootstrap-phase")
            return "250-status/bootstrap-phase=NOTICE BOOTSTRAP PROGRESS=45 TAG=x SUMMARY=\"Half "
                   "way\"\r\n250 OK\r\n";
        if (line.starts_with("ADD_ONION ED25519-V3:"))
            return onion.empty() ? "250-ServiceID=" + name + "\r\n250 OK\r\n" : onion;
        return "510 Unrecognized command\r\n";
    }
    std::string proof(std::string_view key) const
    {
        const QByteArray message = QByteArray::fromStdString(cookie) +
                                   QByteArray::fromHex(QByteArray::fromStdString(challenge)) +
                                   QByteArray::fromHex(QByteArray::fromStdString(kServerNonce));
        const auto bytes =
            std::as_bytes(std::span(message.constData(), static_cast<std::size_t>(message.size())));
        return toHex(crypto::hmacSha256(asBytes(key), bytes).view());
    }
};

asio::awaitable<Result<TorBootstrap>> askedHowFar(ControlAddress address, WorkPool& files,
                                                  Clock& clock, Random& random)
{
    Secret none;
    TARN_CO_TRY(
        const std::unique_ptr<TorControl> tor,
        co_await TorControl::open(std::move(address), std::move(none), files, clock, random));
    co_return co_await tor->bootstrap();
}

struct Rig
{
    explicit Rig(TorDouble torToUse) : tor(std::move(torToUse))
    {
        const wire::Location location = onionLocation(seed, 80);
        tor.name = location.host.substr(0, 56);
    }

    /// Runs until the service has no trouble, or the given trouble.
    bool becomes(std::string_view trouble)
    {
        for (int i = 0; i < 300; ++i) {
            if (trouble.empty() ? service->trouble().empty()
                                : service->trouble().find(trouble) != std::string::npos)
                return true;
            engine.context().restart();
            if (engine.context().run_one_for(std::chrono::milliseconds(10)) == 0)
                engine.clock().advance(1s);
        }
        return false;
    }
    void start(std::string_view password = {})
    {
        OnionSettings settings;
        settings.control.endpoint = control.address();
        settings.port = 80;
        service = std::make_unique<OnionService>(
            engine.executor(), settings, seed, Secret(password),
            Endpoint(asio::ip::address_v4::any(), 4711), *pool, engine.clock(), random);
    }
    ~Rig()
    {
        engine.onEngine([this] { service.reset(); });
    }

    test::Engine engine;
    test::SeededRandom random{1};
    std::unique_ptr<WorkPool> pool = makeInlinePool();
    crypto::Ed25519Seed seed = crypto::Ed25519Seed::prefixOf(Bytes(32, std::byte{7}));
    TorDouble tor;
    LineDouble control{engine.executor(), [this](const std::string& line) { return tor(line); }};
    std::unique_ptr<OnionService> service;
};

} // namespace

class TestOnionService final : public QObject
{
    Q_OBJECT
private:
    QTemporaryDir m_folder;

    std::string cookieFile(const std::string& content)
    {
        const std::string path = m_folder.filePath("cookie").toStdString();
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }

private Q_SLOTS:
    void isPublished()
    {
        Rig rig({});
        rig.start();
        QVERIFY2(rig.becomes(""), rig.service->trouble().c_str());
        const std::string& line = rig.control.lines().back();
        QVERIFY(line.ends_with(" Port=80,127.0.0.1:4711"));
        QVERIFY(line.find(asText(onionKeyBlob(rig.seed).view())) != std::string::npos);
    }
    void saysHowFarItIs()
    {
        Rig rig({});
        ControlAddress address;
        address.endpoint = rig.control.address();
        std::optional<Result<TorBootstrap>> said;
        asio::co_spawn(rig.engine.context(),
                       askedHowFar(address, *rig.pool, rig.engine.clock(), rig.random),
                       [&](std::exception_ptr, Result<TorBootstrap> answer) { said = answer; });
        for (int i = 0; i < 300 && !said; ++i) {
            rig.engine.context().restart();
            rig.engine.context().run_one_for(std::chrono::milliseconds(10));
        }
        QVERIFY(said && *said);
        QCOMPARE((*said)->percent, 45U);
        QCOMPARE((*said)->summary, std::string("Half way"));
        for (const std::string& line : rig.control.lines())
            QVERIFY2(!line.starts_with("ADD_ONION"), "nothing is made");
    }
    void logsInWithTheCookie()
    {
        TorDouble tor;
        tor.methods = "COOKIE,SAFECOOKIE";
        tor.cookieFile = cookieFile(kCookie);
        Rig rig(tor);
        rig.start();
        QVERIFY2(rig.becomes(""), rig.service->trouble().c_str());
        for (const std::string& line : rig.control.lines())
            QVERIFY(line.find(toHex(asBytes(kCookie))) == std::string::npos);
    }
    void logsInWithThePassword()
    {
        TorDouble tor;
        tor.methods = "COOKIE,SAFECOOKIE,HASHEDPASSWORD";
        tor.password = "it's \"secret\"";
        Rig rig(tor);
        rig.start(tor.password);
        QVERIFY2(rig.becomes(""), rig.service->trouble().c_str());
    }
    void saysWhyNot_data()
    {
        QTest::addColumn<QString>("methods");
        QTest::addColumn<QString>("cookie");
        QTest::addColumn<QString>("onion");
        QTest::addColumn<QString>("trouble");
        const QString good = QString::fromStdString(kCookie);
        QTest::newRow("another cookie") << "SAFECOOKIE" << QString(32, 'x') << ""
                                        << "does not know Tor's cookie";
        QTest::newRow("a short cookie") << "SAFECOOKIE"
                                        << "short"
                                        << ""
                                        << "cannot be read";
        QTest::newRow("a long cookie") << "SAFECOOKIE" << QString(33, 'c') << ""
                                       << "cannot be read";
        QTest::newRow("the unsafe cookie only") << "COOKIE" << good << ""
                                                << "wants a password";
        QTest::newRow("a password that is not there") << "HASHEDPASSWORD"
                                                      << ""
                                                      << ""
                                                      << "wants a password";
        QTest::newRow("no onion services") << "NULL"
                                           << ""
                                           << "512 Bad arguments\r\n"
                                           << "ADD_ONION: Tor answers 512 Bad arguments";
        QTest::newRow("the same key elsewhere") << "NULL"
                                                << ""
                                                << "550 Onion address collision\r\n"
                                                << "550 Onion address collision";
        const QString other = "250-ServiceID=" + QString(56, 'a') + "\r\n250 OK\r\n";
        QTest::newRow("another service") << "NULL"
                                         << "" << other << "made another onion service";
        QTest::newRow("no name") << "NULL"
                                 << ""
                                 << "250 OK\r\n"
                                 << "no name";
        QTest::newRow("not a Tor") << "NULL"
                                   << ""
                                   << "hello\r\n"
                                   << "not a Tor's answer";
        QTest::newRow("an endless line") << "NULL"
                                         << "" << QString(20'000, 'x') << "a line without end";
        QTest::newRow("the end") << "NULL"
                                 << ""
                                 << "close"
                                 << "ended the connection";
        QTest::newRow("silence") << "NULL"
                                 << ""
                                 << "250-"
                                 << "made no progress";
    }
    void saysWhyNot()
    {
        QFETCH(QString, methods);
        QFETCH(QString, cookie);
        QFETCH(QString, onion);
        QFETCH(QString, trouble);
        TorDouble tor;
        tor.methods = methods.toStdString();
        if (!cookie.isEmpty()) tor.cookieFile = cookieFile(cookie.toStdString());
        tor.onion = onion.toStdString();
        Rig rig(tor);
        rig.start();
        QVERIFY2(rig.becomes(trouble.toStdString()), rig.service->trouble().c_str());
    }
    void aWrongPasswordIsRefused()
    {
        TorDouble tor;
        tor.methods = "HASHEDPASSWORD";
        tor.password = "right";
        Rig rig(tor);
        rig.start("wrong");
        QVERIFY2(rig.becomes("515 Authentication failed"), rig.service->trouble().c_str());
        QVERIFY(rig.service->trouble().find("wrong") == std::string::npos);
    }
    void comesBackWithTor()
    {
        Rig rig({});
        rig.start();
        QVERIFY(rig.becomes(""));
        rig.control.hangUp();
        QVERIFY(rig.becomes("the control connection ended"));
        QVERIFY(rig.becomes(""));
        QCOMPARE(rig.control.connections(), std::size_t(2));
    }
    void doesNotStorm()
    {
        TorDouble tor;
        tor.onion = "close";
        Rig rig(tor);
        rig.start();
        const TimePoint begun = rig.engine.clock().now();
        while (rig.engine.clock().now() - begun < 10min) {
            rig.engine.context().restart();
            if (rig.engine.context().run_one_for(std::chrono::milliseconds(5)) == 0)
                rig.engine.clock().advance(1s);
        }
        QVERIFY(rig.control.connections() >= 8);
        QVERIFY2(rig.control.connections() <= 20,
                 std::to_string(rig.control.connections()).c_str());
    }
    void addressesOfControlPorts_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("good");
        QTest::newRow("socket") << "unix:/run/tor/control" << true;
        QTest::newRow("IPv4") << "tcp:127.0.0.1:9051" << true;
        QTest::newRow("IPv6") << "tcp:[::1]:9051" << true;
        QTest::newRow("relative") << "unix:control" << false;
        QTest::newRow("long") << "unix:/" + QString(107, 'x') << false;
        QTest::newRow("elsewhere") << "tcp:192.0.2.1:9051" << false;
        QTest::newRow("everywhere") << "tcp:0.0.0.0:9051" << false;
        QTest::newRow("name") << "tcp:localhost:9051" << false;
        QTest::newRow("port 0") << "tcp:127.0.0.1:0" << false;
        QTest::newRow("no kind") << "127.0.0.1:9051" << false;
        QTest::newRow("nothing") << "" << false;
    }
    void addressesOfControlPorts()
    {
        QFETCH(QString, text);
        QFETCH(bool, good);
        const Result<ControlAddress> address = parseControlAddress(text.toStdString());
        QCOMPARE(address.has_value(), good);
        if (good) QCOMPARE(QString::fromStdString(textOf(*address)), text);
    }
};

QTEST_GUILESS_MAIN(TestOnionService)
#include "test_onion_service.moc"
