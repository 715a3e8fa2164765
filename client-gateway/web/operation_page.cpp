#include "client-gateway/web/html.h"
#include "client-gateway/web/operation_texts.h"
#include "core/base/quantity.h"
#include "core/net/http_message.h"

namespace tarn::gateway::web {

namespace {

constexpr unsigned kReloadSeconds = 10;

std::string joined(const std::vector<std::string>& path)
{
    std::string out;
    for (const std::string& name : path)
        out += "/" + name;
    return out.empty() ? "/" : out;
}

std::string sizeRow(std::string_view name, std::uint64_t bytes)
{
    return factRow(name, humanSize(bytes));
}

std::string numbersTable(const DeepStats& stats)
{
    std::string out = "<table>\n<caption>Everything below the folder</caption>\n";
    out += factRow("Folders", stats.directories);
    out += factRow("Immutable files", stats.immutableFiles);
    out += factRow("Mutable files", stats.mutableFiles);
    out += factRow("Literal files", stats.literalFiles);
    out += factRow("Of an unknown kind", stats.unknown);
    out += factRow("Folders that could not be read", stats.unreadableDirectories);
    out += sizeRow("Size of immutable files", stats.immutableBytes);
    out += sizeRow("Size of folders", stats.directoryBytes);
    out += sizeRow("Largest immutable file", stats.largestImmutableFile);
    out += factRow("Most children in one folder", stats.largestDirectoryChildren);
    return out + "</table>\n";
}

std::string manifestTable(const Manifest& manifest)
{
    std::string out = "<table>\n<caption>Manifest</caption>\n<tr><th scope=\"col\">Path</th>"
                      "<th scope=\"col\">Capability</th></tr>\n";
    for (const Manifest::Entry& entry : manifest.entries) {
        out += "<tr><td>" + nameHtml(joined(entry.path)) + "</td><td>";
        if (!entry.cap.empty()) {
            out += linkHtml(addressOf(entry.cap), codeHtml(entry.cap));
        }
        out += "</td></tr>\n";
    }
    return out + "</table>\n";
}

std::string unhealthyTable(const DeepCheckTotals& totals, const std::string& address)
{
    if (totals.unhealthyNodes.empty()) return {};
    std::string out = "<table>\n<caption>Not healthy</caption>\n<tr><th scope=\"col\">Path</th>"
                      "<th scope=\"col\">Health</th></tr>\n";
    for (const DeepCheckTotals::UnhealthyNode& node : totals.unhealthyNodes) {
        out += "<tr><td>" + nameHtml(joined(node.path)) + "</td><td><a href=\"" + address + "/" +
               node.result.storageIndex + "\">" + escapeHtml(node.result.summary) +
               "</a></td></tr>\n";
    }
    return out + "</table>\n";
}

std::string failedTable(const DeepCheckTotals& totals)
{
    if (totals.failedNodes.empty()) return {};
    std::string out = "<table>\n<caption>Could not be checked</caption>\n<tr><th scope=\"col\">"
                      "Path</th><th scope=\"col\">Reason</th></tr>\n";
    for (const DeepCheckTotals::FailedNode& node : totals.failedNodes) {
        out += "<tr><td>" + nameHtml(joined(node.path)) + "</td><td>" + escapeHtml(node.why) +
               "</td></tr>\n";
    }
    return out + "</table>\n";
}

std::string checkTables(const OperationRecord& record, const std::string& address)
{
    const DeepCheckTotals& totals = record.totals;
    std::string out = "<table>\n<caption>Health</caption>\n";
    out += factRow("Objects checked", totals.checked);
    out += factRow("Healthy", totals.before.healthy);
    out += factRow("Not healthy", totals.before.unhealthy);
    out += factRow("Could not be checked", totals.failed);
    out += factRow("Corrupt shares", totals.before.corruptShares);
    if (record.check == NodeCheck::CheckAndRepair) {
        out += factRow("Repairs attempted", totals.repairsAttempted);
        out += factRow("Repairs successful", totals.repairsSuccessful);
        out += factRow("Healthy afterwards", totals.after.healthy);
        out += factRow("Not healthy afterwards", totals.after.unhealthy);
    }
    out += "</table>\n" + unhealthyTable(totals, address) + failedTable(totals);
    if (totals.listsCutOff) out += "<p>The lists end here; the numbers count all.</p>\n";
    return out;
}

std::string_view titleOf(DeepOperation what)
{
    switch (what) {
    case DeepOperation::Manifest:
        return "Manifest";
    case DeepOperation::Size:
        return "Deep size";
    case DeepOperation::Stats:
        return "Deep statistics";
    case DeepOperation::Check:
        break;
    }
    return "Deep check";
}

} // namespace

std::string operationPage(const OperationRecord& record, const std::string& handle)
{
    const std::string address = "/operations/" + net::percentEncode(handle);
    std::string out;
    if (record.finished) {
        out = "<p>Finished.</p>\n";
    } else {
        PageForm cancel;
        cancel.action = address;
        cancel.operation = "cancel";
        cancel.button = "Cancel";
        out = "<p>Still running. " + linkHtml(address + "?output=html", "Reload") + "</p>\n" +
              formHtml(cancel);
    }
    if (record.what == DeepOperation::Check) out += checkTables(record, address);
    out += numbersTable(record.numbers());
    if (record.what == DeepOperation::Manifest) out += manifestTable(record.manifest);
    out += "<p>The same as <a href=\"" + address + "?output=json\">JSON</a>.</p>\n";
    return htmlPage(titleOf(record.what), out, record.finished ? 0 : kReloadSeconds);
}

} // namespace tarn::gateway::web
