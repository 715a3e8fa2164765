// crash_states: every state in which a crash may leave a disk, computed from what was done to it.
//
// The rules, harsher than those of any one file system:
// - What was synced is on disk. A file's sync covers its bytes and size, not its name; a
//   directory's sync its names, not its own name; syncfs everything.
// - Anything else may be there or not, one independently of the other: each write whole, not at
//   all, cut off inside its first or its last sector, only its end, or only as a size.
// - A rename is there or not as a whole, and durable once either of its directories is synced.
//   Changes of the same name happen in their order, and a directory goes after the names in it.
// - Bytes that a failed sync covered may stay lost whatever is synced later. (Names may not: a
//   journal that fails takes no more of them.)
#pragma once

#include "tests/support/crash_recorder.h"

#include <functional>

namespace tarn::test {

/// What a crash made of one operation.
enum class Fate {
    Kept,
    Lost,
    OnlySize,   ///< of a write: the file is long enough, the bytes are as they were, or zeros
    OnlyEnd,    ///< of a write: its last sector
    CutAtFirst, ///< of a write: it ends inside its first sector
    CutAtLast,  ///< of a write: it ends inside its last sector
};

struct CrashStatesLimits
{
    /// Up to so many combinations are all tried; of more, `samples` are drawn.
    std::size_t exhaustive = 4096;
    std::size_t samples = 400;
    std::uint64_t seed = 1;
};

struct CrashStatesCount
{
    std::size_t states = 0;     ///< combinations tried
    std::size_t exhaustive = 0; ///< moments of which all were
    std::size_t sampled = 0;    ///< moments of which some were
};

/// The moments at which a crash has to be looked at: before each sync and at the end. What can be
/// found after a crash at any other moment can also be found at the next of these.
std::vector<std::size_t> crashMoments(const DiskRecord& record);

/// Calls `visit` with every state (or a sample of them) in which a crash just before operation
/// number `moment` may leave the disk, until it returns false.
void visitCrashStates(const DiskRecord& record, std::size_t moment, const CrashStatesLimits& limits,
                      CrashStatesCount& count,
                      const std::function<bool(const DiskImage& image)>& visit);

} // namespace tarn::test
