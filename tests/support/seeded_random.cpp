#include "tests/support/seeded_random.h"

namespace tarn::test {

std::uint64_t SeededRandom::next()
{
    m_state += 0x9e3779b97f4a7c15U;
    std::uint64_t z = m_state;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

void SeededRandom::fill(MutableByteView into)
{
    for (std::size_t i = 0; i < into.size();) {
        std::uint64_t word = next();
        for (unsigned j = 0; j < 8 && i < into.size(); ++j, ++i) {
            into[i] = static_cast<std::byte>(word & 0xffU);
            word >>= 8U;
        }
    }
}

std::uint64_t SeededRandom::between(std::uint64_t least, std::uint64_t most)
{
    return least + below(most - least + 1);
}

Bytes SeededRandom::bytesBetween(std::size_t least, std::size_t most)
{
    return bytes(static_cast<std::size_t>(between(least, most)));
}

bool SeededRandom::chance(double probability)
{
    return static_cast<double>(next() >> 11U) * 0x1.0p-53 < probability;
}

} // namespace tarn::test
