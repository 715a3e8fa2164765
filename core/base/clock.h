// clock: the seam through which all time enters. Tests move it by hand.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>

namespace tarn {

namespace asio = boost::asio;

using Duration = std::chrono::nanoseconds;
/// Monotonic: for deadlines and intervals only.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;
/// Wall-clock time, UTC: for leases, certificates and logs; it may jump.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

class Clock
{
public:
    virtual ~Clock() = default;
    virtual TimePoint now() const = 0;
    virtual WallTime wallNow() const = 0;
    /// Ends after `duration`, or early when the coroutine is cancelled (it then just returns;
    /// ask the cancellation state). Engine thread.
    virtual asio::awaitable<void> sleep(Duration duration) = 0;
};

class SystemClock final : public Clock
{
public:
    TimePoint now() const override;
    WallTime wallNow() const override;
    asio::awaitable<void> sleep(Duration duration) override;
};

/// Whole seconds since 1970, as leases carry them.
std::int64_t unixSeconds(WallTime time);

} // namespace tarn
