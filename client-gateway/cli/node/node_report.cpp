#include "client-gateway/cli/node/node_report.h"

#include "client-gateway/cli/printable.h"
#include "core/base/quantity.h"

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

std::string encodingText(const control::EncodingStatus& encoding)
{
    return "any " + std::to_string(encoding.needed) + " of " + std::to_string(encoding.total) +
           " shares give a file back" +
           (encoding.automatic ? " (follows the number of members)" : "");
}

} // namespace

std::string nodeStatusText(const control::NodeStatus& status)
{
    return line("node", printable(status.nickname) + " (" + printable(status.id) + ")") +
           line("grid", printable(status.grid.name) + " (" + printable(status.grid.id) + ")" +
                            (status.grid.founder ? ", founded here" : "")) +
           membershipText(status.grid) + line("peers", peersText(status)) +
           line("web", printable(status.web)) + line("storage", storageText(status.storage)) +
           line("servers", std::to_string(status.servers) + ", this node included") +
           line("encoding", encodingText(status.encoding)) +
           line("own files", status.rootDirectory ? "tahoe:" : "not ready yet");
}

} // namespace tarn::gateway::cli
