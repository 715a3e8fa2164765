#include "client-gateway/cli/deep_reports.h"

#include "client-gateway/cli/printable.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace tarn::gateway::cli {

namespace {

using nlohmann::json;

constexpr std::uint64_t kProgressEvery = 100; ///< objects

template <class Read>
auto guarded(std::string_view text, Read read) -> Result<decltype(read(json()))>
{
    try {
        return read(json::parse(text));
    } catch (const json::exception&) {
        return Error(ErrorCode::PeerMisbehaved, "could not understand the gateway's answer");
    }
}

std::string joined(const json& path)
{
    std::string text;
    for (const json& part : path)
        text += (text.empty() ? "" : "/") + part.get<std::string>();
    return printable(text);
}

bool isKnown(const json& line)
{
    const json& type = line.at("type");
    return type == "file" || type == "directory";
}

std::string fieldLine(const json& line, const char* key)
{
    const auto found = line.find(key);
    if (found == line.end() || !found->is_string() || *found == "") return {};
    return printable(found->get<std::string>()) + "\n";
}

std::string corruptText(const json& results)
{
    std::string text;
    for (const json& share : results.value("list-corrupt-shares", json::array())) {
        text += " corrupt: server " + printable(share.at(0).get<std::string>()) + ", SI " +
                printable(share.at(1).get<std::string>()) + ", shnum " +
                std::to_string(share.at(2).get<int>()) + "\n";
    }
    return text;
}

std::string padLeft(std::string text, std::size_t width)
{
    return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string padRight(std::string text, std::size_t width)
{
    text.resize(std::max(text.size(), width), ' ');
    return text;
}

std::string bothUnits(double bytes)
{
    return "(" + abbreviated(bytes, 1000) + ", " + abbreviated(bytes, 1024) + ")";
}

std::string numberText(const json& value)
{
    if (!value.is_number()) throw json::other_error::create(500, "no number", &value);
    return value.dump();
}

std::string totalsText(const json& stats)
{
    constexpr std::array<std::string_view, 11> kKeys{
        "count-immutable-files", "count-mutable-files",    "count-literal-files",
        "count-files",           "count-directories",      "size-immutable-files",
        "size-mutable-files",    "size-literal-files",     "size-directories",
        "largest-directory",     "largest-immutable-file",
    };
    std::string text = "Counts and Total Sizes:\n";
    for (const std::string_view key : kKeys) {
        const auto found = stats.find(std::string(key));
        if (found == stats.end()) continue;
        text += padLeft(std::string(key), 22) + ": " + numberText(*found);
        if (!key.starts_with("count-") && found->get<double>() > 1000)
            text += "    " + bothUnits(found->get<double>());
        text += "\n";
    }
    return text;
}

std::string histogramText(const json& histogram)
{
    if (histogram.empty()) return {};
    std::size_t sizeWidth = 0;
    std::size_t countWidth = 0;
    for (const json& row : histogram) {
        sizeWidth = std::max(sizeWidth, numberText(row.at(1)).size());
        countWidth = std::max(countWidth, numberText(row.at(2)).size());
    }
    std::string text = "Size Histogram:\n";
    std::uint64_t next = 0;
    for (const json& row : histogram) {
        const auto least = row.at(0).get<std::uint64_t>();
        if (next != 0 && least != next) text += std::string(sizeWidth - 1, ' ') + "...\n";
        next = row.at(1).get<std::uint64_t>() + 1;
        text += padLeft(numberText(row.at(0)), sizeWidth) + "-" +
                padRight(numberText(row.at(1)), sizeWidth) + " : " +
                padRight(numberText(row.at(2)), countWidth) + "    " +
                bothUnits(row.at(1).get<double>()) + "\n";
    }
    return text;
}

} // namespace

Result<std::string> manifestText(std::string_view text, ManifestCommand::Show show)
{
    using Show = ManifestCommand::Show;
    return guarded(text, [&](const json& line) -> std::string {
        if (!isKnown(line)) return {};
        if (show == Show::StorageIndex) return fieldLine(line, "storage-index");
        if (show == Show::VerifyCap) return fieldLine(line, "verifycap");
        if (show == Show::RepairCap) return fieldLine(line, "repaircap");
        return printable(line.at("cap").get<std::string>()) + " " + joined(line.at("path")) + "\n";
    });
}

Result<std::optional<DeepFailure>> failureOf(std::string_view text)
{
    if (text.find("\"error\"") == std::string_view::npos) return std::optional<DeepFailure>();
    return guarded(text, [](const json& line) -> std::optional<DeepFailure> {
        const auto& members = line.get_ref<const json::object_t&>();
        const auto reason = members.find("error");
        if (reason == members.end()) return std::nullopt;
        DeepFailure failure;
        failure.path = line.at("path").get<std::vector<std::string>>();
        failure.reason = reason->second.get<std::string>();
        failure.belowUnseen = !line.value("listed", true);
        return failure;
    });
}

std::string failureText(const DeepFailure& failure)
{
    std::string path;
    for (const std::string& name : failure.path)
        path += (path.empty() ? "" : "/") + name;
    std::string reason = failure.reason;
    std::replace_if(
        reason.begin(), reason.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return "tarn: " + (path.empty() ? "<root>" : printable(path)) + ": " + printable(reason) +
           (failure.belowUnseen ? " (nothing below it was looked at)\n" : "\n");
}

Result<std::uint64_t> unreadableFolders(std::string_view text)
{
    return guarded(text, [](const json& stats) {
        const json missing = stats.value("count-unreadable-directories", json(0U));
        if (!missing.is_number_unsigned())
            throw json::other_error::create(500, "no number", &missing);
        return missing.get<std::uint64_t>();
    });
}

Result<std::string> withFailures(std::string_view text, const std::vector<DeepFailure>& failures)
{
    nlohmann::ordered_json stats = nlohmann::ordered_json::parse(text, nullptr, false);
    if (!stats.is_object())
        return Error(ErrorCode::PeerMisbehaved, "could not understand the gateway's answer");
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const DeepFailure& failure : failures) {
        nlohmann::ordered_json pair = nlohmann::ordered_json::array();
        pair.push_back(failure.path);
        pair.push_back(failure.reason);
        list.push_back(std::move(pair));
    }
    stats["list-failed-objects"] = std::move(list);
    return stats.dump(1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

Result<std::string> deepStatsText(std::string_view text)
{
    return guarded(text, [](const json& stats) {
        return totalsText(stats) + histogramText(stats.at("size-files-histogram"));
    });
}

Result<bool> isFinished(std::string_view text)
{
    return guarded(text, [](const json& answer) { return answer.at("finished").get<bool>(); });
}

/// What one line says.
struct DeepCheckReport::Seen
{
    std::string path;
    std::string summary;
    std::string corrupt;
    bool healthyBefore = true;
    bool healthyAfter = true;
    bool repairTried = false;
    bool repairWorked = false;
};

Result<std::string> DeepCheckReport::take(std::string_view text)
{
    return guarded(text, [&](const json& line) -> std::string {
        if (!isKnown(line)) return {};
        Seen seen;
        seen.path = line.at("path").empty() ? "<root>" : joined(line.at("path"));
        if (!m_options.repair) {
            const json& check = line.at("check-results");
            seen.healthyBefore = check.at("results").at("healthy").get<bool>();
            seen.healthyAfter = seen.healthyBefore;
            seen.summary = printable(check.value("summary", "Healthy (LIT)"));
            seen.corrupt = corruptText(check.at("results"));
            return count(seen);
        }
        const json& repair = line.at("check-and-repair-results");
        if (line.at("storage-index") != "") {
            const json& before = repair.at("pre-repair-results").at("results");
            seen.healthyBefore = before.at("healthy").get<bool>();
            seen.corrupt = corruptText(before);
            const json& after = repair.at("post-repair-results").at("results");
            seen.healthyAfter = after.at("healthy").get<bool>();
        }
        seen.repairTried = repair.at("repair-attempted").get<bool>();
        seen.repairWorked = seen.repairTried && repair.at("repair-successful").get<bool>();
        seen.summary = seen.healthyBefore ? "healthy" : "not healthy";
        return count(seen);
    });
}

std::string DeepCheckReport::count(const Seen& seen)
{
    ++m_objects;
    m_healthyBefore += seen.healthyBefore ? 1 : 0;
    m_healthyAfter += seen.healthyAfter ? 1 : 0;
    m_repairs += seen.repairTried ? 1 : 0;
    m_repaired += seen.repairWorked ? 1 : 0;
    std::string text;
    if (m_objects % kProgressEvery == 0) text += std::to_string(m_objects) + " objects checked..\n";
    if (m_options.verbose) text += "'" + seen.path + "': " + seen.summary + "\n";
    text += seen.corrupt;
    if (seen.repairTried) text += seen.repairWorked ? " repair successful\n" : " repair failed\n";
    return text;
}

std::string DeepCheckReport::summary() const
{
    const auto counts = [&](std::uint64_t healthy) {
        return std::to_string(healthy) + " healthy, " + std::to_string(m_objects - healthy) +
               " unhealthy\n";
    };
    const std::string done = "done: " + std::to_string(m_objects) + " objects checked";
    if (!m_options.repair) return done + ", " + counts(m_healthyBefore);
    return done + "\n pre-repair: " + counts(m_healthyBefore) + " " + std::to_string(m_repairs) +
           " repairs attempted, " + std::to_string(m_repaired) + " successful, " +
           std::to_string(m_repairs - m_repaired) +
           " failed\n post-repair: " + counts(m_healthyAfter);
}

} // namespace tarn::gateway::cli
