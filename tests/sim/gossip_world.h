// gossip_world: thousands of gossip states in virtual time, from one seed: delays, partitions,
// churn, clocks that are off. Records pass by pointer, sizes are those of the encoded messages.
#pragma once

#include "core/gossip/gossip_state.h"
#include "core/gossip/server_announcement.h"
#include "tests/support/seeded_random.h"

#include <queue>

#include <memory>

namespace tarn::test {

struct GossipWorldSettings
{
    std::uint32_t nodes = 10'000;
    std::uint32_t announcers = 500; ///< the first of the nodes
    std::uint32_t peersEach = 24;   ///< that a node knows, drawn at random
    Duration round = std::chrono::seconds(5);
    Duration leastDelay = std::chrono::milliseconds(20);
    Duration mostDelay = std::chrono::milliseconds(300);
    Duration mostSkew = std::chrono::minutes(4); ///< of a node's clock, either way
    std::size_t framing = 64;                    ///< bytes counted for a message besides its own
};

/// What nodes sent from one moment on.
struct GossipTraffic
{
    std::uint64_t changedBytes = 0; ///< of the records announced meanwhile
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;       ///< of all nodes
    std::uint64_t busiestNode = 0; ///< bytes
};

class GossipWorld
{
public:
    GossipWorld(std::uint64_t seed, GossipWorldSettings settings);
    ~GossipWorld();

    /// A new version of that node's announcement.
    void announce(std::uint32_t node);
    /// Its last one: the server is withdrawn.
    void withdraw(std::uint32_t node);
    /// Living nodes to which that server is still one.
    std::size_t believers(std::uint32_t node) const;
    void run(Duration time);
    /// Rounds of virtual time until all living nodes hold what was announced (and, when divided,
    /// would hold it without the division). \return `most` when that takes longer.
    unsigned roundsUntilEqual(unsigned most);

    /// Nothing passes between the two halves.
    void divide();
    void heal() { m_divided = false; }
    /// A dead node answers nothing; it comes back with the records it had.
    void kill(std::uint32_t node);
    void revive(std::uint32_t node);
    /// A living node loses all it knew: it is as good as a new one.
    void forget(std::uint32_t node);
    bool alive(std::uint32_t node) const;

    SeededRandom& random() { return m_random; }
    const GossipWorldSettings& settings() const { return m_settings; }
    void beginTraffic();
    GossipTraffic traffic() const;

private:
    struct Node;
    struct Event;
    struct Later
    {
        bool operator()(const Event& a, const Event& b) const;
    };

    WallTime clockOf(const Node& node) const;
    void makeState(Node& node, const std::vector<gossip::RecordPtr>& records);
    void publish(std::uint32_t node, const gossip::ServerAnnouncement& server);
    void deliver(Event& event);
    void carry(std::uint32_t from, gossip::Actions actions);
    void post(Event event, Duration after);
    void count(std::uint32_t sender, const gossip::GossipMessage& message);
    Duration delay();
    bool connected(std::uint32_t a, std::uint32_t b) const;
    bool allEqual();

    GossipWorldSettings m_settings;
    SeededRandom m_random;
    Duration m_now{0};
    std::uint64_t m_order = 0;
    bool m_divided = false;
    std::vector<std::unique_ptr<Node>> m_nodes;
    std::priority_queue<Event, std::vector<Event>, Later> m_events;
    gossip::RecordSet m_truth;
    std::uint64_t m_changedBytes = 0;
    std::uint64_t m_messages = 0;
};

} // namespace tarn::test
