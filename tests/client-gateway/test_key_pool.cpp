#include "client-gateway/mutable/key_pool.h"
#include "core/crypto/rsa_generation.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <sched.h>

#include <QtTest/QTest>

#include <future>

using namespace tarn;
using gateway::KeyPool;

namespace {

struct Rig
{
    explicit Rig(std::size_t ahead)
        : pool(std::make_unique<KeyPool>(engine.get_executor(), *cpu, ahead,
                                         makeThreadPool(1, "keys")))
    {
    }
    /// Runs the engine until as many keys are ready.
    bool waitFor(std::size_t ready)
    {
        while (pool->ready() < ready) {
            engine.restart();
            if (engine.run_one_for(std::chrono::seconds(30)) == 0) return false;
        }
        return true;
    }
    Result<crypto::RsaKey> take()
    {
        std::optional<Result<crypto::RsaKey>> out;
        asio::co_spawn(engine, pool->take(),
                       [&out](const std::exception_ptr&, Result<crypto::RsaKey> key) {
                           out.emplace(std::move(key));
                       });
        while (!out) {
            engine.restart();
            if (engine.run_one_for(std::chrono::seconds(30)) == 0) break;
        }
        return out ? *std::move(out) : Result<crypto::RsaKey>(Error(ErrorCode::Timeout, "no key"));
    }

    asio::io_context engine;
    asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(engine);
    std::unique_ptr<WorkPool> cpu = makeInlinePool();
    std::unique_ptr<KeyPool> pool;
};

} // namespace

class TestKeyPool final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void holdsAsManyAsAskedAndNoMore()
    {
        Rig rig(2);
        QVERIFY(rig.waitFor(2));
        rig.engine.restart();
        QCOMPARE(rig.engine.run_one_for(std::chrono::milliseconds(1)), std::size_t{0});
        QCOMPARE(rig.pool->ready(), std::size_t{2});
        const auto first = rig.take();
        QVERIFY(first);
        QVERIFY(rig.waitFor(2)); // one more took its place
        const auto second = rig.take();
        QVERIFY(second);
        QVERIFY(!equal(first->der(), second->der()));
    }
    void isBounded()
    {
        asio::io_context engine;
        const std::unique_ptr<WorkPool> cpu = makeInlinePool();
        const KeyPool pool(engine.get_executor(), *cpu, 1'000'000);
        QCOMPARE(pool.ahead(), std::size_t{64});
    }
    void anEmptyPoolMakesTheKey()
    {
        Rig none(0);
        QVERIFY(none.take());
        QCOMPARE(none.pool->ready(), std::size_t{0});
        Rig fresh(1);
        QVERIFY(fresh.take()); // does not wait for the thread
    }
    void itsThreadLetsOthersGoFirst()
    {
        std::promise<int> policy;
        const std::unique_ptr<WorkPool> thread = KeyPool::makeIdleThread();
        thread->post([&policy] { policy.set_value(::sched_getscheduler(0)); });
        QCOMPARE(policy.get_future().get(), SCHED_IDLE);
    }
    void goesWhileAKeyIsBeingMade()
    {
        Rig rig(64);
        rig.pool.reset();
        rig.engine.poll(); // what was posted meanwhile finds it gone
    }
    void makingIsGivenUp()
    {
        const std::atomic<bool> giveUp = true;
        const auto none = crypto::generateRsaKeyBlocking(giveUp);
        QVERIFY(!none);
        QCOMPARE(none.error().code(), ErrorCode::Cancelled);
        const std::atomic<bool> goOn = false;
        const auto key = crypto::generateRsaKeyBlocking(goOn);
        QVERIFY2(key, key ? "" : key.error().text().c_str());
        const auto signature = key->sign(asBytes("text"));
        QVERIFY(signature);
        const auto publicKey = crypto::RsaPublicKey::fromDer(key->publicDer());
        QVERIFY(publicKey && publicKey->verify(asBytes("text"), *signature));
    }
};

QTEST_GUILESS_MAIN(TestKeyPool)
#include "test_key_pool.moc"
