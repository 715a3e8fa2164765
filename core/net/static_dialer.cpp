#include "core/net/static_dialer.h"

#include "core/base/executor.h"
#include "core/base/log.h"
#include "core/codec/base32.h"
#include "core/crypto/sha256.h"
#include "core/net/sam_session.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <set>

namespace tarn::net {

namespace {

constexpr std::size_t kSaltBytes = 32;
constexpr std::size_t kMostRemembered = 4096;

/// All failures of one dial in one message.
class Reasons
{
public:
    void add(const Error& error) { m_text += (m_text.empty() ? "" : "; ") + error.message(); }
    Error error() const
    {
        return Error(ErrorCode::PeerUnreachable, m_text.empty() ? "no address is known" : m_text);
    }

private:
    std::string m_text;
};

} // namespace

struct StaticDialer::Core
{
    Core(Outgoing outgoingToUse, Clock& clockToUse, Random& randomToUse)
        : outgoing(std::move(outgoingToUse)), clock(clockToUse), random(randomToUse),
          salt(random.bytes(kSaltBytes))
    {
    }

    bool looksUp(const Location& location) const
    {
        return resolver && outgoing.routeOf(location.network).kind == Route::Kind::Direct &&
               !endpointOf(location.host, location.port);
    }

    /// One for all servers: its tunnels are too dear for one each.
    SamSession& sam(const asio::any_io_executor& executor)
    {
        SamSettings settings;
        settings.router = outgoing.i2p.proxy;
        if (!samSession) samSession.emplace(executor, std::move(settings), Secret(), clock, random);
        return *samSession;
    }

    /// Tells nothing but which connections have the same one.
    std::string isolationOf(const Location& location) const
    {
        Bytes bytes = salt;
        append(bytes, asBytes(wire::placeOf(location)));
        return codec::encodeBase32(crypto::sha256(bytes).view());
    }

    void noteFailure(const Location& location, const Error& error)
    {
        const std::string place = wire::textOf(location);
        const bool isNew = failing.size() < kMostRemembered && failing.insert(place).second;
        if (isNew) {
            TARN_LOG(Warning, Net, "address cannot be reached", {"address", place},
                     {"error", error.message()});
        } else {
            TARN_LOG(Debug, Net, "address cannot be reached", {"address", place},
                     {"error", error.message()});
        }
    }
    void noteSuccess(const Location& location)
    {
        if (failing.erase(wire::textOf(location)) == 0) return;
        TARN_LOG(Info, Net, "address is reached again", {"address", wire::textOf(location)});
    }

    const Outgoing outgoing;
    Clock& clock;
    Random& random;
    const Bytes salt;
    std::optional<SamSession> samSession;
    std::unique_ptr<NameResolver> resolver;
    bool closed = false; ///< the dialer is gone
    std::set<std::string> failing;
};

/// Attempts at several addresses, shared by them and by who waits.
struct StaticDialer::Race
{
    Race(const asio::any_io_executor& executorToUse, std::size_t size)
        : executor(executorToUse), over(executor, asio::steady_timer::time_point::max()), open(size)
    {
    }

    void ended(Result<Stream> result)
    {
        --open;
        if (result && !winner)
            winner = *std::move(result);
        else if (!result)
            reasons.add(result.error());
        if (winner || open == 0) over.cancel();
    }
    void stop()
    {
        for (const auto& signal : signals)
            emitCancel(executor, *signal, signal);
    }

