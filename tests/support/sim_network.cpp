#include "tests/support/sim_network.h"

#include "tests/support/seeded_random.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <deque>
#include <map>
#include <set>

namespace tarn::test {

using net::Location;
using net::Stream;

namespace {

constexpr std::size_t kPiece = 64 * 1024;
/// Bytes on their way in one direction before the sender has to wait.
constexpr std::size_t kInFlight = 1024 * 1024;

using NodePair = std::pair<std::string, std::string>;

NodePair pairOf(const std::string& a, const std::string& b)
{
    return a < b ? NodePair(a, b) : NodePair(b, a);
}

/// Wakes who waits for something to change. One waiter at a time.
class Event
{
public:
    explicit Event(const asio::any_io_executor& executor)
        : m_timer(executor, asio::steady_timer::time_point::max())
    {
    }
    void fire() { m_timer.cancel(); }
    asio::awaitable<void> wait()
    {
        co_await m_timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }

private:
    asio::steady_timer m_timer;
};

/// One direction of a connection: pieces with the time at which they arrive.
struct Lane
{
    explicit Lane(const asio::any_io_executor& executor) : changed(executor), room(executor) {}

    struct Piece
    {
        TimePoint due;
        Bytes bytes; ///< empty: the end
    };
    std::deque<Piece> pieces;
    std::size_t inFlight = 0;
    TimePoint lastDue{};
    Event changed; ///< for the side that delivers
    Event room;    ///< for the side that takes
};

struct Connection
{
    Connection(const asio::any_io_executor& executor, Stream::Socket nearEnd, Stream::Socket farEnd)
        : near(std::move(nearEnd)), far(std::move(farEnd)), there(executor), back(executor)
    {
    }
    std::string from;
    std::string to;
    Stream::Socket near; ///< the middle of the dialler's pair
    Stream::Socket far;
    Lane there;
    Lane back;
    unsigned openLanes = 2;
    bool cut = false;
};

} // namespace

struct SimNetwork::Core : std::enable_shared_from_this<SimNetwork::Core>
{
    Core(asio::any_io_executor executorToUse, Clock& clockToUse, std::uint64_t seed)
        : executor(std::move(executorToUse)), clock(clockToUse), random(seed)
    {
    }

    SimLink linkBetween(const std::string& a, const std::string& b) const
    {
        const auto found = links.find(pairOf(a, b));
        return found == links.end() ? defaultLink : found->second;
    }
    bool stalled(const std::string& a, const std::string& b) const
    {
        return holes.contains(pairOf(a, b)) || isolated.contains(a) || isolated.contains(b);
    }
    void wakeAll();
    void breakConnection(Connection& connection);
    template <class Which>
    void breakWhere(Which which)
    {
        std::vector<std::shared_ptr<Connection>> broken;
        for (const auto& [id, connection] : open)
            if (which(*connection)) broken.push_back(connection);
        for (const auto& connection : broken)
            breakConnection(*connection);
    }
    static asio::awaitable<Result<Stream>> dial(std::shared_ptr<Core> core, std::string from,
                                                Location location);
    Result<Stream> connect(const std::string& from, const Location& location, const Accept& accept);

    static asio::awaitable<void> take(std::shared_ptr<Core> core, std::uint64_t id,
                                      std::shared_ptr<Connection> connection, bool forward);
    static asio::awaitable<void> deliver(std::shared_ptr<Core> core, std::uint64_t id,
                                         std::shared_ptr<Connection> connection, bool forward);

