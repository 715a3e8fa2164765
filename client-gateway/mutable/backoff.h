// backoff: how long a writer waits after a collision. Source: allmydata.mutable.filenode.
#pragma once

#include "core/base/clock.h"
#include "core/base/random.h"

#include <optional>

namespace tarn::gateway {

/// Pauses that grow by e, each with some chance in it so that two writers part.
class Backoff
{
public:
    explicit Backoff(Random& random) : m_random(random) {}
    /// \return none after the third: the fourth collision is for the caller.
    std::optional<Duration> next();

private:
    Random& m_random;
    double m_seconds = 1.0;
    unsigned m_count = 0;
};

} // namespace tarn::gateway
