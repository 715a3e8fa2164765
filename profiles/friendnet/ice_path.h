// ice_path: a stream to a peer over UDP, through the routers of both: ICE finds the way, QUIC is
// the stream. What the engine sees of it; the rest lives on the nice thread. Engine thread.
// Source: core/doc/protocol/punching.md.
#pragma once

#include "core/base/random.h"
#include "core/net/stream.h"
#include "profiles/friendnet/ice_agent.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace tarn::profiles {

/// Beginning, in use and ending ones.
inline constexpr std::size_t kMostIcePaths = 64;

class IcePath
{
public:
    /// Gathers at once. `thread` and `random` outlive the stream that comes of it; the engine
    /// outlives `thread`.
    IcePath(NiceThread& thread, asio::any_io_executor engine, Clock& clock, Random& random,
            IceSettings settings);
    /// Gives up what has not become a stream.
    ~IcePath();
    IcePath(const IcePath&) = delete;
    IcePath& operator=(const IcePath&) = delete;

    /// This side, as far as it is known when all servers have answered or `limit` is over.
    /// \return NoSpace: too many paths.  IoFailure, InvalidInput: libnice cannot begin.
    asio::awaitable<Result<PunchIce>> gather(Duration limit);
    /// Once, after gather(). The stream lives on without this object.
    /// \return PeerUnreachable: no pair of addresses works.  Timeout.
    asio::awaitable<Result<net::Stream>> connect(PunchIce other, Duration limit);

private:
    struct Waiting;
    class Session;

    asio::awaitable<Result<net::Stream>> connectWith(net::Stream stream);

    NiceThread::Poster m_post; ///< a coroutine may be destroyed after the thread
    asio::any_io_executor m_engine;
    Clock& m_clock;
    std::shared_ptr<Waiting> m_waiting;
    std::weak_ptr<Session> m_session; ///< used on the nice thread only
    bool m_done = false;
};

} // namespace tarn::profiles
