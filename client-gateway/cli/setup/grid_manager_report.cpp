#include "client-gateway/cli/setup/grid_manager_report.h"

#include "core/grid_manager/iso_time.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tarn::gateway::cli {

namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kMonth = 30 * kDay;
constexpr std::int64_t kYear = 365 * kDay;

struct Unit
{
    std::int64_t below; ///< seconds: the unit counts for less than these
    std::int64_t seconds;
    const char* name;
};

constexpr Unit kUnits[] = {{2 * kMinute, 1, "second"},
                           {3 * kHour, kMinute, "minute"},
                           {2 * kDay, kHour, "hour"},
                           {2 * kMonth, kDay, "day"},
                           {4 * kYear, kMonth, "month"}};

/// Of UTF-8: bytes that begin one.
std::size_t charactersOf(std::string_view text)
{
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80;
    }));
}

} // namespace

std::string abbreviatedAge(Duration age)
{
    const bool isPast = age >= Duration(0);
    const Duration length = isPast ? age : -age;
    Unit unit{0, kYear, "year"};
    for (const Unit& one : kUnits) {
        if (length >= std::chrono::seconds(one.below)) continue;
        unit = one;
        break;
    }
    const std::int64_t count = length / std::chrono::seconds(unit.seconds);
    return std::to_string(count) + " " + unit.name + (count == 1 ? "" : "s") +
           (isPast ? " ago" : " in the future");
}

std::string serverListText(const std::vector<ListedServer>& servers, WallTime now)
{
    std::string out;
    for (const ListedServer& server : servers) {
        out += server.name + ": " + server.publicKey + "\n";
        for (std::size_t i = 0; i < server.certificates.size(); ++i) {
            const WallTime expires = server.certificates[i].expires;
            out += std::string(charactersOf(server.name), ' ') + "  cert " + std::to_string(i) +
                   (now < expires ? ": valid until " : ": expired ") +
                   grid_manager::isoTime(expires, ' ') + " (" + abbreviatedAge(now - expires) +
                   ")\n";
        }
    }
    return out;
}

std::string serverListJson(const std::vector<ListedServer>& servers, WallTime now)
{
    nlohmann::ordered_json out = nlohmann::ordered_json::object();
    for (const ListedServer& server : servers) {
        nlohmann::ordered_json certificates = nlohmann::ordered_json::array();
        for (const grid_manager::CertificateContent& one : server.certificates)
            certificates.push_back(
                {{"expires", grid_manager::isoTime(one.expires)}, {"valid", now < one.expires}});
        out[server.name] = {{"public_key", server.publicKey},
                            {"certificates", std::move(certificates)}};
    }
    return out.dump() + "\n";
}

} // namespace tarn::gateway::cli
