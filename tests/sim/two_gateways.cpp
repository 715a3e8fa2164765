#include "tests/sim/two_gateways.h"

#include "core/crypto/rsa.h"
#include "tests/client-gateway/grid_bench.h"

namespace tarn::test {

namespace {

constexpr Duration kMostTime = std::chrono::hours(2);
/// After this every gateway dials a server again that was away.
constexpr Duration kDialledAgain = std::chrono::minutes(3);

SimGridShape shapeOf()
{
    SimGridShape shape;
    shape.servers = TwoGateways::kServers;
    shape.gateways = 2;
    shape.encoding.needed = 3;
    shape.encoding.happy = 1;
    shape.encoding.total = 10;
    shape.asking.idleAfter = std::chrono::hours(1);
    return shape;
}

/// Keys take long; a few serve all scenarios of a run.
crypto::RsaKey someKey(std::size_t number)
{
    static std::vector<crypto::RsaKey> keys;
    constexpr std::size_t kKeys = 4;
    while (keys.size() < kKeys)
        keys.push_back(*crypto::RsaKey::generateBlocking());
    return *crypto::RsaKey::fromDer(keys[number % kKeys].der());
}

asio::awaitable<Result<cap::MutableWriteCap>> createWith(gateway::MutableService& files,
                                                         gateway::MutableCreation how, Bytes plain)
{
    BytesSource source(plain);
    co_return co_await files.create(source, std::move(how));
}

} // namespace

TwoGateways::TwoGateways(std::uint64_t seed) : random(seed ^ 0x2f6e5a11U), grid(seed, shapeOf()) {}

cap::MutableWriteCap TwoGateways::create(cap::MutableFormat format, Bytes plain)
{
    gateway::MutableCreation how;
    how.format = format;
    how.key = someKey(draw(4));
    const auto made = grid.run(createWith(files(0), std::move(how), std::move(plain)));
    TARN_ASSERT(made.has_value());
    return *made;
}

void TwoGateways::trouble(std::size_t server)
{
    ++report.troubles;
    m_troubled.insert(server);
    SimServer& node = grid.server(server);
    Hostility hostility;
    switch (draw(5)) {
    case 0:
        return grid.crash(server);
    case 1:
        m_crashSoon.insert(server);
        return;
    case 2:
        return grid.world.network.isolate(node.name());
    case 3:
        hostility.attack = static_cast<Attack>(1 + draw(kAttacks - 1));
        grid.world.trace.note(std::string(test::nameOf(hostility.attack)) + " at " + node.name());
        return node.setHostility(hostility);
    default:
        break;
    }
    const auto lie = static_cast<Lie>(draw(kLies));
    grid.world.trace.note(std::string(test::nameOf(lie)) + " at " + node.name());
    node.setPlan(planOf(lie, random.next()));
}

void TwoGateways::relieveAll()
{
    for (const std::size_t server : m_troubled) {
        TARN_ASSERT(grid.restart(server).has_value());
        grid.server(server).setPlan({});
        grid.server(server).setHostility({});
    }
    grid.world.network.heal();
    m_troubled.clear();
    m_crashSoon.clear();
    grid.pass(kDialledAgain);
}

void TwoGateways::changeTroubles()
{
    relieveAll();
    const std::size_t many = draw(kTroubled + 1);
    while (m_troubled.size() < many)
        trouble(draw(kServers));
}

std::vector<Result<void>> TwoGateways::together(std::vector<asio::awaitable<Result<void>>> work)
{
    std::vector<std::shared_ptr<SimOperation<void>>> running;
    for (asio::awaitable<Result<void>>& one : work) {
        running.push_back(grid.start(std::move(one)));
        grid.pass(std::chrono::milliseconds(random.between(1, 60)));
    }
    for (const std::size_t server : m_crashSoon) {
        grid.pass(std::chrono::milliseconds(random.between(1, 60)));
        grid.crash(server);
    }
    m_crashSoon.clear();
    std::vector<Result<void>> results;
    for (const auto& one : running) {
        if (!grid.finish(one, kMostTime)) {
            fail("an operation did not end");
            return results;
        }
        ++report.operations;
        report.succeeded += *one->result ? 1 : 0;
        if (!*one->result) grid.world.trace.note(one->result->error().text());
        results.push_back(*one->result);
    }
    return results;
}

} // namespace tarn::test
