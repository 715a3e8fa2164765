#include "profiles/friendnet/ice_path.h"

#include "core/base/executor.h"
#include "core/base/log.h"
#include "core/base/signal.h"
#include "core/crypto/sha256.h"
#include "profiles/friendnet/stream_pump.h"

#include <boost/asio/post.hpp>
#include <unistd.h>

#include <optional>
#include <utility>
#include <vector>

namespace tarn::profiles {

namespace {

/// Datagrams that come before this side has seen that the pair works.
constexpr std::size_t kMostEarly = 8;

/// What both sides know and nobody else but who carried their signals: it keeps strangers out of
/// the stream. Who the other side is, TLS in the stream proves.
Secret secretOf(const PunchIce& asks, const PunchIce& answers)
{
    Bytes text = toBytes("tarn punched path 1\n");
    for (const std::string* part : {&asks.user, &asks.password, &answers.user, &answers.password}) {
        append(text, asBytes(*part));
        append(text, asBytes("\n"));
    }
    const auto hash = crypto::sha256(text);
    wipe(text);
    return Secret(hash.view());
}

} // namespace

/// What the engine waits for. Touched on the engine only; the nice thread posts to it.
struct IcePath::Waiting
{
    explicit Waiting(const asio::any_io_executor& engine) : changed(engine) {}

    Signal changed;
    std::optional<Result<PunchIce>> gathered;
    std::optional<Result<std::string>> up; ///< which pair
};

/// The nice thread's part.
class IcePath::Session final : public NiceGuest, public std::enable_shared_from_this<Session>
{
public:
    Session(NiceThread& thread, asio::any_io_executor engine, Random& random,
            std::weak_ptr<Waiting> waiting)
        : m_thread(thread), m_engine(std::move(engine)), m_random(random),
          m_waiting(std::move(waiting))
    {
    }

    void start(IceSettings settings)
    {
        m_asks = settings.asks;
        if (m_thread.guests() >= kMostIcePaths)
            return tellGathered(Error(ErrorCode::NoSpace, "too many punched paths"));
        IceAgent::Events events;
        // Not within libnice's own calls.
        events.gathered = [this] { later([](Session& self) { self.reportGathered(); }); };
        events.connected = [this] { later([](Session& self) { self.connected(); }); };
        events.failed = [this] { failed(); };
        events.datagram = [this](ByteView datagram) { received(datagram); };
        Result<std::unique_ptr<IceAgent>> agent =
            IceAgent::begin(m_thread, std::move(settings), std::move(events));
        if (!agent) return tellGathered(agent.error());
        m_agent = *std::move(agent);
        m_thread.keep(shared_from_this());
    }
    void reportGathered()
    {
        if (m_gathered || !m_agent) return;
        Result<PunchIce> local = m_agent->local();
        if (local) m_local = *local;
        m_gathered = true;
        tellGathered(std::move(local));
    }
    /// Takes `fd`.
    void connect(const PunchIce& other, int fd)
    {
        if (!m_agent || m_fd >= 0) {
            ::close(fd);
            return;
        }
        m_fd = fd;
        m_remote = other;
        const Result<void> set = m_agent->setRemote(other);
        if (!set) return end(set.error());
        if (m_connected) begin();
    }
    void abort() override { end(Error(ErrorCode::Cancelled, "the punched path is given up")); }

private:
    void connected()
    {
        m_connected = true;
        if (m_fd >= 0) begin();
    }
    void failed()
    {
        later([](Session& self) {
            self.end(Error(ErrorCode::PeerUnreachable,
                           self.m_up ? "the other side does not answer any more"
                                     : "no pair of addresses works"));
        });
    }
    void received(ByteView datagram)
    {
        if (m_pump) {
            m_pump->receive(datagram);
        } else if (m_early.size() < kMostEarly && datagram.size() <= kLargestDatagram) {
            m_early.push_back(toBytes(datagram));
        }
    }
    void begin()
    {
        if (m_pump || m_ended) return;
        const Secret secret = m_asks ? secretOf(m_local, m_remote) : secretOf(m_remote, m_local);
        StreamPump::Events events;
        events.send = [this](ByteView datagram) { m_agent->send(datagram); };
        events.up = [this] {
            m_up = true;
            tellUp(m_agent->pair());
        };
        events.over = [this](Result<void> how) {
            later([how = std::move(how)](Session& self) {
                self.end(how ? Error(ErrorCode::Cancelled, "all has arrived") : how.error());
            });
        };
        const int fd = std::exchange(m_fd, -1);
        Result<std::shared_ptr<StreamPump>> pump =
            StreamPump::begin(m_thread, m_asks ? StreamSide::Asks : StreamSide::Answers, secret,
                              m_random, fd, std::move(events));
        if (!pump) return end(pump.error());
        m_pump = *std::move(pump);
        for (const Bytes& datagram : std::exchange(m_early, {}))
            m_pump->receive(datagram);
    }
    /// Whatever was begun; the local side of the stream sees the end.
    void end(const Error& why)
    {
        if (std::exchange(m_ended, true)) return;
        TARN_LOG(Debug, Net, "a punched path is over", {"reason", why.text()});
        m_pump.reset(); // speaks through the agent
        m_agent.reset();
        if (m_fd >= 0) ::close(std::exchange(m_fd, -1));
        if (!m_gathered) tellGathered(why);
        if (!m_up) tellUp(why);
        m_thread.letGo(this);
    }
    void later(std::function<void(Session&)> work)
    {
        m_thread.post([weak = weak_from_this(), work = std::move(work)] {
            const std::shared_ptr<Session> self = weak.lock();
            if (self && !self->m_ended) work(*self);
        });
    }
    void tellGathered(Result<PunchIce> result)
    {
        m_gathered = true;
        asio::post(m_engine, [weak = m_waiting, result = std::move(result)]() mutable {
            const std::shared_ptr<Waiting> waiting = weak.lock();
            if (!waiting || waiting->gathered) return;
            waiting->gathered.emplace(std::move(result));
            waiting->changed.notifyAll();
        });
    }
    void tellUp(Result<std::string> result)
    {
        asio::post(m_engine, [weak = m_waiting, result = std::move(result)]() mutable {
            const std::shared_ptr<Waiting> waiting = weak.lock();
            if (!waiting || waiting->up) return;
            waiting->up.emplace(std::move(result));
            waiting->changed.notifyAll();
        });
    }

