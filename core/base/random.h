// random: the seam through which all chance enters. Tests use a seeded one.
#pragma once

#include "core/base/bytes.h"

namespace tarn {

class Random
{
public:
    virtual ~Random() = default;
    /// Fills with unpredictable bytes (the system source) or with a seeded sequence (tests).
    virtual void fill(MutableByteView into) = 0;

    Bytes bytes(std::size_t count);
    /// Uniform in [0, bound); bound must not be 0.
    std::uint64_t below(std::uint64_t bound);
};

/// getrandom(2); aborts if the kernel has no randomness. Any thread.
class SystemRandom final : public Random
{
public:
    void fill(MutableByteView into) override;
};

} // namespace tarn
