// nice_thread: the thread that libnice lives on, with a main context of its own, and what waits
// there for descriptors and times. Others hand work over by post(); nothing is shared.
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <cstdint>
#include <functional>
#include <memory>

struct _GMainContext;

namespace tarn::profiles {

/// What stays on the thread until it has ended by itself, or the thread ends.
class NiceGuest
{
public:
    virtual ~NiceGuest() = default;
    /// The thread ends, or nobody wants it any more: it gives up everything. Once.
    virtual void abort() = 0;
};

/// Starts and ends with the object.
class NiceThread
{
public:
    /// `clock` outlives it; its now() is asked from the thread. Who is posted to from the thread
    /// outlives it too.
    explicit NiceThread(Clock& clock);
    /// Guests are aborted; work that was posted and has not begun is dropped.
    ~NiceThread();
    NiceThread(const NiceThread&) = delete;
    NiceThread& operator=(const NiceThread&) = delete;

    using Poster = std::function<void(std::function<void()>)>;

    /// Any thread, its own too. In order.
    void post(std::function<void()> work);
    /// The same for who may be there after this object: then the work is dropped.
    Poster poster() const;

    // --- on the thread itself only ---
    Clock& clock() const;
    _GMainContext* context() const;
    void keep(std::shared_ptr<NiceGuest> guest);
    /// It is destroyed when what runs now has returned.
    void letGo(const NiceGuest* guest);
    std::size_t guests() const;

private:
    struct Impl;

    std::shared_ptr<Impl> m_impl; ///< also held by the thread
};

/// A descriptor that is waited for. On the thread only.
class NiceWatch
{
public:
    /// Does not own `fd`.
    /// \param ready  called from the thread's loop. `gone`: the other side is, in both directions;
    /// it
    ///   is called again and again then, so the watch has to go, but not within the call.
    NiceWatch(NiceThread& thread, int fd, std::function<void(bool gone)> ready);
    ~NiceWatch();
    NiceWatch(const NiceWatch&) = delete;
    NiceWatch& operator=(const NiceWatch&) = delete;

    void want(bool readable, bool writable);

private:
    struct Impl;

    std::unique_ptr<Impl> m_impl;
};

/// One moment that is waited for, to the microsecond. On the thread only.
class NiceTimer
{
public:
    NiceTimer(NiceThread& thread, std::function<void()> due);
    ~NiceTimer();
    NiceTimer(const NiceTimer&) = delete;
    NiceTimer& operator=(const NiceTimer&) = delete;

    /// TimePoint::max(): never.
    void at(TimePoint when);

private:
    NiceThread& m_thread;
    int m_fd = -1;
    TimePoint m_when = TimePoint::max();
    std::unique_ptr<NiceWatch> m_watch;
};

} // namespace tarn::profiles