    asio::any_io_executor executor;
    asio::steady_timer over;
    std::size_t open;
    std::optional<Stream> winner;
    Reasons reasons;
    std::vector<std::shared_ptr<asio::cancellation_signal>> signals;
};

StaticDialer::StaticDialer(Outgoing outgoing, Clock& clock, Random& random,
                           std::unique_ptr<NameResolver> resolver)
    : m_core(std::make_shared<Core>(std::move(outgoing), clock, random))
{
    m_core->resolver = std::move(resolver);
}

StaticDialer::~StaticDialer()
{
    m_core->closed = true;
    m_core->samSession.reset(); // or the engine would wait for it
    m_core->resolver.reset();
}

asio::awaitable<Result<Stream>> StaticDialer::dial(std::vector<Location> locations)
{
    if (m_core->outgoing.several == Several::Race && locations.size() > 1)
        return race(m_core, std::move(locations));
    return inOrder(m_core, std::move(locations));
}

asio::awaitable<Result<Stream>> StaticDialer::attempt(std::shared_ptr<Core> core, Location location,
                                                      std::size_t choice)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    if (core->closed) co_return Error(ErrorCode::Cancelled, "the dialer was closed");
    if (const Result<void> may = core->outgoing.mayDial(location); !may)
        co_return Error(ErrorCode::PeerUnreachable, may.error().message());
    ConnectOptions options;
    options.limit = core->outgoing.limitOf(location.network);
    options.isolation = core->isolationOf(location);
    Route route = core->outgoing.routeOf(location.network);
    Result<Stream> stream = Error(ErrorCode::Internal, "not dialled");
    if (route.kind == Route::Kind::Sam)
        stream = co_await core->sam(executor).connect(location.host, options.limit);
    else if (core->looksUp(location))
        stream = co_await connectNamed(core, location);
    else
        stream = co_await connectOver(std::move(route), location, std::move(options), core->clock);
    if (stream) {
        stream->choice = choice;
        core->noteSuccess(location);
    } else if (stream.error().code() != ErrorCode::Cancelled) {
        core->noteFailure(location, stream.error());
    }
    co_return stream;
}

/// The addresses of a name, one after the other.
asio::awaitable<Result<Stream>> StaticDialer::connectAny(std::shared_ptr<Core> core,
                                                         Location location)
{
    TARN_CO_TRY(const std::vector<asio::ip::address> addresses,
                co_await core->resolver->resolve(location.host));
    Reasons reasons;
    for (const asio::ip::address& address : addresses) {
        const Endpoint endpoint(address, location.port);
        ConnectOptions options;
        options.limit = core->outgoing.limitOf(location.network);
        Result<Stream> stream = co_await connectTcp(endpoint, std::move(options), core->clock);
        if (stream || stream.error().code() == ErrorCode::Cancelled) co_return stream;
        reasons.add(stream.error());
    }
    co_return reasons.error();
}

/// Looking up and connecting have one deadline.
asio::awaitable<Result<Stream>> StaticDialer::connectNamed(std::shared_ptr<Core> core,
                                                           Location location)
{
    std::string what = "connecting to " + wire::textOf(location);
    const Duration limit = core->outgoing.limitOf(location.network);
    asio::awaitable<Result<Stream>> work = connectAny(core, std::move(location));
    co_return co_await withDeadline<Stream>(core->clock, limit, std::move(what), std::move(work));
}

asio::awaitable<Result<Stream>> StaticDialer::inOrder(std::shared_ptr<Core> core,
                                                      std::vector<Location> locations)
{
    Reasons reasons;
    for (std::size_t i = 0; i < locations.size(); ++i) {
        Result<Stream> stream = co_await attempt(core, locations[i], i);
        if (stream || stream.error().code() == ErrorCode::Cancelled) co_return stream;
        reasons.add(stream.error());
    }
    co_return reasons.error();
}

asio::awaitable<Result<Stream>> StaticDialer::race(std::shared_ptr<Core> core,
                                                   std::vector<Location> locations)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const auto state = std::make_shared<Race>(executor, locations.size());
    struct Stop
    {
        Race& race;
        ~Stop() { race.stop(); }
    } stop{*state};
    for (std::size_t i = 0; i < locations.size(); ++i) {
        auto signal = std::make_shared<asio::cancellation_signal>();
        state->signals.push_back(signal);
        auto done = [state, signal](std::exception_ptr thrown, Result<Stream> result) {
            if (thrown) result = Error(ErrorCode::Cancelled, "connecting was cancelled");
            state->ended(std::move(result));
        };
        asio::co_spawn(executor, attempt(core, locations[i], i),
                       asio::bind_cancellation_slot(signal->slot(), std::move(done)));
    }
    while (!state->winner && state->open > 0)
        co_await state->over.async_wait(asio::as_tuple(asio::use_awaitable));
    if (state->winner) co_return *std::move(state->winner);
    co_return state->reasons.error();
}

} // namespace tarn::net
