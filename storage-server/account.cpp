#include "storage-server/account.h"

#include <algorithm>

namespace tarn::storage {

namespace {

bool isPlain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

} // namespace

Account Account::clone() const
{
    Account out;
    out.id = id;
    out.name = name;
    out.key = key;
    out.swissnum = swissnum.clone();
    out.mayRead = mayRead;
    out.mayWrite = mayWrite;
    out.keepShares = keepShares;
    out.quota = quota;
    out.created = created;
    out.letGo = letGo;
    out.revoked = revoked;
    return out;
}

Result<void> checkAccountName(std::string_view name)
{
    constexpr std::size_t kLongest = 64;
    constexpr std::string_view kOthers = "._-@";
    const bool good = !name.empty() && name.size() <= kLongest && isPlain(name.front()) &&
                      std::all_of(name.begin(), name.end(), [&](char c) {
                          return isPlain(c) || kOthers.find(c) != std::string_view::npos;
                      });
    if (good) return ok();
    return Error(ErrorCode::InvalidInput, "an account's name is 1 to 64 letters, digits and "
                                          "\"._-@\", and begins with a letter or digit");
}

} // namespace tarn::storage
