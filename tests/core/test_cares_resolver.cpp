#include "core/net/cares_resolver.h"
#include "core/net/static_dialer.h"
#include "tests/support/engine.h"
#include "tests/support/seeded_random.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

#include <QtCore/QByteArrayList>
#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;
using net::CaresResolver;
using Addresses = std::vector<asio::ip::address>;

namespace {

using Udp = asio::ip::udp;

/// A name server on loopback: answers every question for an address with those it was given.
class NameServer
{
public:
    explicit NameServer(asio::io_context& context)
        : m_socket(context, Udp::endpoint(asio::ip::address_v4::loopback(), 0))
    {
        receive();
    }
    net::Endpoint address() const
    {
        return {asio::ip::address_v4::loopback(), m_socket.local_endpoint().port()};
    }

    QByteArrayList v4;
    QByteArrayList v6;
    char rcode = 0;
    bool silent = false;
    bool garbage = false;
    int asked = 0;

private:
    void receive()
    {
        m_socket.async_receive_from(
            asio::buffer(m_buffer), m_peer,
            [this](boost::system::error_code error, std::size_t size) {
                if (error) return;
                ++asked;
                if (!silent) answer(QByteArray(m_buffer.data(), static_cast<int>(size)));
                receive();
            });
    }
    void answer(const QByteArray& question)
    {
        const auto end = question.indexOf('\0', 12) + 5; // name, type, class
        const bool six = question.at(end - 3) == 28;
        const QByteArrayList& all = six ? v6 : v4;
        QByteArray out = question.left(2) + QByteArray("\x81", 1);
        out += static_cast<char>(0x80 | rcode);
        out += QByteArray("\0\1\0", 3) + static_cast<char>(all.size()) + QByteArray("\0\0\0\0", 4);
        out += question.mid(12, end - 12);
        for (const QByteArray& one : all) {
            out += QByteArray("\xc0\x0c\0", 3) + (six ? '\x1c' : '\1') +
                   QByteArray("\0\1\0\0\0\x3c\0", 7) + static_cast<char>(one.size()) + one;
        }
        if (garbage) out = question.left(2) + QByteArray(40, '\xff');
        m_socket.send_to(asio::buffer(out.constData(), static_cast<std::size_t>(out.size())),
                         m_peer);
    }

    Udp::socket m_socket;
    Udp::endpoint m_peer;
    std::array<char, 1500> m_buffer{};
};

struct Rig
{
    Rig()
    {
        auto opened = CaresResolver::open(engine.executor(), {server.address()}, engine.clock());
        if (opened) resolver = *std::move(opened);
    }
    ~Rig()
    {
        engine.onEngine([this] { resolver.reset(); });
    }
    /// Sockets in real time; virtual time passes when nothing else does.
    Result<Addresses> resolve(const std::string& name)
    {
        std::optional<Result<Addresses>> out;
        asio::co_spawn(engine.context(), resolver->resolve(name),
                       [&](std::exception_ptr, Result<Addresses> result) { out = result; });
        while (!out) {
            engine.context().restart();
            if (engine.context().run_one_for(std::chrono::milliseconds(50)) == 0)
                engine.clock().advance(1s);
        }
        return *out;
    }

    test::Engine engine;
    NameServer server{engine.context()};
    std::unique_ptr<CaresResolver> resolver;
};

} // namespace

class TestCaresResolver final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void findsAddresses()
    {
        Rig rig;
        rig.server.v4 = {QByteArray("\x7f\0\0\1", 4), QByteArray("\xc0\0\2\1", 4)};
        rig.server.v6 = {QByteArray(15, '\0') + '\1'};
        const Result<Addresses> out = rig.resolve("storage.example.org");
        QVERIFY2(out, out ? "" : out.error().text().c_str());
        QCOMPARE(out->size(), std::size_t(3));
        QCOMPARE(out->at(0).to_string(), std::string("127.0.0.1"));
        QCOMPARE(out->at(1).to_string(), std::string("192.0.2.1"));
        QCOMPARE(out->at(2).to_string(), std::string("::1"));
        QVERIFY(rig.resolve("storage.example.org"));
        QVERIFY(rig.server.asked >= 4); // nothing is kept
    }
    void oneKindIsEnough()
    {
        Rig rig;
        rig.server.v6 = {QByteArray(15, '\0') + '\1'};
        const Result<Addresses> out = rig.resolve("six.example");
        QVERIFY2(out, out ? "" : out.error().text().c_str());
        QCOMPARE(out->size(), std::size_t(1));
    }
    void saysThatThereAreNone()
    {
        Rig rig;
        QCOMPARE(rig.resolve("empty.example").error().code(), ErrorCode::NotFound);
        rig.server.rcode = 3;
        QCOMPARE(rig.resolve("missing.example").error().code(), ErrorCode::NotFound);
    }
    void serversThatFail()
    {
        Rig rig;
        rig.server.rcode = 2;
        QVERIFY(!rig.resolve("x.example"));
        rig.server.rcode = 5;
        QVERIFY(!rig.resolve("x.example"));
        rig.server.garbage = true;
        QVERIFY(!rig.resolve("x.example"));
    }
    void namesOnly()
    {
        Rig rig;
        for (const std::string& name : {std::string(), std::string("a b"), std::string("a\0b", 3),
                                        std::string(254, 'a'), std::string("a/b")})
            QCOMPARE(rig.resolve(name).error().code(), ErrorCode::InvalidInput);
        QVERIFY(!rig.resolve(std::string(100, 'a') + ".example"));
        QCOMPARE(rig.server.asked, 0);
    }
    void questionsEndWithTheResolver()
    {
        Rig rig;
        rig.server.silent = true;
        std::optional<Result<Addresses>> out;
        asio::co_spawn(rig.engine.context(), rig.resolver->resolve("x.example"),
                       [&](std::exception_ptr, Result<Addresses> result) { out = result; });
        rig.engine.settle();
        QVERIFY(!out);
        rig.engine.onEngine([&rig] { rig.resolver.reset(); });
        QVERIFY(out && !*out);
        QCOMPARE(out->error().code(), ErrorCode::Cancelled);
    }
    void theDialerTriesTheAddressesOfAName()
    {
        Rig rig;
        const asio::ip::tcp::acceptor open(rig.engine.context(),
                                           net::Endpoint(asio::ip::address_v4::loopback(), 0));
        rig.server.v4 = {QByteArray("\x7f\0\0\2", 4), QByteArray("\x7f\0\0\1", 4)};
        net::Outgoing outgoing;
        outgoing.nameServers = {rig.server.address()};
        test::SeededRandom random{1};
        auto dialer = std::make_unique<net::StaticDialer>(std::move(outgoing), rig.engine.clock(),
                                                          random, std::move(rig.resolver));
        std::vector<net::Location> locations{
            *wire::parseLocation("tcp:a.example:" + std::to_string(open.local_endpoint().port()))};
        const auto stream = rig.engine.runReal(dialer->dial(locations));
        QVERIFY(stream && *stream);
        rig.engine.onEngine([&dialer] { dialer.reset(); });
    }
};

QTEST_GUILESS_MAIN(TestCaresResolver)
#include "test_cares_resolver.moc"
