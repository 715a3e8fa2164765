// gossip_story: what happens to a grid of gossiping nodes, and what it cost: they join, one
// changes, an hour goes by with servers refreshing and nodes coming and going, the grid is divided
// and heals. For the test and the bench.
#pragma once

#include "tests/sim/gossip_world.h"

namespace tarn::test {

struct GossipFigures
{
    double allowedRounds = 0;    ///< 3 log2 n
    unsigned joinRounds = 0;     ///< all begin at once, every server announces itself
    unsigned changeRounds = 0;   ///< one server's news, the slowest of some
    unsigned newcomerRounds = 0; ///< some nodes that know nothing
    unsigned afterChurnRounds = 0;
    unsigned healRounds = 0; ///< both halves had news
    double hourBytes = 0;    ///< sent per node in the hour of churn
    double hourBusiest = 0;  ///< by the node that sent most
    double hourAllowed = 0;  ///< 1.5 x changed bytes + 100 kB
    double hourChanged = 0;  ///< bytes of changed records
    double quietBytes = 0;   ///< sent per node in an hour without any change
    bool met() const;
};

GossipFigures tellGossipStory(std::uint64_t seed, GossipWorldSettings settings);

} // namespace tarn::test
