#include "profiles/friendnet/nice_thread.h"

#include "core/base/executor.h"

#include <glib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace tarn::profiles {

struct NiceThread::Impl
{
    explicit Impl(Clock& clockToUse) : clock(clockToUse), context(g_main_context_new()) {}
    ~Impl() { g_main_context_unref(context); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void run();
    void post(std::function<void()> job);
    std::deque<std::function<void()>> takeWork();

    Clock& clock;
    GMainContext* const context;
    std::thread thread;

    std::mutex mutex;
    std::deque<std::function<void()>> work; ///< under the mutex
    bool ending = false;                    ///< under the mutex

    Owner owner;
    std::map<const NiceGuest*, std::shared_ptr<NiceGuest>> guests;
    std::vector<std::shared_ptr<NiceGuest>> leaving;
};

std::deque<std::function<void()>> NiceThread::Impl::takeWork()
{
    const std::lock_guard lock(mutex);
    return std::exchange(work, {});
}

void NiceThread::Impl::run()
{
    owner.check();
    g_main_context_push_thread_default(context);
    while (true) {
        for (std::function<void()>& job : takeWork()) {
            job();
            job = nullptr;
            leaving.clear();
        }
        bool idle = true;
        {
            const std::lock_guard lock(mutex);
            if (ending) break;
            idle = work.empty();
        }
        // post() wakes it, also when it has not begun to wait.
        g_main_context_iteration(context, idle ? TRUE : FALSE);
        leaving.clear();
    }
    for (const auto& [key, guest] : std::exchange(guests, {}))
        guest->abort();
    leaving.clear();
    // libnice ends its agents in handlers of its own.
    while (g_main_context_iteration(context, FALSE)) {
    }
    g_main_context_pop_thread_default(context);
}

NiceThread::NiceThread(Clock& clock) : m_impl(std::make_shared<Impl>(clock))
{
    m_impl->thread = std::thread([impl = m_impl] { impl->run(); });
}

NiceThread::~NiceThread()
{
    std::deque<std::function<void()>> dropped; // not under the lock: they may post
    {
        const std::lock_guard lock(m_impl->mutex);
        m_impl->ending = true;
        dropped.swap(m_impl->work);
    }
    g_main_context_wakeup(m_impl->context);
    m_impl->thread.join();
}

void NiceThread::Impl::post(std::function<void()> job)
{
    {
        const std::lock_guard lock(mutex);
        if (ending) return;
        work.push_back(std::move(job));
    }
    g_main_context_wakeup(context);
}

void NiceThread::post(std::function<void()> work)
{
    m_impl->post(std::move(work));
}

NiceThread::Poster NiceThread::poster() const
{
    return [impl = m_impl](std::function<void()> work) { impl->post(std::move(work)); };
}

Clock& NiceThread::clock() const
{
    return m_impl->clock;
}

_GMainContext* NiceThread::context() const
{
    m_impl->owner.check();
    return m_impl->context;
}

void NiceThread::keep(std::shared_ptr<NiceGuest> guest)
{
    m_impl->owner.check();
    const NiceGuest* const key = guest.get();
    m_impl->guests[key] = std::move(guest);
}

void NiceThread::letGo(const NiceGuest* guest)
{
    m_impl->owner.check();
    const auto at = m_impl->guests.find(guest);
    if (at == m_impl->guests.end()) return;
    m_impl->leaving.push_back(std::move(at->second));
    m_impl->guests.erase(at);
}

std::size_t NiceThread::guests() const
{
    m_impl->owner.check();
    return m_impl->guests.size();
}

// --- descriptors ---

struct NiceWatch::Impl
{
    /// GLib's part of it; `owner` is null once the watch is gone.
    struct Source
    {
        GSource base;
        Impl* owner;
    };
    static gboolean dispatch(GSource* source, GSourceFunc /*unused*/, gpointer /*unused*/)
    {
        Impl* const self = reinterpret_cast<Source*>(source)->owner;
        if (self == nullptr) return G_SOURCE_REMOVE;
        const GIOCondition now = g_source_query_unix_fd(source, self->tag);
        const bool gone = (now & (G_IO_HUP | G_IO_ERR | G_IO_NVAL)) != 0;
        self->ready(gone);
        return G_SOURCE_CONTINUE;
    }

    std::function<void(bool)> ready;
    GSource* source = nullptr;
    gpointer tag = nullptr;
    GIOCondition wanted{};
};

NiceWatch::NiceWatch(NiceThread& thread, int fd, std::function<void(bool)> ready)
    : m_impl(std::make_unique<Impl>())
{
    static GSourceFuncs functions{nullptr, nullptr, Impl::dispatch, nullptr, nullptr, nullptr};
    m_impl->ready = std::move(ready);
    m_impl->source = g_source_new(&functions, sizeof(Impl::Source));
    reinterpret_cast<Impl::Source*>(m_impl->source)->owner = m_impl.get();
    m_impl->tag = g_source_add_unix_fd(m_impl->source, fd, m_impl->wanted);
    g_source_attach(m_impl->source, thread.context());
}

NiceWatch::~NiceWatch()
{
    reinterpret_cast<Impl::Source*>(m_impl->source)->owner = nullptr;
    g_source_destroy(m_impl->source);
    g_source_unref(m_impl->source);
}

void NiceWatch::want(bool readable, bool writable)
{
    const auto wanted =
        static_cast<GIOCondition>((readable ? G_IO_IN : 0) | (writable ? G_IO_OUT : 0));
    if (wanted == m_impl->wanted) return;
    m_impl->wanted = wanted;
    g_source_modify_unix_fd(m_impl->source, m_impl->tag, wanted);
}

// --- times ---

NiceTimer::NiceTimer(NiceThread& thread, std::function<void()> due)
    : m_thread(thread), m_fd(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC))
{
    if (m_fd < 0) return; // without descriptors nothing else here works either
    m_watch =
        std::make_unique<NiceWatch>(thread, m_fd, [this, call = std::move(due)](bool /*gone*/) {
            std::uint64_t count = 0;
            if (::read(m_fd, &count, sizeof count) != sizeof count) return;
            m_when = TimePoint::max();
            call();
        });
    m_watch->want(true, false);
}

NiceTimer::~NiceTimer()
{
    m_watch.reset();
    if (m_fd >= 0) ::close(m_fd);
}

void NiceTimer::at(TimePoint when)
{
    if (m_fd < 0 || when == m_when) return;
    m_when = when;
    itimerspec next{};
    if (when != TimePoint::max()) {
        const Duration wait = std::max(when - m_thread.clock().now(), Duration(1));
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
        next.it_value.tv_sec = seconds.count();
        next.it_value.tv_nsec = (wait - seconds).count();
    }
    static_cast<void>(::timerfd_settime(m_fd, 0, &next, nullptr)); // no value above is refused
}

} // namespace tarn::profiles
