#include "profiles/friendnet/whereabouts.h"
#include "tests/support/engine.h"

#include <boost/asio/detached.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;
using namespace std::chrono_literals;

namespace {

asio::ip::address ip(const char* text)
{
    return asio::ip::make_address(text);
}

struct Rig
{
    Rig()
    {
        settings.listen = HostPort{"0.0.0.0", 41001};
        Whereabouts::Parts parts{engine.executor(),
                                 engine.clock(),
                                 *pool,
                                 [this] {
                                     ++reads;
                                     return local;
                                 },
                                 [this] { ++changed; },
                                 [this] { ++moved; }};
        where = std::make_unique<Whereabouts>(std::move(parts), settings);
    }
    ~Rig()
    {
        engine.run(stopping(*where));
        engine.onEngine([this] { where.reset(); });
    }
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;

    static asio::awaitable<bool> starting(Whereabouts& where)
    {
        co_await where.start();
        co_return true;
    }
    static asio::awaitable<bool> stopping(Whereabouts& where)
    {
        co_await where.stop();
        co_return true;
    }
    static asio::awaitable<bool> sleeping(Clock& clock, Duration time)
    {
        co_await clock.sleep(time);
        co_return true;
    }
    void start() { engine.run(starting(*where)); }
    void pass(Duration time) { engine.run(sleeping(engine.clock(), time)); }
    std::string told() const
    {
        std::string out;
        for (const wire::Location& location : where->told())
            out += wire::placeOf(location) + " ";
        return out;
    }

    test::Engine engine;
    std::unique_ptr<WorkPool> pool = makeInlinePool();
    std::vector<LocalAddress> local{{ip("192.168.1.2"), "eth0"}};
    Whereabouts::Settings settings;
    unsigned reads = 0;
    unsigned changed = 0;
    unsigned moved = 0;
    std::unique_ptr<Whereabouts> where;
};

} // namespace

class TestWhereabouts final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void knowsThemOnceStarted()
    {
        Rig rig;
        rig.start();
        QCOMPARE(rig.told(), std::string("192.168.1.2:41001 "));
        QCOMPARE(rig.reads, 1U);
    }
    void anotherNetworkIsSeenWithin5s()
    {
        Rig rig;
        rig.start();
        const unsigned before = rig.changed;
        rig.pass(60s);
        QCOMPARE(rig.changed, before); // nothing is told twice
        rig.local = {{ip("10.0.0.9"), "wlan0"}};
        rig.pass(5s);
        QCOMPARE(rig.told(), std::string("10.0.0.9:41001 "));
        QCOMPARE(rig.changed, before + 1);
        rig.local.clear();
        rig.pass(5s);
        QCOMPARE(rig.told(), std::string("127.0.0.1:41001 "));
    }
    void whatWasSaidOfAnotherNetworkIsForgotten()
    {
        Rig rig;
        rig.start();
        AddressProof proof;
        proof.address = ip("198.51.100.7");
        proof.port = 41001;
        proof.reached = true;
        rig.engine.onEngine([&] { rig.where->noteProof(proof); });
        QCOMPARE(rig.told(), std::string("198.51.100.7:41001 192.168.1.2:41001 "));
        rig.local = {{ip("10.0.0.9"), "wlan0"}};
        rig.pass(5s);
        QCOMPARE(rig.told(), std::string("10.0.0.9:41001 "));
    }
    /// The address of this home changes, and no interface shows it.
    void whatAMemberSawBeforeGoesWithWhatItSeesNow()
    {
        Rig rig;
        rig.start();
        AddressProof proof;
        proof.port = 41001;
        proof.reached = true;
        proof.observer = "v0-bob";
        for (const char* const address : {"198.51.100.7", "198.51.100.8"}) {
            proof.address = ip(address);
            proof.at += std::chrono::minutes(10);
            rig.engine.onEngine([&] { rig.where->noteProof(proof); });
        }
        QCOMPARE(rig.told(), std::string("198.51.100.8:41001 192.168.1.2:41001 "));
        QCOMPARE(rig.where->seenAs().size(), std::size_t{1});
        // Another member, much later: what was said so long ago is not known any more.
        proof.observer = "v0-carol";
        proof.address = ip("198.51.100.9");
        proof.at += std::chrono::minutes(71);
        rig.engine.onEngine([&] { rig.where->noteProof(proof); });
        QCOMPARE(rig.told(), std::string("198.51.100.9:41001 192.168.1.2:41001 "));
    }
    void theRoutersDoorComesAndGoes()
    {
        Rig rig;
        rig.start();
        const unsigned before = rig.changed;
        rig.engine.onEngine([&] { rig.where->noteDoor(RouterDoor{ip("192.0.2.1"), 7, "PCP"}); });
        rig.engine.onEngine([&] { rig.where->noteDoor(RouterDoor{ip("192.0.2.1"), 7, "PCP"}); });
        QCOMPARE(rig.changed, before + 1);
        QCOMPARE(rig.told(), std::string("192.0.2.1:7 192.168.1.2:41001 "));
        rig.engine.onEngine([&] { rig.where->noteDoor(std::nullopt); });
        QCOMPARE(rig.told(), std::string("192.168.1.2:41001 "));
    }
    void aRouterAtAnotherAddressIsAnotherNetwork()
    {
        Rig rig;
        rig.start();
        const unsigned before = rig.moved;
        rig.engine.onEngine([&] { rig.where->noteDoor(RouterDoor{ip("192.0.2.1"), 7, "PCP"}); });
        AddressProof proof;
        proof.address = ip("192.0.2.1");
        proof.port = 7;
        proof.reached = true;
        rig.engine.onEngine([&] { rig.where->noteProof(proof); });
        QCOMPARE(rig.moved, before);
        rig.engine.onEngine([&] { rig.where->noteDoor(RouterDoor{ip("192.0.2.9"), 7, "PCP"}); });
        QCOMPARE(rig.moved, before + 1);
        QCOMPARE(rig.told(), std::string("192.0.2.9:7 192.168.1.2:41001 "));
    }
    void offIsOff()
    {
        Rig rig;
        rig.settings.reach.interfaces = false;
        rig.engine.onEngine([&] { rig.where->configure(rig.settings); });
        rig.start();
        rig.pass(60s);
        QCOMPARE(rig.reads, 0U);
        QCOMPARE(rig.told(), std::string());
        rig.settings.reach.interfaces = true;
        rig.settings.looksAround = false;
        rig.engine.onEngine([&] { rig.where->configure(rig.settings); });
        rig.pass(60s);
        QCOMPARE(rig.reads, 0U);
        rig.settings.looksAround = true;
        rig.engine.onEngine([&] { rig.where->configure(rig.settings); });
        QCOMPARE(rig.told(), std::string("192.168.1.2:41001 "));
        rig.settings.reach.interfaces = false;
        rig.engine.onEngine([&] { rig.where->configure(rig.settings); });
        QCOMPARE(rig.told(), std::string());
    }
};

QTEST_GUILESS_MAIN(TestWhereabouts)
#include "test_whereabouts.moc"
