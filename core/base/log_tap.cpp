#include "core/base/log_tap.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <vector>

namespace tarn::log {

namespace {

struct Taps
{
    std::mutex mutex; ///< over `all`, and held while they are told
    std::vector<Tap*> all;
    std::atomic<bool> any{false};
};

/// Never destroyed: the last lines are written when others are.
Taps& taps()
{
    static Taps* const kTaps = new Taps; // NOLINT(cppcoreguidelines-owning-memory)
    return *kTaps;
}

} // namespace

Tap::Tap(std::function<void(const std::string& line)> take) : m_take(std::move(take))
{
    const std::scoped_lock lock(taps().mutex);
    taps().all.push_back(this);
    taps().any = true;
}

Tap::~Tap()
{
    const std::scoped_lock lock(taps().mutex);
    std::erase(taps().all, this);
    taps().any = !taps().all.empty();
}

bool tapped()
{
    return taps().any.load(std::memory_order_relaxed);
}

void tellTaps(const std::string& line)
{
    const std::scoped_lock lock(taps().mutex);
    for (Tap* const tap : taps().all)
        tap->m_take(line);
}

} // namespace tarn::log
