#include "client-gateway/cli/reports.h"

#include "core/base/quantity.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tarn::gateway::cli {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::string print(const ordered_json& value)
{
    return value.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Error notExpected(std::string_view what)
{
    return Error(ErrorCode::PeerMisbehaved, "the gateway's answer is no " + std::string(what) +
                                                "; is it a gateway at all (see --gateway)?");
}

/// Control characters of strangers' names must not reach the terminal.
std::string printable(std::string text)
{
    std::replace_if(
        text.begin(), text.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
    return text;
}

/// Every reader below works on a parsed value and may throw json::exception; see guarded().
std::string countsText(const json& results)
{
    std::string out = " good-shares: " + std::to_string(results.at("count-shares-good").get<int>());
    out += " (encoding is " + std::to_string(results.at("count-shares-needed").get<int>());
    out += "-of-" + std::to_string(results.at("count-shares-expected").get<int>()) + ")\n";
    out += " wrong-shares: " + std::to_string(results.at("count-wrong-shares").get<int>()) + "\n";
    const json& corrupt = results.at("list-corrupt-shares");
    if (!corrupt.empty()) out += " corrupt shares:\n";
    for (const json& share : corrupt) {
        out += "  server " + printable(share.at(0).get<std::string>()) + ", SI " +
               printable(share.at(1).get<std::string>()) + ", shnum " +
               std::to_string(share.at(2).get<int>()) + "\n";
    }
    return out;
}

std::string checkText(const json& check)
{
    std::string out = "Summary: " + printable(check.value("summary", "Healthy (LIT)")) + "\n";
    out += " storage index: " + printable(check.at("storage-index").get<std::string>()) + "\n";
    const json& results = check.at("results");
    if (results.contains("count-shares-good")) out += countsText(results);
    return out;
}

bool isHealthy(const json& check)
{
    return check.at("results").at("healthy").get<bool>();
}

CheckReport checkReport(const json& answer)
{
    if (!answer.contains("repair-attempted")) return {isHealthy(answer), checkText(answer)};
    if (!answer.contains("pre-repair-results")) return {true, "Summary: Healthy (LIT)\n"};
    CheckReport report;
    report.text = checkText(answer.at("pre-repair-results"));
    report.healthy = isHealthy(answer.at("post-repair-results"));
    if (answer.at("repair-attempted").get<bool>()) {
        report.text += answer.at("repair-successful").get<bool>() ? " repair successful\n"
                                                                  : " repair failed\n";
    }
    return report;
}

std::string serverLine(const json& server)
{
    std::string out = "  " + printable(server.at("nodeid").get<std::string>()).substr(0, 11);
    out += "  " + printable(server.at("nickname").get<std::string>());
    out += "  " + printable(server.at("connection_status").get<std::string>());
    const json& space = server.at("available_space");
    if (space.is_number_unsigned()) out += ", " + humanSize(space.get<std::uint64_t>()) + " free";
    return out + "\n";
}

/// Reads an answer that may be anything.
template <class Read>
auto guarded(std::string_view text, std::string_view what, Read read)
    -> Result<decltype(read(json()))>
{
    try {
        return read(json::parse(text));
    } catch (const json::exception&) {
        return notExpected(what);
    }
}

std::string_view advice(unsigned status)
{
    switch (status) {
    case 410:
        return "Too few shares were reached: see tarn status, then tarn check on this file.";
    case 507:
        return "The gateway's spool is full: try again later, or enlarge [spool].";
    case 501:
        return "This gateway stores and reads immutable files only.";
    default:
        return "";
    }
}

} // namespace

Result<CheckReport> readCheckReport(std::string_view text)
{
    return guarded(text, "check result", checkReport);
}

Result<std::string> statusText(std::string_view text, std::string_view gateway)
{
    return guarded(text, "status", [&](const json& answer) {
        const json& servers = answer.at("servers");
        std::string out = "Gateway " + std::string(gateway) + ", " +
                          std::to_string(servers.size()) + " servers\n";
        for (const json& server : servers)
            out += serverLine(server);
        return out;
    });
}

std::string storedJson(std::string_view cap, std::uint64_t size)
{
    return print(ordered_json{{"cap", cap}, {"size", size}});
}

std::string fetchedJson(std::string_view file, std::uint64_t size)
{
    return print(ordered_json{{"file", file}, {"size", size}});
}

std::string refusalText(unsigned status, std::string_view body, bool asJson)
{
    if (asJson && json::accept(body)) return std::string(body);
    std::string text = "the gateway answered " + std::to_string(status) + ": " + std::string(body);
    while (text.ends_with('\n'))
        text.pop_back();
    if (asJson) return print(ordered_json{{"error", text}, {"status", status}});
    const std::string_view hint = advice(status);
    if (!hint.empty()) text += "\n" + std::string(hint);
    return "tarn: " + text + "\n";
}

std::string errorText(const Error& error, bool asJson)
{
    if (!asJson) return "tarn: " + error.message() + "\n";
    return print(ordered_json{{"error", error.message()}, {"code", nameOf(error.code())}});
}

} // namespace tarn::gateway::cli
