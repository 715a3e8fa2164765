#include "core/base/random.h"

#include "core/base/check.h"

#include <sys/random.h>

#include <cerrno>
#include <limits>

namespace tarn {

Bytes Random::bytes(std::size_t count)
{
    Bytes out(count);
    fill(out);
    return out;
}

std::uint64_t Random::below(std::uint64_t bound)
{
    TARN_ASSERT(bound > 0);
    // Values past the last whole multiple of bound would favour small results.
    const std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t limit = last - last % bound;
    std::uint64_t value = 0;
    do {
        fill(std::as_writable_bytes(std::span(&value, 1)));
    } while (value >= limit);
    return value % bound;
}

void SystemRandom::fill(MutableByteView into)
{
    while (!into.empty()) {
        const ssize_t got = getrandom(into.data(), into.size(), 0);
        if (got < 0) {
            TARN_ASSERT(errno == EINTR);
            continue;
        }
        into = into.subspan(static_cast<std::size_t>(got));
    }
}

} // namespace tarn
