// How fast signed records reach all nodes of a large grid, and what that sends: simulated in
// virtual time, so the figures are the same on every machine. JSON lines.
//
//   bench_gossip [NODES [SERVERS [SEED]]]      default: 10000 500 1
#include "tests/sim/gossip_story.h"

#include <cstdio>
#include <cstdlib>

namespace {

void print(const char* name, double value, const char* unit, double limit)
{
    std::printf(R"({"name": "%s", "value": %.6g, "unit": "%s", "limit": %.6g})"
                "\n",
                name, value, unit, limit);
}

std::uint32_t numberOr(int argc, char** argv, int at, std::uint32_t otherwise)
{
    return argc > at ? static_cast<std::uint32_t>(std::strtoul(argv[at], nullptr, 10)) : otherwise;
}

} // namespace

int main(int argc, char** argv)
{
    tarn::test::GossipWorldSettings settings;
    settings.nodes = numberOr(argc, argv, 1, settings.nodes);
    settings.announcers = numberOr(argc, argv, 2, settings.announcers);
    if (settings.nodes < 2 || settings.announcers < 1 || settings.announcers > settings.nodes) {
        std::fputs("bench_gossip: expected 2 nodes or more, of which some are servers\n", stderr);
        return 2;
    }
    const tarn::test::GossipFigures figures = tellGossipStory(numberOr(argc, argv, 3, 1), settings);
    const double rounds = figures.allowedRounds;
    print("gossip: all join", figures.joinRounds, "rounds", rounds);
    print("gossip: one server changes", figures.changeRounds, "rounds", rounds);
    print("gossip: newcomers", figures.newcomerRounds, "rounds", rounds);
    print("gossip: after an hour of churn", figures.afterChurnRounds, "rounds", rounds);
    print("gossip: a division heals", figures.healRounds, "rounds", rounds);
    print("gossip: an hour of churn, per node", figures.hourBytes / 1000, "kB",
          figures.hourAllowed / 1000);
    print("gossip: the same, the busiest node", figures.hourBusiest / 1000, "kB", 0);
    print("gossip: records changed in that hour", figures.hourChanged / 1000, "kB", 0);
    print("gossip: an hour without change, per node", figures.quietBytes / 1000, "kB", 100);
    return figures.met() ? 0 : 1;
}
