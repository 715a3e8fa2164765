#include "tests/sim/gossip_story.h"

#include <algorithm>
#include <cmath>

namespace tarn::test {

namespace {

constexpr unsigned kTooLong = 200; ///< rounds
constexpr unsigned kChanges = 5;   ///< of one server each, one after the other
constexpr double kRefreshesPerHour = 1.0 / 12.0;
constexpr double kDeathsPerHour = 0.3; ///< of a node; it is away for 5 to 35 min
constexpr Duration kMinute = std::chrono::minutes(1);

std::uint32_t anyNode(GossipWorld& world)
{
    return static_cast<std::uint32_t>(world.random().below(world.settings().nodes));
}

std::uint32_t livingServer(GossipWorld& world)
{
    while (true) {
        const auto node =
            static_cast<std::uint32_t>(world.random().below(world.settings().announcers));
        if (world.alive(node)) return node;
    }
}

/// How often something with this expectation happens now.
unsigned drawn(GossipWorld& world, double expected)
{
    const auto whole = static_cast<unsigned>(expected);
    return whole + (world.random().chance(expected - whole) ? 1U : 0U);
}

/// An hour in steps of a minute.
void hourOfChurn(GossipWorld& world)
{
    const GossipWorldSettings& settings = world.settings();
    std::multimap<unsigned, std::uint32_t> away;
    for (unsigned minute = 0; minute < 60; ++minute) {
        const double refreshes = settings.announcers * kRefreshesPerHour / 60;
        for (unsigned i = drawn(world, refreshes); i > 0; --i)
            world.announce(livingServer(world));
        for (unsigned i = drawn(world, settings.nodes * kDeathsPerHour / 60); i > 0; --i) {
            const std::uint32_t node = anyNode(world);
            if (!world.alive(node)) continue;
            world.kill(node);
            away.emplace(minute + static_cast<unsigned>(world.random().between(5, 35)), node);
        }
        while (!away.empty() && away.begin()->first <= minute) {
            const std::uint32_t node = away.begin()->second;
            away.erase(away.begin());
            world.revive(node);
            if (node < settings.announcers) world.announce(node); // it started anew
        }
        world.run(kMinute);
    }
    for (const auto& [minute, node] : away)
        world.revive(node);
}

void divideAndChange(GossipWorld& world)
{
    world.divide();
    for (unsigned minute = 0; minute < 30; ++minute) {
        world.announce(livingServer(world));
        world.announce(livingServer(world));
        world.run(kMinute);
    }
    world.heal();
}

} // namespace

bool GossipFigures::met() const
{
    const unsigned slowest =
        std::max({joinRounds, changeRounds, newcomerRounds, afterChurnRounds, healRounds});
    return slowest <= allowedRounds && hourBytes <= hourAllowed;
}

GossipFigures tellGossipStory(std::uint64_t seed, GossipWorldSettings settings)
{
    GossipFigures out;
    out.allowedRounds = 3 * std::log2(settings.nodes);
    GossipWorld world(seed, settings);
    const double nodes = settings.nodes;

    for (std::uint32_t server = 0; server < settings.announcers; ++server)
        world.announce(server);
    out.joinRounds = world.roundsUntilEqual(kTooLong);

    for (unsigned i = 0; i < kChanges; ++i) {
        world.run(kMinute);
        world.announce(livingServer(world));
        out.changeRounds = std::max(out.changeRounds, world.roundsUntilEqual(kTooLong));
    }

    for (std::uint32_t i = 0; i < std::max(1U, settings.nodes / 100); ++i)
        world.forget(anyNode(world));
    out.newcomerRounds = world.roundsUntilEqual(kTooLong);

    world.run(std::chrono::minutes(10));
    world.beginTraffic();
    world.run(std::chrono::minutes(15));
    out.quietBytes = 4 * static_cast<double>(world.traffic().bytes) / nodes;

    world.beginTraffic();
    hourOfChurn(world);
    const GossipTraffic hour = world.traffic();
    out.hourBytes = static_cast<double>(hour.bytes) / nodes;
    out.hourBusiest = static_cast<double>(hour.busiestNode);
    out.hourChanged = static_cast<double>(hour.changedBytes);
    out.hourAllowed = 1.5 * out.hourChanged + 100'000;
    out.afterChurnRounds = world.roundsUntilEqual(kTooLong);

    divideAndChange(world);
    out.healRounds = world.roundsUntilEqual(kTooLong);
    return out;
}

} // namespace tarn::test
