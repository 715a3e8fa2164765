#include "profiles/friendnet/port_mapper.h"

#include "core/base/log.h"
#include "core/base/run_within.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <array>

namespace tarn::profiles {

namespace {

/// A router that was started again has forgotten, or has another address: it is asked that often
/// whether the door is open; by UPnP that takes more than two small packets.
constexpr Duration kSeeTo = std::chrono::seconds(10);
constexpr Duration kSeeToByUpnp = std::chrono::seconds(20);
/// Even where what is known changes all the time.
constexpr Duration kLeastRest = std::chrono::seconds(2);
constexpr Duration kFirstRest = std::chrono::seconds(15);
constexpr Duration kLongestRest = std::chrono::minutes(10);
constexpr Duration kAskLimit = std::chrono::seconds(30); ///< all protocols
constexpr Duration kCloseLimit = std::chrono::seconds(2);
constexpr std::array<std::string_view, 5> kStates{"off", "looking", "open", "none", "failed"};

} // namespace

/// What only the pool's thread uses.
struct PortMapper::Worker
{
    Protocols protocols;
    std::size_t last = 0; ///< that opened

    Asked open(const DoorWish& wish)
    {
        Asked out;
        for (std::size_t turn = 0; turn < protocols.size() && !out.door; ++turn) {
            // The one that opened, then the others.
            const std::size_t index = turn == 0 ? last : turn - (turn <= last ? 1 : 0);
            DoorWish asked = wish;
            if (index != last) asked.before.reset();
            const Result<RouterDoor> door = protocols[index]->openBlocking(asked);
            if (door) {
                out.door = *door;
                last = index;
            } else {
                out.found = out.found || door.error().code() != ErrorCode::PeerUnreachable;
                out.reason += out.reason.empty() ? "" : "; ";
                out.reason += door.error().message();
            }
        }
        return out;
    }
    Result<void> close(const RouterDoor& door, std::uint16_t innerPort)
    {
        return protocols.empty() ? ok() : protocols[last]->closeBlocking(door, innerPort);
    }

    // Last: it ends before what its jobs use.
    std::unique_ptr<WorkPool> pool;
};

std::string_view nameOf(PortMapper::State state)
{
    return kStates.at(static_cast<std::size_t>(state));
}

PortMapper::PortMapper(Parts parts)
    : m_parts(std::move(parts)), m_wake(m_parts.engine), m_tasks(m_parts.engine)
{
}

PortMapper::~PortMapper() = default;

void PortMapper::start()
{
    m_tasks.spawn(run());
}

void PortMapper::want(std::uint16_t innerPort)
{
    if (m_wanted == innerPort) return;
    m_wanted = innerPort;
    again();
}

void PortMapper::again()
{
    m_failures = 0;
    ++m_asks;
    m_wake.notifyAll();
}

asio::awaitable<void> PortMapper::pause(Duration time)
{
    using namespace asio::experimental::awaitable_operators;
    asio::awaitable<void> woken = m_wake.wait();
    asio::awaitable<void> passed = m_parts.clock.sleep(time);
    co_await (std::move(woken) || std::move(passed));
}

Duration PortMapper::rest() const
{
    if (m_door) return m_door->protocol == "UPnP" ? kSeeToByUpnp : kSeeTo;
    Duration out = kFirstRest;
    for (unsigned i = 1; i < m_failures && out < kLongestRest; ++i)
        out *= 2;
    return std::min(out, kLongestRest);
}

asio::awaitable<void> PortMapper::run()
{
    while (!m_stopping) {
        if (m_door && m_openFor != m_wanted) co_await closeOnce();
        if (m_wanted == 0) {
            m_state = State::Off;
            m_reason.clear();
            if (m_wanted == 0) co_await m_wake.wait();
            continue;
        }
        const std::uint64_t asks = m_asks;
        co_await askOnce();
        const Duration time = asks == m_asks ? rest() : kLeastRest;
        if (!m_stopping) co_await pause(time);
    }
}

asio::awaitable<void> PortMapper::askOnce()
{
    if (!m_worker) {
        m_worker = std::make_shared<Worker>();
        m_worker->protocols = m_parts.makeProtocols();
        m_worker->pool = m_parts.makePool();
    }
    if (!m_door) m_state = State::Looking;
    DoorWish wish;
    wish.innerPort = m_wanted;
    wish.outerPort = m_wanted;
    wish.before = m_door;
    const std::uint16_t port = m_wanted;
    auto job = [worker = m_worker, wish]() -> Result<Asked> { return worker->open(wish); };
    Result<Asked> asked = co_await runWithin(*m_worker->pool, m_parts.clock, kAskLimit,
                                             "an answer of the router", std::move(job));
    if (!asked) {
        Asked none;
        none.found = true;
        none.reason = asked.error().message();
        asked = std::move(none);
    }
    if (m_stopping && !asked->door) co_return;
    m_openFor = port;
    settle(*std::move(asked));
}

void PortMapper::settle(Asked asked)
{
    const AddressScope scope = asked.door ? scopeOf(asked.door->address) : AddressScope::World;
    if (scope != AddressScope::World && scope != AddressScope::Local) {
        asked.reason = "the router says that it is " + asked.door->address.to_string() +
                       ", where nobody can be connected to";
        asked.door.reset();
    }
    if (asked.door) {
        m_failures = 0;
        m_state = State::Open;
        m_reason.clear();
    } else {
        ++m_failures;
        m_state = asked.found ? State::Failed : State::None;
        m_reason = asked.reason;
    }
    if (asked.door == m_door) return;
    m_door = std::move(asked.door);
    if (m_door)
        TARN_LOG(Info, Main, "the router lets members in", {"address", m_door->address.to_string()},
                 {"port", std::to_string(m_door->port)}, {"protocol", m_door->protocol});
    else
        TARN_LOG(Warning, Main, "the router does not let members in any more",
                 {"reason", m_reason});
    m_parts.changed(m_door);
}

asio::awaitable<void> PortMapper::closeOnce()
{
    const RouterDoor door = *m_door;
    const std::uint16_t port = m_openFor;
    m_door.reset();
    m_parts.changed(m_door);
    auto job = [worker = m_worker, door, port]() -> Result<void> {
        return worker->close(door, port);
    };
    const Result<void> closed = co_await runWithin(*m_worker->pool, m_parts.clock, kCloseLimit,
                                                   "the router to close", std::move(job));
    if (!closed)
        TARN_LOG(Warning, Main, "the router may still let members in",
                 {"error", closed.error().text()});
}

asio::awaitable<Result<void>> PortMapper::ended()
{
    co_await m_tasks.join();
    co_return ok();
}

asio::awaitable<void> PortMapper::stop()
{
    m_stopping = true;
    m_wake.notifyAll();
    // A door that is just being opened would stay open.
    asio::awaitable<Result<void>> ending = ended();
    const Result<void> ended =
        co_await withDeadline<void>(m_parts.clock, kCloseLimit, "the router", std::move(ending));
    static_cast<void>(ended.has_value());
    m_tasks.cancel();
    co_await m_tasks.join();
    if (m_door) co_await closeOnce();
}

} // namespace tarn::profiles
