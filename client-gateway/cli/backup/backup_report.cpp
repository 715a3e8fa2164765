#include "client-gateway/cli/backup/backup_report.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <ctime>

namespace tarn::gateway::cli {

namespace {

std::string elapsedText(Duration elapsed)
{
    const auto seconds = static_cast<unsigned long>(
        std::chrono::duration_cast<std::chrono::seconds>(elapsed).count());
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%lu:%02lu:%02lu", seconds / 3600, seconds / 60 % 60,
                  seconds % 60);
    return text.data();
}

std::string number(std::uint64_t value)
{
    return std::to_string(value);
}

} // namespace

std::string backupText(const BackupCounts& counts, Duration elapsed, BackupTone tone)
{
    std::string text;
    if (!tone.quiet) {
        text += " " + number(counts.filesCreated) + " files uploaded (" +
                number(counts.filesReused) + " reused), " + number(counts.filesSkipped) +
                " files skipped, " + number(counts.directoriesCreated) + " directories created (" +
                number(counts.directoriesReused) + " reused), " +
                number(counts.directoriesSkipped) + " directories skipped\n";
    }
    if (tone.verbose && !tone.quiet) {
        text += " " + number(counts.filesChecked) + " files checked, " +
                number(counts.directoriesChecked) + " directories checked\n";
    }
    return text + " backup done, elapsed time: " + elapsedText(elapsed) + "\n";
}

std::string backupJson(const BackupCounts& counts, const std::string& archive,
                       const std::string& cap, const std::vector<BackupSkip>& skips)
{
    nlohmann::ordered_json skipped = nlohmann::ordered_json::array();
    for (const BackupSkip& skip : skips)
        skipped.push_back({{"path", skip.path}, {"warning", skip.warning}});
    nlohmann::ordered_json all = {{"archive", archive},
                                  {"cap", cap},
                                  {"files_uploaded", counts.filesCreated},
                                  {"files_reused", counts.filesReused},
                                  {"files_skipped", counts.filesSkipped},
                                  {"files_checked", counts.filesChecked},
                                  {"directories_created", counts.directoriesCreated},
                                  {"directories_reused", counts.directoriesReused},
                                  {"directories_skipped", counts.directoriesSkipped},
                                  {"directories_checked", counts.directoriesChecked}};
    all["skipped"] = std::move(skipped);
    return all.dump(1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string archiveName(WallTime now)
{
    const auto seconds = static_cast<std::time_t>(unixSeconds(now));
    std::tm utc{};
    if (::gmtime_r(&seconds, &utc) == nullptr) return "unknown-time";
    std::array<char, 64> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d_%H:%M:%SZ", &utc);
    return text.data();
}

} // namespace tarn::gateway::cli
