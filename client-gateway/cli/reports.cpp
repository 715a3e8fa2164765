#include "client-gateway/cli/reports.h"

#include "client-gateway/cli/printable.h"
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

std::string repairText(const json& answer)
{
    if (!answer.contains("pre-repair-results")) return "Summary: Healthy (LIT)\n";
    const json& before = answer.at("pre-repair-results");
    const bool healthy = before.at("results").at("healthy").get<bool>();
    std::string text = healthy ? "Summary: healthy\n" : "Summary: not healthy\n";
    text += " storage index: " + printable(answer.at("storage-index").get<std::string>()) + "\n";
    text += countsText(before.at("results"));
    if (answer.at("repair-attempted").get<bool>())
        text += answer.at("repair-successful").get<bool>() ? " repair successful\n"
                                                           : " repair failed\n";
    return text;
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

std::string textOr(const json& object, const char* key, const std::string& other)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? printable(found->get<std::string>())
                                                       : other;
}

/// One line per operation: kind, storage index, size, state.
std::string listText(const std::string& title, const json& operations, bool all)
{
    std::string out;
    for (const json& operation : operations) {
        const std::string kind = textOr(operation, "type", "unknown");
        if (!all && kind != "upload" && kind != "download") continue;
        const json& size = operation.at("total-size");
        out += "  " + kind + "  " + textOr(operation, "storage-index-string", "-") + "  " +
               (size.is_number() ? abbreviated(size.get<double>(), 1000) : "-") + "  " +
               textOr(operation, "status", "") + "\n";
    }
    return title + (out.empty() ? ": none\n" : ":\n" + out);
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

/// What the gateway said, in text or as the "error" of JSON.
std::string answerText(unsigned status, std::string_view body)
{
    std::string reason(body);
    const json parsed = json::parse(body, nullptr, false);
    if (parsed.is_object()) {
        const auto found = parsed.find("error");
        if (found != parsed.end() && found->is_string()) reason = found->get<std::string>();
    }
    while (reason.ends_with('\n'))
        reason.pop_back();
    return "the gateway answered " + std::to_string(status) + ": " + reason;
}

std::string_view advice(unsigned status)
{
    switch (status) {
    case 410:
        return "Too few shares were reached: see tarn status, then tarn check on this file.";
    case 507:
        return "The gateway's spool is full: try again later, or enlarge [spool].";
    default:
        return "";
    }
}

} // namespace

Result<std::string> checkReport(std::string_view text)
{
    return guarded(text, "check result", [](const json& answer) {
        return answer.contains("repair-attempted") ? repairText(answer) : checkText(answer);
    });
}

Result<std::string> onOneLine(std::string_view text)
{
    const ordered_json value = ordered_json::parse(text, nullptr, false);
    if (value.is_discarded())
        return Error(ErrorCode::PeerMisbehaved, "the gateway's answer is no JSON");
    return value.dump(-1, ' ', true, ordered_json::error_handler_t::replace) + "\n";
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

std::optional<double> uploadShare(std::string_view text, std::uint64_t size)
{
    const json answer = json::parse(text, nullptr, false);
    if (!answer.is_object() || !answer.contains("active")) return std::nullopt;
    std::optional<double> found;
    for (const json& one : answer["active"]) {
        if (!one.is_object() || one.value("type", json()) != "upload") continue;
        if (one.value("total-size", json()) != size) continue;
        const json share = one.value("progress-encode-push", json());
        if (found || !share.is_number()) return std::nullopt;
        found = std::clamp(share.get<double>(), 0.0, 1.0);
    }
    return found;
}

Result<std::string> operationsText(std::string_view text, bool all)
{
    return guarded(text, "list of operations", [&](const json& answer) {
        std::string out = listText("Active operations", answer.at("active"), true);
        return out + listText("Recent operations", answer.at("recent"), all);
    });
}

Result<std::string> totalsText(std::string_view text)
{
    return guarded(text, "statistics", [](const json& answer) {
        const json& counters = answer.at("counters");
        const auto line = [&](const std::string& verb, const std::string& key) {
            const double bytes = counters.value(key + ".bytes_" + verb, 0.0);
            const auto files = counters.value(key + ".files_" + verb, std::uint64_t{0});
            return verb + " " + abbreviated(bytes, 1000) + " in " + std::to_string(files) +
                   " files\n";
        };
        return "  " + line("uploaded", "uploader") + "  " + line("downloaded", "downloader");
    });
}

std::string capJson(std::string_view cap)
{
    return print(ordered_json{{"cap", cap}});
}

std::string aliasJson(std::string_view name, std::string_view cap)
{
    return print(ordered_json{{"alias", name}, {"cap", cap}});
}

std::string aliasesJson(const std::vector<AliasLine>& aliases)
{
    ordered_json all = ordered_json::object();
    for (const AliasLine& alias : aliases)
        all[alias.name] = {{"readwrite", alias.readWrite}, {"readonly", alias.readOnly}};
    return all.dump(4, ' ', true, ordered_json::error_handler_t::replace) + "\n";
}

std::string storedJson(std::string_view cap, std::uint64_t size)
{
    return print(ordered_json{{"cap", cap}, {"size", size}});
}

std::string fetchedJson(std::string_view file, std::uint64_t size)
{
    return print(ordered_json{{"file", file}, {"size", size}});
}

std::string copyJson(const CopyReport& report)
{
    ordered_json errors = ordered_json::array();
    for (const CopyReport::Problem& problem : report.problems)
        errors.push_back({{"what", problem.what}, {"error", problem.reason}});
    return print(ordered_json{{"files", report.files},
                              {"reused", report.reused},
                              {"unchanged", report.unchanged},
                              {"directories", report.directories},
                              {"errors", std::move(errors)}});
}

std::string setupText(const SetupReport& report)
{
    const std::string& at = report.directory;
    std::string text = "Node created in " + printable(at) + "\n";
    for (const std::string& note : report.notes)
        text += " " + printable(note) + "\n";
    return text + " start it: tarn-" + report.role + " --config " + at + "/" + report.role +
           ".toml --state " + at + "\n";
}

std::string setupJson(const SetupReport& report)
{
    return print(ordered_json{
        {"role", report.role}, {"directory", report.directory}, {"notes", report.notes}});
}

std::string refusalText(unsigned status, std::string_view body, bool asJson)
{
    if (asJson) {
        ordered_json answer = ordered_json::parse(body, nullptr, false);
        if (answer.is_object()) {
            answer["status"] = status;
            return print(answer);
        }
    }
    const std::string text = answerText(status, body);
    if (asJson) return print(ordered_json{{"error", text}, {"status", status}});
    const std::string_view hint = advice(status);
    return "tarn: " + text + (hint.empty() ? "" : "\n") + std::string(hint) + "\n";
}

Error refusal(unsigned status, std::string_view body)
{
    const ErrorCode code = status == 404   ? ErrorCode::NotFound
                           : status == 409 ? ErrorCode::Conflict
                           : status == 507 ? ErrorCode::NoSpace
                                           : ErrorCode::IoFailure;
    constexpr std::size_t kMaxBytes = 2000;
    return Error(code, answerText(status, body).substr(0, kMaxBytes));
}

std::string mistakeText(const Stop& stop)
{
    if (stop.json) return errorText(Error(ErrorCode::InvalidInput, stop.text), true);
    return "tarn: " + stop.text + "\nSee tarn --help.\n";
}

std::string errorText(const Error& error, bool asJson)
{
    if (!asJson) return "tarn: " + error.message() + "\n";
    return print(ordered_json{{"error", error.message()}, {"code", nameOf(error.code())}});
}

} // namespace tarn::gateway::cli
