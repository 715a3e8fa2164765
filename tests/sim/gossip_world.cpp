#include "tests/sim/gossip_world.h"

#include "tests/support/signed_records.h"

#include <algorithm>

namespace tarn::test {

using namespace gossip;

namespace {

constexpr WallTime kBegin = kTestTime;
constexpr Duration kGiveUp = std::chrono::seconds(10); ///< on one that does not answer

RecordSet emptySet()
{
    return RecordSet(standardKinds(), RecordLimits(), serversOnly({}));
}

} // namespace

struct GossipWorld::Node
{
    std::unique_ptr<GossipState> state;
    std::vector<PeerNumber> peers;
    Duration skew{0};
    std::uint64_t sequence = 0;
    std::uint64_t life = 0; ///< messages to an earlier one are lost
    std::uint64_t bytes = 0;
    bool alive = true;
};

struct GossipWorld::Event
{
    enum class Kind { Tick, Question, Answer, Failure } kind = Kind::Tick;
    Duration when{0};
    std::uint64_t order = 0;
    std::uint32_t to = 0;
    std::uint32_t from = 0;
    std::uint64_t life = 0; ///< of the one who asked, or ticks
    std::shared_ptr<GossipMessage> message;
};

bool GossipWorld::Later::operator()(const Event& a, const Event& b) const
{
    return a.when != b.when ? a.when > b.when : a.order > b.order;
}

GossipWorld::GossipWorld(std::uint64_t seed, GossipWorldSettings settings)
    : m_settings(settings), m_random(seed), m_truth(emptySet())
{
    const auto skew = static_cast<std::uint64_t>(m_settings.mostSkew.count());
    for (std::uint32_t i = 0; i < m_settings.nodes; ++i) {
        auto node = std::make_unique<Node>();
        node->skew = Duration(static_cast<Duration::rep>(m_random.below(2 * skew + 1)) -
                              static_cast<Duration::rep>(skew));
        while (node->peers.size() < std::min(m_settings.peersEach, m_settings.nodes - 1)) {
            const auto peer = static_cast<PeerNumber>(m_random.below(m_settings.nodes));
            const bool taken =
                std::count(node->peers.begin(), node->peers.end(), peer) > 0 || peer == i;
            if (!taken) node->peers.push_back(peer);
        }
        std::sort(node->peers.begin(), node->peers.end());
        makeState(*node, {});
        m_nodes.push_back(std::move(node));
        Event tick;
        tick.to = i;
        const auto round = static_cast<std::uint64_t>(m_settings.round.count());
        post(std::move(tick), Duration(static_cast<Duration::rep>(m_random.below(round))));
    }
}

GossipWorld::~GossipWorld() = default;

WallTime GossipWorld::clockOf(const Node& node) const
{
    return kBegin + m_now + node.skew;
}

void GossipWorld::makeState(Node& node, const std::vector<RecordPtr>& records)
{
    node.state = std::make_unique<GossipState>(emptySet(), GossipSettings(), m_random);
    node.state->setPeers(node.peers);
    for (const RecordPtr& record : records)
        node.state->restore(record, clockOf(node));
}

Duration GossipWorld::delay()
{
    const auto spread =
        static_cast<std::uint64_t>((m_settings.mostDelay - m_settings.leastDelay).count());
    return m_settings.leastDelay + Duration(static_cast<Duration::rep>(m_random.below(spread + 1)));
}

bool GossipWorld::connected(std::uint32_t a, std::uint32_t b) const
{
    return !m_divided || a % 2 == b % 2;
}

bool GossipWorld::alive(std::uint32_t node) const
{
    return m_nodes[node]->alive;
}

void GossipWorld::post(Event event, Duration after)
{
    event.when = m_now + after;
    event.order = ++m_order;
    m_events.push(std::move(event));
}

void GossipWorld::count(std::uint32_t sender, const GossipMessage& message)
{
    ++m_messages;
    m_nodes[sender]->bytes += wireSize(message) + m_settings.framing;
}

void GossipWorld::announce(std::uint32_t number)
{
    publish(number, testServer(number));
}

void GossipWorld::withdraw(std::uint32_t number)
{
    publish(number, withdrawalOf(testServer(number)));
}

std::size_t GossipWorld::believers(std::uint32_t number) const
{
    const auto believes = [key = testKey(number).publicKey()](const RecordPtr& record) {
        return record->signer() == key &&
               readAnnouncement(*record)->standing != Standing::Withdrawn;
    };
    return static_cast<std::size_t>(
        std::count_if(m_nodes.begin(), m_nodes.end(), [&](const auto& node) {
            const std::vector<RecordPtr> all = node->state->records().all();
            return node->alive && std::any_of(all.begin(), all.end(), believes);
        }));
}

void GossipWorld::publish(std::uint32_t number, const ServerAnnouncement& server)
{
    Node& node = *m_nodes[number];
    node.sequence = nextSequence(node.sequence, clockOf(node));
    const RecordPtr record =
        *signAnnouncement(testKey(number), server, node.sequence, clockOf(node));
    m_truth.accept(record, clockOf(node));
    m_changedBytes += record->wireSize();
    Actions out;
    node.state->add(record, clockOf(node), out);
    carry(number, std::move(out));
}

void GossipWorld::carry(std::uint32_t from, Actions actions)
{
    for (Send& send : actions.sends) {
        count(from, send.message);
        Event event;
        event.kind = Event::Kind::Question;
        event.from = from;
        event.to = send.peer;
        event.life = m_nodes[from]->life;
        event.message = std::make_shared<GossipMessage>(std::move(send.message));
        post(std::move(event), delay());
    }
}

void GossipWorld::deliver(Event& event)
{
    Node& node = *m_nodes[event.to];
    switch (event.kind) {
    case Event::Kind::Tick: {
        if (node.alive) carry(event.to, node.state->tick(clockOf(node)));
        post(std::move(event), m_settings.round);
        return;
    }
    case Event::Kind::Question: {
        Event back;
        back.to = event.from;
        back.from = event.to;
        back.life = event.life;
        if (!node.alive || !connected(event.from, event.to)) {
            back.kind = Event::Kind::Failure;
            post(std::move(back), kGiveUp);
            return;
        }
        Actions out;
        const bool known = std::binary_search(node.peers.begin(), node.peers.end(), event.from);
        const std::optional<PeerNumber> asker =
            known ? std::optional<PeerNumber>(event.from) : std::nullopt;
        back.kind = Event::Kind::Answer;
        back.message = std::make_shared<GossipMessage>(
            node.state->answer(asker, *event.message, clockOf(node), out));
        count(event.to, *back.message);
        carry(event.to, std::move(out));
        post(std::move(back), delay());
        return;
    }
    case Event::Kind::Answer:
        if (node.alive && node.life == event.life)
            carry(event.to, node.state->answered(event.from, *event.message, clockOf(node)));
        return;
    case Event::Kind::Failure:
        if (node.alive && node.life == event.life) node.state->failed(event.from);
        return;
    }
}

void GossipWorld::run(Duration time)
{
    const Duration end = m_now + time;
    while (!m_events.empty() && m_events.top().when <= end) {
        Event event = m_events.top();
        m_events.pop();
        m_now = event.when;
        deliver(event);
    }
    m_now = end;
}

bool GossipWorld::allEqual()
{
    const Buckets buckets{m_random.next(), 4};
    m_truth.expire(kBegin + m_now);
    const std::vector<std::uint32_t> wanted = m_truth.digest(buckets);
    return std::all_of(m_nodes.begin(), m_nodes.end(), [&](const auto& node) {
        return !node->alive || node->state->records().digest(buckets) == wanted;
    });
}

unsigned GossipWorld::roundsUntilEqual(unsigned most)
{
    for (unsigned rounds = 0; rounds < most; ++rounds) {
        if (allEqual()) return rounds;
        run(m_settings.round);
    }
    return most;
}

void GossipWorld::divide()
{
    m_divided = true;
}

void GossipWorld::kill(std::uint32_t node)
{
    m_nodes[node]->alive = false;
}

void GossipWorld::revive(std::uint32_t number)
{
    Node& node = *m_nodes[number];
    if (node.alive) return;
    node.alive = true;
    ++node.life;
    makeState(node, node.state->records().all());
}

void GossipWorld::forget(std::uint32_t number)
{
    Node& node = *m_nodes[number];
    ++node.life;
    makeState(node, {});
}

void GossipWorld::beginTraffic()
{
    m_changedBytes = 0;
    m_messages = 0;
    for (const auto& node : m_nodes)
        node->bytes = 0;
}

GossipTraffic GossipWorld::traffic() const
{
    GossipTraffic out;
    out.changedBytes = m_changedBytes;
    out.messages = m_messages;
    for (const auto& node : m_nodes) {
        out.bytes += node->bytes;
        out.busiestNode = std::max(out.busiestNode, node->bytes);
    }
    return out;
}

} // namespace tarn::test
