#include "tests/sim/sim_faults.h"

#include <array>
#include <memory>

namespace tarn::test {

namespace {

constexpr double kOften = 0.3;
constexpr Duration kLongest = std::chrono::seconds(40);

Fault errorFault(SeededRandom& random)
{
    Fault fault;
    if (!random.chance(kOften)) return fault;
    constexpr std::array<ErrorCode, 4> kCodes{ErrorCode::IoFailure, ErrorCode::NotFound,
                                              ErrorCode::Conflict, ErrorCode::NoSpace};
    fault.error = kCodes[random.between(0, kCodes.size() - 1)];
    fault.errorAfterDoing = random.chance(kOften);
    return fault;
}

Fault faultOf(Lie lie, StoreCall call, SeededRandom& random, std::optional<StorageIndex> other)
{
    Fault fault;
    switch (lie) {
    case Lie::WrongBytes:
        fault.flipByte = true;
        break;
    case Lie::WrongNumbers:
        fault.renumber = 1;
        break;
    case Lie::OldShares:
        fault.readFrom = other;
        break;
    case Lie::ShortAnswers:
        fault.shortAnswer = call == StoreCall::Read || random.chance(kOften);
        break;
    case Lie::KeepsNothing:
        fault.pretend = true;
        break;
    case Lie::Errors:
        return errorFault(random);
    case Lie::Delays:
        fault.delay = Duration(static_cast<Duration::rep>(
            random.between(0, static_cast<std::uint64_t>(kLongest.count()))));
        break;
    }
    return fault;
}

} // namespace

const char* nameOf(Lie lie)
{
    constexpr std::array<const char*, kLies> kNames{"wrong bytes",   "wrong numbers", "old shares",
                                                    "short answers", "keeps nothing", "errors",
                                                    "delays"};
    return kNames[static_cast<std::size_t>(lie)];
}

FaultyStore::Plan planOf(Lie lie, std::uint64_t seed, std::optional<StorageIndex> other)
{
    auto random = std::make_shared<SeededRandom>(seed);
    return [lie, random, other](StoreCall call, std::uint64_t) {
        return faultOf(lie, call, *random, other);
    };
}

} // namespace tarn::test
