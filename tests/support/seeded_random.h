// seeded_random: the Random of tests; the same seed gives the same bytes on every machine.
#pragma once

#include "core/base/random.h"

#include <cstdint>

namespace tarn::test {

/// splitmix64 stream. Not for secrets.
class SeededRandom final : public tarn::Random
{
public:
    explicit SeededRandom(std::uint64_t seed) : m_state(seed) {}
    void fill(MutableByteView into) override;

    std::uint64_t next();
    /// Uniform in [least, most].
    std::uint64_t between(std::uint64_t least, std::uint64_t most);
    /// Random bytes of a random length in [least, most].
    Bytes bytesBetween(std::size_t least, std::size_t most);
    bool chance(double probability);

private:
    std::uint64_t m_state;
};

} // namespace tarn::test
