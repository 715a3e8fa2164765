// sim_faults: ways in which a simulated server breaks its word.
#pragma once

#include "tests/support/faulty_store.h"
#include "tests/support/seeded_random.h"

#include <optional>

namespace tarn::test {

enum class Lie {
    WrongBytes,   ///< a byte of every read is wrong
    WrongNumbers, ///< shares under the numbers of others
    OldShares,    ///< the share of another file
    ShortAnswers, ///< half of what was asked for, and shares it hides
    KeepsNothing, ///< acknowledges writes that it does not keep
    Errors,       ///< answers with errors, now and then after having done what was asked
    Delays,       ///< answers after long
};
inline constexpr std::size_t kLies = 7;

const char* nameOf(Lie lie);

/// \param other  the file whose shares OldShares serves; none: it serves the right ones.
FaultyStore::Plan planOf(Lie lie, std::uint64_t seed, std::optional<StorageIndex> other = {});

} // namespace tarn::test
