// stream_pump: moves bytes between a connected socket of this machine and a DatagramStream, in both
// directions, each held back by the other. On the nice thread only.
#pragma once

#include "profiles/friendnet/datagram_stream.h"
#include "profiles/friendnet/nice_thread.h"

#include <functional>
#include <memory>
#include <optional>

namespace tarn::profiles {

/// How long what was given before the local side went may still take to arrive.
inline constexpr Duration kPumpLinger = std::chrono::seconds(10);

/// In a shared_ptr.
class StreamPump final : public std::enable_shared_from_this<StreamPump>
{
public:
    /// Called from the thread's loop.
    struct Events
    {
        std::function<void(ByteView)> send;     ///< one datagram
        std::function<void()> up;               ///< once: the other side has shown itself
        std::function<void(Result<void>)> over; ///< once: ok when all has arrived
    };
    /// Takes `fd`, a socket that does not block. `random` outlives it.
    static Result<std::shared_ptr<StreamPump>> begin(NiceThread& thread, StreamSide side,
                                                     const Secret& secret, Random& random, int fd,
                                                     Events events);
    /// Tells the other side; the local one sees the end.
    ~StreamPump();
    StreamPump(const StreamPump&) = delete;
    StreamPump& operator=(const StreamPump&) = delete;

    void receive(ByteView datagram);

private:
    StreamPump(NiceThread& thread, int fd, Events events);
    void soon();
    void work();
    void readLocal();
    void writeLocal();
    void flush(TimePoint now);
    void wait();
    std::optional<Result<void>> outcome(TimePoint now) const;
    void finish(Result<void> how);

    NiceThread& m_thread;
    int m_fd;
    Events m_events;
    std::unique_ptr<DatagramStream> m_stream;
    std::unique_ptr<NiceWatch> m_watch;
    std::unique_ptr<NiceTimer> m_timer;
    std::optional<Error> m_problem;
    TimePoint m_lingerUntil = TimePoint::max();
    bool m_scheduled = false;
    bool m_toldUp = false;
    bool m_over = false;
    bool m_hungUp = false;   ///< the local side is gone
    bool m_endShown = false; ///< the local side was shown the end of what came
    bool m_moreToRead = false;
};

} // namespace tarn::profiles
