// What the operator asks about the scrub and a drain.
#include "storage-server/account_service.h"
#include "storage-server/upkeep_service.h"
#include "tests/support/store_rig.h"
#include "tests/support/transport_pairs.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QStringList>
#include <QtTest/QTest>

#include <array>

using namespace tarn;
using namespace tarn::storage;
using namespace tarn::test;

namespace {

struct Answer
{
    unsigned status = 0;
    std::string text;
    QJsonObject json() const
    {
        return QJsonDocument::fromJson(QByteArray::fromStdString(text)).object();
    }
};

asio::awaitable<void> get(net::HttpClientConnection& client, net::RequestHead head,
                          std::string_view body, Answer& answer, bool& done)
{
    const std::array<ByteView, 1> pieces{asBytes(body)};
    const Result<net::ResponseHead> got = co_await client.request(head, pieces);
    const Result<Bytes> text = co_await client.readAll(1U << 20U);
    if (got && text) answer = {got->status, textOf(*text)};
    done = true;
}

} // namespace

class TestUpkeepService final : public QObject
{
    Q_OBJECT

    std::unique_ptr<StoreRig> m_rig;
    SeededRandom m_random{37};
    std::unique_ptr<AccountBook> m_book;
    std::unique_ptr<Scrubber> m_scrubber;
    std::unique_ptr<Draining> m_draining;
    std::unique_ptr<LeaseKeeper> m_leases;
    std::unique_ptr<AccountService> m_accounts;
    std::unique_ptr<UpkeepService> m_service;

