#include "client-gateway/cli/node/node_report.h"

#include "client-gateway/cli/node/relay_report.h"
#include "client-gateway/cli/printable.h"
#include "core/base/quantity.h"

#include <array>
#include <ctime>

namespace tarn::gateway::cli {

namespace {

constexpr std::size_t kTitleWidth = 11;

std::string line(std::string title, const std::string& text)
{
    title.resize(kTitleWidth, ' ');
    return title + text + "\n";
}

std::string storageText(const control::StorageStatus& storage)
{
    std::string out = storage.used ? humanSize(*storage.used) + " used" : "still being counted";
    if (storage.offered) out += " of " + humanSize(*storage.offered) + " offered";
    out += ", room for " + humanSize(storage.available);
    if (!storage.problem.empty()) out += "; " + printable(storage.problem);
    return out;
}

std::string peersText(const control::NodeStatus& status)
{
    std::string out = printable(status.listen);
    if (status.locations.empty())
        return out + ", told to nobody: name an address in [announce] locations";
    out += ", told to members:";
    for (const std::string& location : status.locations)
        out += " " + printable(location);
    return out;
}

/// Nothing where it is a member.
std::string membershipText(const control::GridStatus& grid)
{
    if (grid.membership == "member") return {};
    std::string out = printable(grid.membership);
    if (!grid.reason.empty()) out += ": " + printable(grid.reason);
    return line("membership", out);
}

std::string waitingText(const control::WaitingFile& file)
{
    return "on " + std::to_string(file.placed) + " of " + std::to_string(file.total) +
           ", waiting; " + (file.openable ? "can be opened now" : "can not be opened now") + ", " +
           (file.safe ? "safe" : "not safe yet") + " (" + printable(file.index) + ")";
}

/// What waits for members, the oldest files one by one.
std::string outboxText(const control::OutboxStatus& outbox)
{
    if (!outbox.problem.empty()) return line("outbox", printable(outbox.problem));
    if (outbox.files == 0) return line("outbox", "empty");
    std::string out =
        line("outbox", std::to_string(outbox.files) +
                           (outbox.files == 1 ? " file waits" : " files wait") +
                           " for members: " + std::to_string(outbox.shares) + " shares, " +
                           humanSize(outbox.bytes) + " of " + humanSize(outbox.limit));
    for (const control::WaitingFile& file : outbox.waiting)
        out += line("", waitingText(file));
    return out;
}

std::string safetyText(const control::SafetyStatus& safety)
{
    std::string out = printable(safety.sentence);
    if (safety.checked) out += " (seen " + timeText(*safety.checked) + ")";
    if (!safety.problem.empty()) out += "; the last look did not end: " + printable(safety.problem);
    return out;
}

std::string ownFilesText(const control::NodeStatus& status)
{
    if (status.rootDirectory) return "tahoe:";
    return status.storage.problem.empty() ? "not ready yet" : "none: this node can keep nothing";
}

} // namespace

std::string timeText(std::int64_t seconds)
{
    const auto time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    std::array<char, 32> out{};
    if (::gmtime_r(&time, &parts) == nullptr) return std::to_string(seconds);
    const std::size_t length = std::strftime(out.data(), out.size(), "%Y-%m-%d %H:%M UTC", &parts);
    return std::string(out.data(), length);
}

std::string encodingText(const control::EncodingStatus& encoding)
{
    std::string out = "any " + std::to_string(encoding.needed) + " of " +
                      std::to_string(encoding.total) + " shares give a file back, " +
                      std::to_string(encoding.happy) + " members should have one (";
    if (encoding.automatic)
        out += "follows the number of members: " + std::to_string(encoding.members);
    else
        out += encoding.source == "owner" ? "as you chose" : "as node.toml says";
    out += ")";
    if (!encoding.problem.empty()) out += "; " + printable(encoding.problem);
    return out;
}

std::string nodeStatusText(const control::NodeStatus& status)
{
    return line("node", printable(status.nickname) + " (" + printable(status.id) + ")") +
           line("grid", printable(status.grid.name) + " (" + printable(status.grid.id) + ")" +
                            (status.grid.founder ? ", founded here" : "")) +
           membershipText(status.grid) + line("peers", peersText(status)) +
           line("web", printable(status.web)) + line("storage", storageText(status.storage)) +
           outboxText(status.outbox) + line("safety", safetyText(status.safety)) +
           line("servers", std::to_string(status.servers) + ", this node included") +
           line("encoding", encodingText(status.encoding)) +
           line("relaying", relaySentence(status.relay)) + line("own files", ownFilesText(status));
}

} // namespace tarn::gateway::cli
