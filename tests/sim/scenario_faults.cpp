#include "tests/sim/scenario_faults.h"

namespace tarn::test {

namespace {

enum class Change {
    Crash,
    Silence,
    TellLies,
    BreakProtocol,
    SlowLink,
    BadLink,
    CutNow,
    SpoilShare,
    LoseShare,
    Relieve, ///< this one and those after it
};
constexpr std::size_t kDraws = 12;

void setLink(ScenarioState& state, std::size_t server, const SimLink& link)
{
    for (std::size_t i = 0; i < state.shape.gateways; ++i)
        state.grid.world.network.setLink(state.grid.gateway(i).name(),
                                         state.grid.server(server).name(), link);
}

void healNetwork(ScenarioState& state)
{
    state.grid.world.network.heal();
    for (Trouble& trouble : state.troubles)
        trouble.silent = false;
}

/// A share on this server of a file, if it has one.
struct ShareAtRest
{
    StorageIndex index;
    ShareNumber share;
};
std::optional<ShareAtRest> anyShareOf(ScenarioState& state, std::size_t server)
{
    if (state.files.empty()) return std::nullopt;
    const ScenarioFile& file = state.anyFile();
    const auto all = state.grid.sharesOf(file.index);
    const auto here = all.find(server);
    if (here == all.end() || here->second.empty()) return std::nullopt;
    return ShareAtRest{file.index, *here->second.begin()};
}

void spoilSomething(ScenarioState& state, std::size_t server)
{
    const std::optional<ShareAtRest> one = anyShareOf(state, server);
    if (!one) return;
    auto& spoilt = state.troubles[server].spoilt;
    if (spoilt.contains({one->index, one->share})) return;
    if (state.grid.server(server).spoil(one->index, one->share))
        spoilt.insert({one->index, one->share});
}

void loseSomething(ScenarioState& state, std::size_t server)
{
    const std::optional<ShareAtRest> one = anyShareOf(state, server);
    if (one && state.grid.server(server).lose(one->index, one->share))
        state.troubles[server].spoilt.erase({one->index, one->share});
}

void tellLies(ScenarioState& state, std::size_t server)
{
    const auto lie = static_cast<Lie>(state.draw(kLies));
    state.note(nameOf(lie));
    std::optional<StorageIndex> old;
    if (!state.files.empty()) old = state.files.front().index;
    state.grid.server(server).setPlan(planOf(lie, state.random.next(), old));
    state.troubles[server].lie = lie;
}

void breakProtocol(ScenarioState& state, std::size_t server)
{
    Hostility hostility;
    hostility.attack = static_cast<Attack>(1 + state.draw(kAttacks - 1));
    state.note(nameOf(hostility.attack));
    state.grid.server(server).setHostility(hostility);
    state.troubles[server].hostile = true;
}

void changeOne(ScenarioState& state)
{
    const std::size_t server = state.draw(state.shape.servers);
    const std::size_t what = state.draw(kDraws);
    Trouble& trouble = state.troubles[server];
    SimLink link = state.shape.link;
    state.note("change " + std::to_string(what) + " at " + state.grid.server(server).name());
    switch (static_cast<Change>(what)) {
    case Change::Crash:
        state.grid.crash(server);
        return;
    case Change::Silence:
        state.grid.world.network.isolate(state.grid.server(server).name());
        trouble.silent = true;
        return;
    case Change::TellLies:
        return tellLies(state, server);
    case Change::BreakProtocol:
        return breakProtocol(state, server);
    case Change::SlowLink:
        link.latency = std::chrono::milliseconds(state.random.between(200, 8000));
        break;
    case Change::BadLink:
        link.cutChance = 0.05;
        link.refuseChance = 0.3;
        break;
    case Change::CutNow:
        state.grid.world.network.cut(state.grid.gateway().name(), state.grid.server(server).name());
        return;
    case Change::SpoilShare:
        return spoilSomething(state, server);
    case Change::LoseShare:
        return loseSomething(state, server);
    default:
        return relieve(state, server);
    }
    setLink(state, server, link);
    trouble.badLink = true;
}

} // namespace

void changeSomething(ScenarioState& state)
{
    const std::size_t many = 1 + state.draw(1 + state.shape.servers / 12);
    for (std::size_t i = 0; i < many; ++i)
        changeOne(state);
}

void relieve(ScenarioState& state, std::size_t server)
{
    Trouble& trouble = state.troubles[server];
    const Result<void> started = state.grid.restart(server);
    TARN_ASSERT(started.has_value());
    state.grid.server(server).setPlan({});
    state.grid.server(server).setHostility({});
    if (trouble.badLink) setLink(state, server, state.shape.link);
    if (trouble.dishonest()) trouble.dishonestUntil = state.grid.world.clock().now();
    trouble.lie.reset();
    trouble.badLink = false;
    trouble.hostile = false;
    if (trouble.silent) healNetwork(state);
}

void relieveAll(ScenarioState& state)
{
    for (std::size_t i = 0; i < state.shape.servers; ++i)
        relieve(state, i);
    healNetwork(state);
}

} // namespace tarn::test
