#include "introducer/relay/meeting_room.h"

#include "core/base/executor.h"
#include "core/base/log.h"

#include <array>
#include <optional>

namespace tarn::relay {

namespace {

constexpr Duration kTicketLife = std::chrono::seconds(10);
constexpr double kPairsPerSecond = 2;
constexpr double kPairBurst = 32;
constexpr std::size_t kMostWaiting = 256;

} // namespace

struct MeetingRoom::Shared
{
    Shared(Clock& clockToUse, std::shared_ptr<net::TicketRegistry> ticketsToUse, Duration idleFor)
        : clock(clockToUse), tickets(std::move(ticketsToUse)), idle(idleFor)
    {
    }

    Clock& clock;
    std::shared_ptr<net::TicketRegistry> tickets;
    Duration idle;
    RelayBook book;
    std::size_t sessions = 0;
    std::size_t waiting = 0;
};

/// Two connections to come.
struct MeetingRoom::Pair
{
    Pair(const asio::any_io_executor& engine, RelaySource from)
        : source(std::move(from)), over(engine)
    {
    }
    bool met() const { return asker.has_value() && target.has_value(); }

    RelaySource source;
    std::optional<net::Stream> asker;
    std::optional<net::Stream> target;
    std::array<net::Ticket, 2> tickets;
    std::optional<Error> failed;
    std::uint64_t carried = 0;
    Signal over;
};

/// What a pair takes up, while it is there.
struct MeetingRoom::Place
{
    Place(std::shared_ptr<Shared> sharedToUse, std::shared_ptr<Pair> pairToUse)
        : shared(std::move(sharedToUse)), pair(std::move(pairToUse))
    {
        ++shared->waiting;
    }
    ~Place()
    {
        for (const net::Ticket& ticket : pair->tickets)
            shared->tickets->forget(ticket);
        shared->book.end(pair->source);
        --(spliced ? shared->sessions : shared->waiting);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    void splice()
    {
        spliced = true;
        --shared->waiting;
        ++shared->sessions;
    }

    std::shared_ptr<Shared> shared;
    std::shared_ptr<Pair> pair;
    bool spliced = false;
};

MeetingRoom::MeetingRoom(Parts parts, const RelayLimits& limits)
    : m_parts(std::move(parts)),
      m_shared(std::make_shared<Shared>(m_parts.clock, m_parts.tickets, m_parts.idle)),
      m_rate(kPairsPerSecond, kPairBurst), m_tasks(m_parts.engine)
{
    m_shared->book.setLimits(limits);
}

MeetingRoom::~MeetingRoom() = default;

RelayBook& MeetingRoom::book()
{
    return m_shared->book;
}

const RelayBook& MeetingRoom::book() const
{
    return m_shared->book;
}

std::size_t MeetingRoom::sessions() const
{
    return m_shared->sessions;
}

std::size_t MeetingRoom::waiting() const
{
    return m_shared->waiting;
}

Result<net::Ticket> MeetingRoom::expect(const std::shared_ptr<Pair>& pair, bool asker)
{
    auto taker = [left = std::weak_ptr<Pair>(pair), asker](net::Stream stream) {
        const std::shared_ptr<Pair> mine = left.lock();
        if (!mine) return; // the connection closes
        (asker ? mine->asker : mine->target).emplace(std::move(stream));
        mine->over.notifyAll();
    };
    return m_parts.tickets->expect(net::PreambleMode::RelayData, kTicketLife, std::move(taker));
}

Result<net::Ticket> MeetingRoom::open(const net::PeerKey& target, const RelaySource& source)
{
    if (!m_rate.take(source.name, m_parts.clock.now()) || waiting() >= kMostWaiting)
        return Error(ErrorCode::NoSpace, "connections are asked for too often: wait a little");
    TARN_TRY_VOID(m_shared->book.begin(source, m_parts.clock.wallNow()));
    auto pair = std::make_shared<Pair>(m_parts.engine, source);
    auto place = std::make_shared<Place>(m_shared, pair);
    TARN_TRY(pair->tickets[0], expect(pair, true));
    TARN_TRY(pair->tickets[1], expect(pair, false));
    auto refused = [left = std::weak_ptr<Pair>(pair)](const Error& why) {
        const std::shared_ptr<Pair> mine = left.lock();
        if (!mine || mine->met()) return;
        mine->failed = why;
        mine->over.notifyAll();
    };
    TARN_TRY_VOID(m_parts.call(target, pair->tickets[1], std::move(refused)));
    const net::Ticket ticket = pair->tickets[0];
    m_tasks.spawn(attend(std::move(place)));
    return ticket;
}

asio::awaitable<void> MeetingRoom::attend(std::shared_ptr<Place> place)
{
    const std::shared_ptr<Shared> shared = place->shared;
    const std::shared_ptr<Pair> pair = place->pair;
    asio::awaitable<Result<void>> coming =
        [](std::shared_ptr<Pair> mine) -> asio::awaitable<Result<void>> {
        while (!mine->met() && !mine->failed)
            co_await mine->over.wait();
        co_return ok();
    }(pair);
    const Result<void> came = co_await withDeadline<void>(shared->clock, kTicketLife,
                                                          "two connections", std::move(coming));
    if (!pair->met()) co_return;
    place->splice();
    // Kept by value: what carries may end after this has.
    Carried carried = [shared, pair](std::uint64_t bytes) {
        pair->carried += bytes;
        return shared->book.carried(pair->source, bytes, pair->carried, shared->clock.wallNow());
    };
    net::Stream first = std::move(*pair->asker);
    net::Stream second = std::move(*pair->target);
    pair->asker.reset();
    pair->target.reset();
    const SpliceReport report = co_await spliceStreams(
        std::move(first), std::move(second), shared->clock, shared->idle, std::move(carried));
    TARN_LOG(
        Debug, Net, "a relayed connection has ended", {"forth", report.forth},
        {"back", report.back},
        {"reason", report.outcome ? std::string("both sides") : report.outcome.error().text()});
}

void MeetingRoom::endAll()
{
    m_tasks.cancel();
}

asio::awaitable<void> MeetingRoom::stop()
{
    m_tasks.cancel();
    co_await m_tasks.join();
}

} // namespace tarn::relay