    void open()
    {
        QVERIFY(m_rig->open());
        const AccountBook::Parts book{m_rig->ledger(), m_rig->store(), m_rig->pool(),
                                      m_rig->clock(), m_random};
        m_book = *AccountBook::openBlocking(book);
        Scrubber::Parts scrubbing{m_rig->store(), m_rig->pool(), m_rig->clock(),
                                  (m_rig->root().parent_path() / "scrub.json").string()};
        m_scrubber = std::make_unique<Scrubber>(std::move(scrubbing), ScrubConfig());
        const Draining::Parts draining{m_rig->ledger(), m_rig->pool(), m_rig->clock()};
        m_draining = *Draining::openBlocking(draining);
        const LeaseKeeper::Parts keeping{m_rig->store(), *m_book, m_rig->ledger(), m_rig->pool(),
                                         m_rig->clock()};
        m_leases = std::make_unique<LeaseKeeper>(keeping, LeaseKeeperConfig());
        const auto apply = [this] {
            StoreConfig config = m_rig->config();
            config.readonly = m_draining->on();
            m_rig->store().reconfigure(config);
        };
        apply();
        m_draining->setObserver(apply);
        m_accounts = std::make_unique<AccountService>(
            *m_book, m_rig->ledger().usage(),
            [](const Account& /*account*/) { return std::vector<std::string>(); });
        UpkeepService::Parts parts{*m_accounts, *m_book,   m_rig->store(), *m_scrubber,
                                   *m_draining, *m_leases, "v0-server"};
        m_service = std::make_unique<UpkeepService>(std::move(parts));
    }
    Answer ask(const std::string& method, const std::string& target, const std::string& body = "")
    {
        asio::io_context engine;
        Result<ChannelPair> pair = makePlainPair(engine.get_executor(), m_rig->clock());
        Answer answer;
        bool done = false;
        net::RequestHead head;
        head.method = method;
        head.target = target;
        head.headers.add("Host", "localhost");
        {
            net::HttpClientConnection client(std::move(pair->client), m_rig->clock());
            net::HttpServer server(engine.get_executor(), *m_service, m_rig->clock(), {});
            server.serve(std::move(pair->server));
            asio::co_spawn(engine, get(client, std::move(head), body, answer, done),
                           asio::detached);
            m_rig->clock().runUntil(engine, std::chrono::minutes(5), [&] { return done; });
        }
        engine.restart();
        engine.poll();
        return answer;
    }
    std::uint64_t available() { return m_rig->run(m_rig->store().version())->availableSpace; }

private Q_SLOTS:
    void init()
    {
        m_rig = std::make_unique<StoreRig>();
        m_rig->keepAccounts();
        open();
    }
    void cleanup()
    {
        m_service.reset();
        m_accounts.reset();
        m_leases.reset();
        m_draining.reset();
        m_scrubber.reset();
        m_book.reset();
        m_rig.reset();
    }
    void tellsOfMissingShares()
    {
        const Answer told = ask("GET", "/admin/v1/leases");
        QCOMPARE(told.status, 200U);
        QCOMPARE(told.json()["missing_indexes"].toInt(-1), 0);
        QCOMPARE(told.json()["withheld"].toBool(true), false);
        QCOMPARE(ask("POST", "/admin/v1/leases/forget-missing").status, 200U);
        QCOMPARE(ask("GET", "/admin/v1/leases/forget-missing").status, 405U);
        QCOMPARE(ask("POST", "/admin/v1/leases").status, 405U);
    }
    void onlyADrainedServerIsWithdrawn()
    {
        const Answer early = ask("POST", "/admin/v1/drain/withdraw");
        QCOMPARE(early.status, 409U);
        QVERIFY(early.json()["error"].toString().contains("`drain on` comes first"));
        QVERIFY(!m_draining->withdrawn());
        QCOMPARE(ask("POST", "/admin/v1/drain/on").status, 200U);
        const auto since = m_draining->since();
        m_rig->clock().jumpWall(std::chrono::hours(1));
        const Answer done = ask("POST", "/admin/v1/drain/withdraw");
        QCOMPARE(done.status, 200U);
        QVERIFY(done.json()["draining"].toBool() && done.json()["withdrawn"].toBool());
        QVERIFY(m_draining->since() == since);
        QCOMPARE(available(), std::uint64_t(0));
        const Draining::Parts parts{m_rig->ledger(), m_rig->pool(), m_rig->clock()};
        const auto again = Draining::openBlocking(parts);
        QVERIFY(again && (*again)->withdrawn() && (*again)->since() == since);
        QCOMPARE(ask("GET", "/admin/v1/drain/withdraw").status, 405U);
        // Drained, but a server again.
        QVERIFY(!ask("POST", "/admin/v1/drain/on").json()["withdrawn"].toBool());
        QVERIFY(m_draining->since() == since);
        QCOMPARE(ask("POST", "/admin/v1/drain/withdraw").status, 200U);
        const Answer off = ask("POST", "/admin/v1/drain/off");
        QVERIFY(!off.json()["draining"].toBool() && !off.json()["withdrawn"].toBool());
        QVERIFY(available() > 0);
    }
    void aDrainTakesNothingNew()
    {
        QVERIFY(m_rig->put(1, 0, suiteBytes(1000, 1)));
        QVERIFY(m_rig->change(2, slotWrite(0, 0, asBytes("slot"))));
        QVERIFY(!ask("GET", "/admin/v1/drain").json()["draining"].toBool());
        QVERIFY(available() > 0);
        const Answer on = ask("POST", "/admin/v1/drain/on");
        QCOMPARE(on.status, 200U);
        QVERIFY(on.json()["draining"].toBool());
        for (int start = 0; start < 2; ++start) {
            QCOMPARE(available(), std::uint64_t(0));
            QVERIFY(!m_rig->put(3, 0, suiteBytes(1000, 1)));
            QVERIFY(!m_rig->change(2, slotWrite(0, 0, asBytes("more"))));
            QVERIFY(!m_rig->change(4, slotWrite(0, 0, asBytes("more"))));
            QVERIFY(m_rig->read(storage_api::ShareKind::Immutable, 1, 0));
            m_rig->clock().jumpWall(std::chrono::hours(1));
            QVERIFY(m_rig->addLease(1, 1));
            open(); // it stays on
        }
        QCOMPARE(ask("POST", "/admin/v1/drain/off").status, 200U);
        QVERIFY(m_rig->put(3, 0, suiteBytes(1000, 1)));
        QVERIFY(m_rig->change(2, slotWrite(0, 0, asBytes("more"))));
        open();
        QVERIFY(available() > 0);
    }
    void listsWhatThereIs()
    {
        for (std::uint8_t i = 1; i <= 40; ++i)
            QVERIFY(m_rig->put(i, i, suiteBytes(1000, i)));
        QVERIFY(m_rig->change(50, slotWrite(3, 0, asBytes("slot"))));
        QVERIFY(m_rig->run(m_book->add("alice", std::nullopt, std::nullopt)));
        const auto alice = m_rig->store().forAccount(m_book->find("alice")->id);
        QVERIFY(m_rig->run(alice->addLease(suiteIndex(7), suiteLeases(7))));
        const Answer answer = ask("GET", "/admin/v1/drain/shares");
        QCOMPARE(answer.status, 200U);
        QStringList lines = QString::fromStdString(answer.text).split('\n', Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 43);
        QCOMPARE(lines.takeFirst(), QString(R"({"server":"v0-server"})"));
        QCOMPARE(lines.takeLast(), QString(R"({"end":true,"shares":41})"));
        QStringList indexes;
        int shared = 0;
        int slots = 0;
        for (const QString& line : lines) {
            const QJsonObject share = QJsonDocument::fromJson(line.toUtf8()).object();
            indexes << share["storage_index"].toString();
            const QJsonArray accounts = share["accounts"].toArray();
            QVERIFY(accounts.contains("anonymous"));
            if (accounts.contains("alice")) {
                ++shared;
                QCOMPARE(share["share"].toInt(), 7);
                QCOMPARE(share["bytes"].toInt(), 1000 + 12 + 2 * 72);
            }
            if (share["kind"] == "mutable") ++slots;
        }
        QCOMPARE(shared, 1);
        QCOMPARE(slots, 1);
        QStringList sorted = indexes;
        sorted.removeDuplicates();
        QCOMPARE(sorted.size(), indexes.size());
    }
    void tellsOfTheScrub()
    {
        const Answer answer = ask("GET", "/admin/v1/scrub");
        QCOMPARE(answer.status, 200U);
        QVERIFY(answer.json()["enabled"].toBool());
        QVERIFY(answer.json()["findings"].isArray());
        QVERIFY(answer.json()["ended"].isNull());
        QCOMPARE(ask("POST", "/admin/v1/scrub/start").status, 200U);
    }
    void refusesWhatItDoesNotKnow()
    {
        QCOMPARE(ask("GET", "/admin/v1/drain/on").status, 405U);
        QCOMPARE(ask("POST", "/admin/v1/drain").status, 405U);
        QCOMPARE(ask("POST", "/admin/v1/drain/start").status, 404U);
        QCOMPARE(ask("POST", "/admin/v1/scrub/on").status, 404U);
        QCOMPARE(ask("GET", "/admin/v1/drain/nothing").status, 404U);
        QCOMPARE(ask("POST", "/admin/v1/drain/nothing/on").status, 404U);
        QCOMPARE(ask("POST", "/admin/v1/drainage/on").status, 404U);
        QVERIFY(!ask("GET", "/admin/v1/drain").json()["draining"].toBool());
        QCOMPARE(ask("GET", "/admin/v1/accounts").status, 200U);
        QCOMPARE(ask("GET", "/admin/v1/nothing").status, 404U);
    }
    void refusesWhatIsTooLarge()
    {
        const std::string large(64 * 1024 + 1, ' ');
        QCOMPARE(ask("POST", "/admin/v1/accounts", large).status, 413U);
        QCOMPARE(ask("POST", "/admin/v1/accounts", large.substr(1)).status, 400U);
        QCOMPARE(ask("GET", "/admin/v1/accounts").status, 200U);
    }
};

QTEST_GUILESS_MAIN(TestUpkeepService)
#include "test_upkeep_service.moc"
