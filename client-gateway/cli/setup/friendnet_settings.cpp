#include "client-gateway/cli/setup/friendnet_settings.h"

#include "core/base/config_writer.h"

#include <algorithm>

namespace tarn::gateway::cli {

namespace {

constexpr std::size_t kLongestName = 64; ///< bytes

Result<void> checkName(const char* what, const std::string& name)
{
    const auto isControl = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
    const bool fits = !name.empty() && name.size() <= kLongestName &&
                      std::none_of(name.begin(), name.end(), isControl);
    if (fits) return ok();
    return Error(ErrorCode::InvalidInput,
                 std::string(what) + ": expected 1 to 64 bytes without control characters");
}

std::string line(std::string_view key, std::string_view value)
{
    ConfigWriter out;
    out.string(key, value);
    return out.text();
}

} // namespace

Result<std::string> nodeConfigText(const FriendnetSettings& settings)
{
    TARN_TRY_VOID(checkName("--grid", settings.gridName));
    TARN_TRY_VOID(checkName("--nickname", settings.nickname));
    const std::string offer = settings.offer ? line("offer", byteSizeText(*settings.offer))
                                             : std::string("# offer = \"100 GB\"\n");
    return "# The settings of a node among friends. tarn-node --state DIR --check-config shows "
           "all\n"
           "# there are with their values.\n\n"
           "[node]\n"
           "# How friends see this node.\n" +
           line("nickname", settings.nickname) + "\n[grid]\n" + line("name", settings.gridName) +
           "\n[listen]\n"
           "# Where friends come in: a numeric address and a port. Port 0 picks one that stays.\n" +
           line("address", textOf(settings.listen)) +
           "\n[announce]\n"
           "# What friends are told; by default the address above, unless that is 0.0.0.0.\n"
           "# locations = [\"tcp:192.0.2.1:41001\"]\n"
           "\n[storage]\n"
           "# For the shares of all members, this node's own included; by default what the disk "
           "has.\n" +
           offer + "# Kept free on the disk.\n" + line("reserved_space", "1 GB");
}

} // namespace tarn::gateway::cli