    asio::any_io_executor executor;
    Clock& clock;
    SeededRandom random;
    SimLink defaultLink;
    std::map<NodePair, SimLink> links;
    std::map<std::pair<std::string, std::uint16_t>, Accept> listeners;
    std::set<std::string> stopped;
    std::set<NodePair> holes;
    std::set<std::string> isolated;
    std::map<std::uint64_t, std::shared_ptr<Connection>> open; ///< by number: a fixed order
    std::uint64_t nextId = 0;
    std::uint64_t carried = 0;
    unsigned dials = 0;
    std::map<std::uint64_t, std::shared_ptr<Event>> hangingDials;
    Bytes scratch = Bytes(kPiece); ///< of all lanes: making one takes long in a debug build
};

void SimNetwork::Core::wakeAll()
{
    for (const auto& [id, connection] : open) {
        connection->there.changed.fire();
        connection->back.changed.fire();
    }
    for (const auto& [id, event] : hangingDials)
        event->fire();
}

void SimNetwork::Core::breakConnection(Connection& connection)
{
    connection.cut = true;
    boost::system::error_code ignored;
    connection.near.close(ignored);
    connection.far.close(ignored);
    for (Lane* lane : {&connection.there, &connection.back}) {
        lane->changed.fire();
        lane->room.fire();
    }
}

asio::awaitable<void> SimNetwork::Core::take(std::shared_ptr<Core> core, std::uint64_t id,
                                             std::shared_ptr<Connection> connection, bool forward)
{
    Lane& lane = forward ? connection->there : connection->back;
    Stream::Socket& source = forward ? connection->near : connection->far;
    for (bool ended = false; !ended && !connection->cut;) {
        if (lane.inFlight >= kInFlight) {
            co_await lane.room.wait();
            continue;
        }
        co_await source.async_wait(Stream::Socket::wait_read, asio::as_tuple(asio::use_awaitable));
        if (connection->cut) break;
        boost::system::error_code error;
        const std::size_t count = source.receive(asio::buffer(core->scratch), 0, error);
        if (error == asio::error::would_block) continue;
        ended = static_cast<bool>(error);
        Bytes taken = toBytes(ByteView(core->scratch).first(error ? 0 : count));
        const SimLink link = core->linkBetween(connection->from, connection->to);
        if (link.cutChance > 0 && core->random.chance(link.cutChance)) {
            core->breakConnection(*connection);
            break;
        }
        Duration sending{};
        if (link.bytesPerSecond > 0) {
            sending = std::chrono::duration_cast<Duration>(
                std::chrono::duration<double>(static_cast<double>(count) / link.bytesPerSecond));
        }
        // The line is busy until the piece before has left.
        const TimePoint start = std::max(core->clock.now() + link.latency, lane.lastDue);
        lane.lastDue = start + sending;
        lane.inFlight += taken.size();
        lane.pieces.push_back({lane.lastDue, std::move(taken)});
        lane.changed.fire();
    }
    (void)id;
}

asio::awaitable<void> SimNetwork::Core::deliver(std::shared_ptr<Core> core, std::uint64_t id,
                                                std::shared_ptr<Connection> connection,
                                                bool forward)
{
    Lane& lane = forward ? connection->there : connection->back;
    Stream::Socket& sink = forward ? connection->far : connection->near;
    while (!connection->cut) {
        if (lane.pieces.empty() || core->stalled(connection->from, connection->to)) {
            co_await lane.changed.wait();
            continue;
        }
        const TimePoint now = core->clock.now();
        if (lane.pieces.front().due > now) {
            asio::awaitable<void> nap = core->clock.sleep(lane.pieces.front().due - now);
            co_await std::move(nap);
            continue;
        }
        const Bytes bytes = std::move(lane.pieces.front().bytes);
        lane.pieces.pop_front();
        lane.inFlight -= bytes.size();
        lane.room.fire();
        if (bytes.empty()) {
            boost::system::error_code ignored;
            sink.shutdown(Stream::Socket::shutdown_send, ignored);
            break;
        }
        core->carried += bytes.size();
        auto [error, count] = co_await asio::async_write(sink, asio::buffer(bytes),
                                                         asio::as_tuple(asio::use_awaitable));
        if (error) {
            core->breakConnection(*connection);
            break;
        }
    }
    if (--connection->openLanes == 0) {
        core->breakConnection(*connection);
        core->open.erase(id);
    }
}

Result<Stream> SimNetwork::Core::connect(const std::string& from, const Location& location,
                                         const Accept& accept)
{
    const std::string place = location.host + ":" + std::to_string(location.port);
    TARN_TRY(auto dialled, net::makeStreamPair(executor, place));
    TARN_TRY(auto accepted, net::makeStreamPair(executor, from));
    auto connection = std::make_shared<Connection>(executor, std::move(dialled.second.socket),
                                                   std::move(accepted.second.socket));
    connection->from = from;
    connection->to = location.host;
    for (Stream::Socket* socket : {&connection->near, &connection->far}) {
        boost::system::error_code error;
        socket->non_blocking(true, error);
        if (error) return Error(ErrorCode::PeerUnreachable, error.message());
    }
    const std::uint64_t id = nextId++;
    open[id] = connection;
    for (const bool forward : {true, false}) {
        asio::co_spawn(executor, take(shared_from_this(), id, connection, forward), asio::detached);
        asio::co_spawn(executor, deliver(shared_from_this(), id, connection, forward),
                       asio::detached);
    }
    accept(std::move(accepted.first));
    return std::move(dialled.first);
}

asio::awaitable<Result<Stream>> SimNetwork::Core::dial(std::shared_ptr<Core> core, std::string from,
                                                       Location location)
{
    ++core->dials;
    const std::uint64_t id = core->nextId++;
    const auto event = std::make_shared<Event>(core->executor);
    core->hangingDials[id] = event;
    struct Leave
    {
        Core& core;
        std::uint64_t id;
        ~Leave() { core.hangingDials.erase(id); }
    } leave{*core, id};
    while (core->stalled(from, location.host))
        co_await event->wait();
    const SimLink link = core->linkBetween(from, location.host);
    if (link.latency > Duration::zero()) {
        asio::awaitable<void> handshake = core->clock.sleep(2 * link.latency);
        co_await std::move(handshake);
    }
    const auto found = core->listeners.find({location.host, location.port});
    const bool refused = found == core->listeners.end() || core->stopped.contains(location.host) ||
                         core->stopped.contains(from) || core->random.chance(link.refuseChance);
    if (refused)
        co_return Error(ErrorCode::PeerUnreachable, location.host + ": connection refused");
    co_return core->connect(from, location, found->second);
}

class SimNetwork::SimDialer final : public net::Dialer
{
public:
    SimDialer(std::shared_ptr<Core> core, std::string node)
        : m_core(std::move(core)), m_node(std::move(node))
    {
    }
    asio::awaitable<Result<Stream>> dial(std::vector<Location> locations) override
    {
        Error last(ErrorCode::PeerUnreachable, "no address is known");
        for (std::size_t i = 0; i < locations.size(); ++i) {
            Result<Stream> stream = co_await Core::dial(m_core, m_node, locations[i]);
            if (stream) stream->choice = i;
            if (stream) co_return stream;
            last = stream.error();
        }
        co_return last;
    }

private:
    std::shared_ptr<Core> m_core;
    std::string m_node;
};

SimNetwork::SimNetwork(asio::any_io_executor executor, Clock& clock, std::uint64_t seed)
    : m_core(std::make_shared<Core>(std::move(executor), clock, seed))
{
}

SimNetwork::~SimNetwork()
{
    m_core->listeners.clear();
    m_core->breakWhere([](const Connection&) { return true; });
}

void SimNetwork::listen(const std::string& node, std::uint16_t port, Accept accept)
{
    m_core->listeners[{node, port}] = std::move(accept);
}

void SimNetwork::stopListening(const std::string& node, std::uint16_t port)
{
    m_core->listeners.erase({node, port});
}

std::unique_ptr<net::Dialer> SimNetwork::dialerFor(std::string node)
{
    return std::make_unique<SimDialer>(m_core, std::move(node));
}

void SimNetwork::setDefaultLink(const SimLink& link)
{
    m_core->defaultLink = link;
}

void SimNetwork::setLink(const std::string& a, const std::string& b, const SimLink& link)
{
    m_core->links[pairOf(a, b)] = link;
}

void SimNetwork::stopNode(const std::string& node)
{
    m_core->stopped.insert(node);
    m_core->breakWhere([&](const Connection& c) { return c.from == node || c.to == node; });
}

void SimNetwork::startNode(const std::string& node)
{
    m_core->stopped.erase(node);
}

void SimNetwork::cut(const std::string& a, const std::string& b)
{
    m_core->breakWhere([&](const Connection& c) { return pairOf(c.from, c.to) == pairOf(a, b); });
}

void SimNetwork::blackHole(const std::string& a, const std::string& b)
{
    m_core->holes.insert(pairOf(a, b));
}

void SimNetwork::isolate(const std::string& node)
{
    m_core->isolated.insert(node);
}

void SimNetwork::heal()
{
    m_core->holes.clear();
    m_core->isolated.clear();
    m_core->wakeAll();
}

std::size_t SimNetwork::connections() const
{
    return m_core->open.size();
}

std::uint64_t SimNetwork::bytesCarried() const
{
    return m_core->carried;
}

unsigned SimNetwork::dials() const
{
    return m_core->dials;
}

} // namespace tarn::test
