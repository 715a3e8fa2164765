#include "core/membership/terms.h"

namespace tarn::membership {

namespace {

constexpr std::uint64_t kMaxQuota = 1ULL << 60U;

Error refused(const char* why)
{
    return Error(ErrorCode::InvalidInput, std::string("terms of membership: ") + why);
}

} // namespace

std::string_view nameOf(Role role)
{
    return role == Role::Guest ? "guest" : "friend";
}

Result<Role> parseRole(std::string_view text)
{
    if (text == "friend") return Role::Friend;
    if (text == "guest") return Role::Guest;
    return Error(ErrorCode::InvalidInput, "expected \"friend\" or \"guest\"");
}

Result<void> checkTerms(const Terms& terms)
{
    if (terms.role != Role::Friend && terms.role != Role::Guest) return refused("no such role");
    if (terms.role == Role::Guest && terms.depth > 0) return refused("guests invite nobody");
    if (terms.depth >= kMaxDepth) return refused("at most 7 generations may follow");
    if (terms.quotaBytes > kMaxQuota) return refused("a quota beyond an exbibyte");
    return ok();
}

bool isWithin(const Terms& given, const Terms& most)
{
    const bool quotaFits =
        most.quotaBytes == 0 || (given.quotaBytes > 0 && given.quotaBytes <= most.quotaBytes);
    const bool roleFits = most.role == Role::Friend || given.role == Role::Guest;
    return quotaFits && roleFits && given.depth <= most.depth;
}

} // namespace tarn::membership
