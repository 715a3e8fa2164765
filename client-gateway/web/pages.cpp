#include "client-gateway/web/pages.h"

#include "client-gateway/web/html.h"
#include "core/base/quantity.h"
#include "core/net/http_message.h"

#include <algorithm>

namespace tarn::gateway::web {

namespace {

std::string row(std::string_view name, std::string_view html)
{
    return "<tr><th>" + escapeHtml(name) + "</th><td>" + std::string(html) + "</td></tr>\n";
}

std::string row(std::string_view name, std::uint64_t value)
{
    return row(name, std::to_string(value));
}

std::string code(std::string_view text)
{
    return "<code>" + escapeHtml(text) + "</code>";
}

std::string link(const std::string& cap)
{
    return "<a href=\"/uri/" + net::percentEncode(cap) + "\">" + code(cap) + "</a>";
}

std::string serverRow(const ServerView& server)
{
    std::string space = "unknown";
    if (server.status.version) space = humanSize(server.status.version->availableSpace);
    return "<tr><td>" + escapeHtml(server.nickname) + "</td><td>" + code(server.id) + "</td><td>" +
           escapeHtml(server.status.text) + "</td><td>" + space + "</td></tr>\n";
}

std::string shareRows(const std::map<ShareNumber, std::set<std::string>>& shares)
{
    std::string out = "<h2>Shares</h2>\n<table>\n<tr><th>Share</th><th>Servers</th></tr>\n";
    for (const auto& [share, servers] : shares) {
        std::string list;
        for (const std::string& server : servers)
            list += code(server) + " ";
        out += row(std::to_string(share.value), list);
    }
    return out + "</table>\n";
}

std::string badShares(const std::vector<BadShare>& shares)
{
    if (shares.empty()) return "none";
    std::string out;
    for (const BadShare& bad : shares) {
        out += "share " + std::to_string(bad.share.value) + " on " + code(bad.serverId) + ": " +
               escapeHtml(bad.reason) + "<br>";
    }
    return out;
}

std::string checkTable(const CheckResult& result)
{
    if (result.literal) {
        return "<p>Healthy: this file lies inside its capability; no server keeps "
               "anything of it.</p>\n";
    }
    std::string out = "<p>" + escapeHtml(result.summary) + "</p>\n<table>\n";
    out += row("Storage index", code(result.storageIndex));
    out += row("Healthy", result.healthy ? "yes" : "no");
    out += row("Recoverable", result.recoverable ? "yes" : "no");
    out += row("Good shares", std::to_string(result.sharesGood) + " (needs " +
                                  std::to_string(result.sharesNeeded) + " of " +
                                  std::to_string(result.sharesExpected) + ")");
    out += row("Servers with good shares", result.goodShareHosts);
    out += row("Servers of happiness", result.happiness);
    out += row("Servers that answered", result.serversResponding.size());
    out += row("Corrupt shares", badShares(result.corruptShares));
    if (!result.failedShares.empty())
        out += row("Shares that could not be read", badShares(result.failedShares));
    if (!result.incompatibleShares.empty())
        out += row("Shares of an unknown layout", badShares(result.incompatibleShares));
    for (const auto& [server, reason] : result.serverProblems)
        out += row("No answer from", code(server) + ": " + escapeHtml(reason));
    return out + "</table>\n" + shareRows(result.shareMap);
}

} // namespace

std::string statusPage(const std::vector<ServerView>& servers, EncodingParameters encoding,
                       const Counters& counters)
{
    const auto reached = std::count_if(servers.begin(), servers.end(), [](const ServerView& s) {
        return s.status.reachability == Reachability::Reached;
    });
    std::string out = "<p>Files are stored " + std::to_string(encoding.needed) + "-of-" +
                      std::to_string(encoding.total) + " on at least " +
                      std::to_string(encoding.happy) + " servers.</p>\n";
    out += "<h2>Store a file</h2>\n<form action=\"/uri?t=upload\" method=\"post\" "
           "enctype=\"multipart/form-data\">\n<input type=\"file\" name=\"file\"> <input "
           "type=\"submit\" value=\"Store\">\n</form>\n";
    out += "<h2>Open a file</h2>\n<form action=\"/uri\" method=\"get\">\n<input type=\"text\" "
           "name=\"uri\" size=\"60\" placeholder=\"URI:CHK:...\"> <input type=\"submit\" "
           "value=\"Open\">\n</form>\n";
    out += "<h2>Servers</h2>\n<p>" + std::to_string(reached) + " of " +
           std::to_string(servers.size()) +
           " known servers are connected.</p>\n<table>\n<tr><th>Nickname</th><th>Id</th>"
           "<th>State</th><th>Free</th></tr>\n";
    for (const ServerView& server : servers)
        out += serverRow(server);
    out += "</table>\n<h2>Since the start</h2>\n<table>\n";
    out += row("Stored", std::to_string(counters.filesUploaded) + " files, " +
                             humanSize(counters.bytesUploaded));
    out += row("Read", std::to_string(counters.filesDownloaded) + " files, " +
                           humanSize(counters.bytesDownloaded));
    out += "</table>\n<p>Tarn " TARN_VERSION ". The same as <a href=\"/?t=json\">JSON</a>; "
           "<a href=\"/statistics?t=json\">statistics</a>.</p>\n";
    return htmlPage("Tarn gateway", out);
}

std::string uploadPage(const UploadResult& result)
{
    std::string out = "<table>\n";
    out += row("Capability", link(result.readCap));
    out += row("Size", std::to_string(result.size) + " bytes");
    if (!result.verifyCap.empty()) {
        out += row("Verify capability", code(result.verifyCap));
        out += row("Storage index", code(result.storageIndex));
        out += row("Shares sent", result.pushedShares);
        out += row("Shares that were there", result.preexistingShares);
        out += row("Servers of happiness", result.happiness);
    }
    out += "</table>\n";
    if (!result.shareMap.empty()) out += shareRows(result.shareMap);
    return htmlPage("File stored", out + "<p><a href=\"/\">Store another</a></p>\n");
}

std::string checkPage(const CheckResult& result)
{
    return htmlPage("Check results", checkTable(result));
}

std::string repairPage(const RepairResult& result)
{
    std::string out;
    if (!result.attempted) {
        out = "<p>No repair was needed or possible.</p>\n";
    } else if (result.successful) {
        out = "<p>Repair successful.</p>\n";
    } else {
        out = "<p>Repair failed: " + escapeHtml(result.failure) + "</p>\n";
    }
    out += "<h2>Before</h2>\n" + checkTable(result.before);
    if (result.attempted) out += "<h2>After</h2>\n" + checkTable(result.after);
    return htmlPage("Check and repair results", out);
}

namespace {

std::string_view objectName(const CapInfo& cap)
{
    if (cap.kind == CapInfo::Kind::Directory) return cap.isMutable ? "folder" : "immutable folder";
    return cap.isMutable ? "mutable file" : "immutable file";
}

} // namespace

std::string infoPage(const CapInfo& cap)
{
    std::string out = "<table>\n";
    const bool unknown = cap.kind == CapInfo::Kind::Unknown;
    out += row("Object", unknown ? "of a kind unknown to this version" : objectName(cap));
    if (!cap.write.empty()) out += row("Write capability", link(cap.write));
    if (cap.size) out += row("Size", std::to_string(*cap.size) + " bytes");
    if (!cap.storageIndex.empty()) out += row("Storage index", code(cap.storageIndex));
    if (!cap.readOnly.empty()) out += row("Read capability", link(cap.readOnly));
    if (!cap.verify.empty()) out += row("Verify capability", code(cap.verify));
    out += "</table>\n";
    if (!unknown) {
        out += "<form action=\"/uri/" + net::percentEncode(cap.text) +
               "?t=check\" method=\"post\">\n<label><input type=\"checkbox\" name=\"verify\" "
               "value=\"true\"> read every byte</label> <label><input type=\"checkbox\" "
               "name=\"repair\" value=\"true\"> repair</label> <input type=\"submit\" "
               "value=\"Check\">\n</form>\n";
    }
    return htmlPage("More information", out);
}

} // namespace tarn::gateway::web