    NiceThread& m_thread;
    asio::any_io_executor m_engine;
    Random& m_random;
    std::weak_ptr<Waiting> m_waiting;
    bool m_asks = false;
    bool m_gathered = false;
    bool m_connected = false;
    bool m_up = false;
    bool m_ended = false;
    PunchIce m_local;
    PunchIce m_remote;
    int m_fd = -1; ///< until the pump has it
    std::vector<Bytes> m_early;
    std::unique_ptr<IceAgent> m_agent;
    std::shared_ptr<StreamPump> m_pump;
};

IcePath::IcePath(NiceThread& thread, asio::any_io_executor engine, Clock& clock, Random& random,
                 IceSettings settings)
    : m_post(thread.poster()), m_engine(std::move(engine)), m_clock(clock),
      m_waiting(std::make_shared<Waiting>(m_engine))
{
    auto session = std::make_shared<Session>(thread, m_engine, random, m_waiting);
    m_session = session;
    m_post([session = std::move(session), settings = std::move(settings)]() mutable {
        session->start(std::move(settings));
    });
}

IcePath::~IcePath()
{
    if (m_done) return;
    m_post([weak = m_session] {
        if (const std::shared_ptr<Session> session = weak.lock()) session->abort();
    });
}

asio::awaitable<Result<PunchIce>> IcePath::gather(Duration limit)
{
    const std::shared_ptr<Waiting> waiting = m_waiting;
    const auto all = [](std::shared_ptr<Waiting> on) -> asio::awaitable<Result<void>> {
        while (!on->gathered)
            co_await on->changed.wait();
        co_return ok();
    };
    asio::awaitable<Result<void>> work = all(waiting);
    const Result<void> inTime =
        co_await withDeadline<void>(m_clock, limit, "gathering addresses", std::move(work));
    if (!inTime && inTime.error().code() == ErrorCode::Cancelled) co_return inTime.error();
    if (!waiting->gathered) {
        // Without the servers that did not answer.
        std::function<void()> report = [weak = m_session] {
            if (const std::shared_ptr<Session> session = weak.lock()) session->reportGathered();
        };
        m_post(std::move(report));
        work = all(waiting);
        const Result<void> now = co_await withDeadline<void>(m_clock, std::chrono::seconds(1),
                                                             "gathering", std::move(work));
        if (!now) co_return now.error();
    }
    co_return *waiting->gathered;
}

asio::awaitable<Result<net::Stream>> IcePath::connect(PunchIce other, Duration limit)
{
    auto pair = net::makeStreamPair(m_engine, "a punched path");
    if (!pair) co_return pair.error();
    net::Stream own = std::move(pair->first);
    net::Stream away = std::move(pair->second);
    boost::system::error_code error;
    away.socket.native_non_blocking(true, error);
    const int fd = error ? -1 : away.socket.release(error);
    if (error || fd < 0) co_return errnoError(error.value(), "a punched path");
    // Closed by whoever has it, also when the thread has ended.
    struct Held
    {
        int fd;
        explicit Held(int fdToHold) : fd(fdToHold) {}
        ~Held()
        {
            if (fd >= 0) ::close(fd);
        }
        Held(const Held&) = delete;
        Held& operator=(const Held&) = delete;
    };
    auto held = std::make_shared<Held>(fd);
    std::function<void()> begin = [weak = m_session, held = std::move(held),
                                   other = std::move(other)] {
        const std::shared_ptr<Session> session = weak.lock();
        if (session) session->connect(other, std::exchange(held->fd, -1));
    };
    m_post(std::move(begin));
    asio::awaitable<Result<net::Stream>> work = connectWith(std::move(own));
    Result<net::Stream> out =
        co_await withDeadline<net::Stream>(m_clock, limit, "ICE over UDP", std::move(work));
    m_done = out.has_value();
    co_return out;
}

asio::awaitable<Result<net::Stream>> IcePath::connectWith(net::Stream stream)
{
    const std::shared_ptr<Waiting> waiting = m_waiting;
    while (!waiting->up)
        co_await waiting->changed.wait();
    if (!*waiting->up) co_return waiting->up->error();
    stream.path = net::PathKind::Punched;
    stream.peer = **waiting->up;
    stream.choice = net::kNoChoice;
    co_return stream;
}

} // namespace tarn::profiles
