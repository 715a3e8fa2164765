#include "storage-server/upkeep_command.h"

#include "core/base/quantity.h"
#include "core/net/http_message.h"
#include "storage-server/operator_client.h"

#include <nlohmann/json.hpp>

namespace tarn::storage {

namespace {

using nlohmann::json;
using Kind = UpkeepCommand::Kind;
using Print = std::function<void(std::string_view)>;

bool asks(Kind kind)
{
    return kind == Kind::ScrubStatus || kind == Kind::DrainStatus || kind == Kind::DrainList ||
           kind == Kind::LeasesStatus;
}

std::string targetOf(Kind kind)
{
    switch (kind) {
    case Kind::ScrubStatus:
        return "/admin/v1/scrub";
    case Kind::ScrubStart:
        return "/admin/v1/scrub/start";
    case Kind::DrainOn:
        return "/admin/v1/drain/on";
    case Kind::DrainOff:
        return "/admin/v1/drain/off";
    case Kind::DrainWithdraw:
        return "/admin/v1/drain/withdraw";
    case Kind::DrainStatus:
        return "/admin/v1/drain";
    case Kind::LeasesStatus:
        return "/admin/v1/leases";
    case Kind::LeasesForgetMissing:
        return "/admin/v1/leases/forget-missing";
    case Kind::DrainList:
        break;
    }
    return "/admin/v1/drain/shares";
}

std::string timeText(const json& value)
{
    if (value.is_null()) return "never";
    return net::httpDate(WallTime(std::chrono::seconds(value.get<std::int64_t>())));
}

std::string countText(const json& count)
{
    const auto number = [&](const char* key) {
        return std::to_string(count.at(key).get<std::uint64_t>());
    };
    return number("shares") + " shares, " + humanSize(count.at("bytes").get<std::uint64_t>()) +
           "; damaged " + number("damaged") + ", unreadable " + number("unreadable") +
           ", unknown " + number("unknown");
}

std::string scrubText(const json& scrub)
{
    const bool enabled = scrub.at("enabled").get<bool>();
    const bool underWay = scrub.at("under_way").get<bool>();
    std::string out = "scrub      ";
    out += !enabled ? "off" : underWay ? "at work" : "at rest";
    out += ", at most " + humanSize(scrub.at("pace_bytes_per_s").get<std::uint64_t>()) + "/s\n";
    if (underWay) {
        out += "this round since " + timeText(scrub.at("began")) + ", " +
               std::to_string(scrub.at("percent").get<unsigned>()) + " % of the indexes\n";
        out += "           " + countText(scrub.at("present")) + "\n";
    }
    out += "last round ended " + timeText(scrub.at("ended")) + "\n";
    out += "           " + countText(scrub.at("last")) + "\n";
    for (const json& one : scrub.at("findings")) {
        out += one.at("state").get<std::string>() + "  " +
               one.at("storage_index").get<std::string>() + " " +
               std::to_string(one.at("share").get<std::uint32_t>()) + "  since " +
               timeText(one.at("first_seen")) + ": " + one.at("why").get<std::string>() + "\n";
    }
    return out;
}

std::string drainText(const json& drain)
{
    std::string out = "drain off\n";
    const bool withdrawn = drain.at("withdrawn").get<bool>();
    if (drain.at("draining").get<bool>())
        out = "drain on since " + timeText(drain.at("since")) +
              ": no new shares and no changes; reading and leases go on\n";
    if (withdrawn) out += "withdrawn: introducers are told that this is no server any more\n";
    const auto introducers = drain.at("introducers").get<std::size_t>();
    const auto told = drain.at("introducers_told").get<std::size_t>();
    if (introducers == 0) return out;
    out += std::to_string(told) + " of " + std::to_string(introducers) + " introducers know it";
    return out + (told < introducers ? "; keep the server running until all do\n" : "\n");
}

std::string leasesText(const json& leases, bool forgets)
{
    const std::uint64_t missing = leases.at("missing_indexes").get<std::uint64_t>();
    std::string out = std::to_string(leases.at("leased_indexes").get<std::uint64_t>()) +
                      " storage indexes are leased, the shares of " + std::to_string(missing) +
                      " are missing\n";
    if (forgets) {
        out += "leases on missing shares will be forgotten, beginning within a minute\n";
    } else if (leases.at("withheld").get<bool>()) {
        out += "so many that they are not forgotten: put them back and restart the server, or run "
               "leases forget-missing\n";
    }
    return out;
}

std::string textOf(Kind kind, const json& value)
{
    switch (kind) {
    case Kind::ScrubStatus:
    case Kind::ScrubStart:
        return scrubText(value);
    case Kind::LeasesStatus:
    case Kind::LeasesForgetMissing:
        return leasesText(value, kind == Kind::LeasesForgetMissing);
    default:
        return drainText(value);
    }
}

/// INDEX NUMBER KIND BYTES ACCOUNTS, a tab between.
std::string shareText(const json& share)
{
    std::string accounts;
    for (const json& name : share.at("accounts"))
        accounts += (accounts.empty() ? "" : ",") + name.get<std::string>();
    return share.at("storage_index").get<std::string>() + "\t" +
           std::to_string(share.at("share").get<std::uint32_t>()) + "\t" +
           share.at("kind").get<std::string>() + "\t" +
           std::to_string(share.at("bytes").get<std::uint64_t>()) + "\t" +
           (accounts.empty() ? "-" : accounts) + "\n";
}

Error otherVersion()
{
    return Error(ErrorCode::PeerMisbehaved, "the server's answer is not of this version");
}

Result<void> listShares(const std::string& stateFolder, bool asJson, const Print& print)
{
    bool understood = true;
    bool ended = false;
    std::uint64_t count = 0;
    const auto take = [&](std::string_view line) {
        const json value = json::parse(line, nullptr, false);
        try {
            std::string text;
            if (value.is_object() && value.contains("end")) {
                ended = value.at("shares").get<std::uint64_t>() == count;
            } else if (!value.is_object() || !value.contains("server")) {
                text = shareText(value);
                ++count;
            }
            print(asJson ? std::string(line) + "\n" : text);
        } catch (const json::exception&) {
            understood = false;
        }
    };
    TARN_TRY_VOID(streamOperatorBlocking(stateFolder, targetOf(Kind::DrainList), take));
    if (!understood) return otherVersion();
    if (!ended)
        return Error(ErrorCode::PeerMisbehaved,
                     "the list was cut off: ask again, and look into the server's log if that "
                     "does not help");
    return ok();
}

} // namespace

Result<void> runUpkeepCommandBlocking(const std::string& stateFolder, const UpkeepCommand& command,
                                      const Print& print)
{
    if (command.kind == Kind::DrainList) return listShares(stateFolder, command.json, print);
    TARN_TRY(const OperatorAnswer answer,
             askOperatorBlocking(stateFolder, asks(command.kind) ? "GET" : "POST",
                                 targetOf(command.kind), ""));
    const json value = json::parse(answer.text, nullptr, false);
    if (answer.status != 200) return operatorError(answer, value);
    try {
        const std::string text = textOf(command.kind, value);
        print(command.json ? answer.text : text);
        return ok();
    } catch (const json::exception&) {
        return otherVersion();
    }
}

} // namespace tarn::storage
