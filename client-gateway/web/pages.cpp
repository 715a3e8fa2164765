#include "client-gateway/web/pages.h"

#include "client-gateway/web/html.h"
#include "core/base/quantity.h"

#include <algorithm>

namespace tarn::gateway::web {

namespace {

std::string serverRow(const ServerView& server)
{
    const ServerStatus& status = server.status;
    const std::string name = server.nickname.empty() ? server.id : server.nickname;
    std::string space = "unknown";
    if (status.version) space = humanSize(status.version->availableSpace);
    std::string state = status.text;
    if (!server.uploadRefusal.empty()) state += "; no uploads: " + server.uploadRefusal;
    const std::uint64_t problems = status.corruptShares + status.badAnswers;
    return "<tr><td>" + nameHtml(name) + "</td><td>" + escapeHtml(state) +
           "</td><td class=\"number\">" + space + "</td><td class=\"number\">" +
           std::to_string(problems) + (problems == 1 ? " problem" : " problems") + "</td><td>" +
           codeHtml(server.id) + "</td></tr>\n";
}

std::string serverTable(const std::vector<ServerView>& servers)
{
    std::string out = "<table class=\"list\">\n<tr><th scope=\"col\">Server</th>"
                      "<th scope=\"col\">State</th><th scope=\"col\">Free</th>"
                      "<th scope=\"col\">Problems</th><th scope=\"col\">Id</th></tr>\n";
    for (const ServerView& server : servers)
        out += serverRow(server);
    return out + "</table>\n";
}

std::string openForms()
{
    PageForm upload;
    upload.action = "/uri";
    upload.operation = "upload";
    upload.fields =
        "<label>File <input type=\"file\" name=\"file\" required></label>\n" + formatChoice();
    upload.button = "Store";
    PageForm folder;
    folder.action = "/uri";
    folder.operation = "mkdir";
    folder.fields = hiddenField("redirect_to_result", "true");
    folder.button = "Make a folder";
    return "<h2>Open a file or folder</h2>\n<form action=\"/uri\" method=\"get\">\n"
           "<label>Capability <input type=\"text\" name=\"uri\" required></label>\n"
           "<button type=\"submit\">Open</button>\n</form>\n<h2>Store a file</h2>\n" +
           formHtml(upload) +
           "<p>Its capability is shown then; who has it can read the file, and nobody else "
           "can.</p>\n<h2>Make a folder</h2>\n" +
           formHtml(folder) +
           "<p>Keep the address that you come to: it is the only way back.</p>\n";
}

std::string shareRows(const std::map<ShareNumber, std::set<std::string>>& shares)
{
    std::string out = "<h2>Shares</h2>\n<table>\n<tr><th scope=\"col\">Share</th>"
                      "<th scope=\"col\">Servers</th></tr>\n";
    for (const auto& [share, servers] : shares) {
        std::string list;
        for (const std::string& server : servers)
            list += codeHtml(server) + " ";
        out += factRow(std::to_string(share.value), list);
    }
    return out + "</table>\n";
}

std::string badShares(const std::vector<BadShare>& shares)
{
    if (shares.empty()) return "none";
    std::string out;
    for (const BadShare& bad : shares) {
        out += "share " + std::to_string(bad.share.value) + " on " + codeHtml(bad.serverId) + ": " +
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
    out += factRow("Storage index", codeHtml(result.storageIndex));
    out += factRow("Healthy", result.healthy ? "yes" : "no");
    out += factRow("Recoverable", result.recoverable ? "yes" : "no");
    out += factRow("Good shares", std::to_string(result.sharesGood) + " (needs " +
                                      std::to_string(result.sharesNeeded) + " of " +
                                      std::to_string(result.sharesExpected) + ")");
    out += factRow("Servers with good shares", result.goodShareHosts);
    out += factRow("Servers of happiness", result.happiness);
    out += factRow("Servers that answered", result.serversResponding.size());
    out += factRow("Corrupt shares", badShares(result.corruptShares));
    if (!result.failedShares.empty())
        out += factRow("Shares that could not be read", badShares(result.failedShares));
    if (!result.incompatibleShares.empty())
        out += factRow("Shares of an unknown layout", badShares(result.incompatibleShares));
    for (const auto& [server, reason] : result.serverProblems)
        out += factRow("No answer from", codeHtml(server) + ": " + escapeHtml(reason));
    return out + "</table>\n" + shareRows(result.shareMap);
}

std::string backLink(std::string_view back)
{
    return "<p>" + linkHtml(back, "Back") + "</p>\n";
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
    out += openForms();
    out += "<h2>Servers</h2>\n<p>" + std::to_string(reached) + " of " +
           std::to_string(servers.size()) + " known servers are connected.</p>\n" +
           serverTable(servers);
    out += "<h2>Since the start</h2>\n<table>\n";
    out += factRow("Stored", std::to_string(counters.filesUploaded) + " files, " +
                                 humanSize(counters.bytesUploaded));
    out += factRow("Read", std::to_string(counters.filesDownloaded) + " files, " +
                               humanSize(counters.bytesDownloaded));
    out += factRow("Versions of changing files and folders written", counters.filesPublished);
    out += factRow("Versions read", counters.filesRetrieved);
    out += "</table>\n<p>Tarn " TARN_VERSION ". The same as <a href=\"/?t=json\">JSON</a>; "
           "<a href=\"/statistics?t=json\">statistics</a>.</p>\n";
    return htmlPage("Tarn gateway", out);
}

std::string uploadPage(const UploadResult& result)
{
    std::string out = "<table>\n";
    out += factRow("Capability", linkHtml(addressOf(result.readCap), codeHtml(result.readCap)));
    out += factRow("Size", std::to_string(result.size) + " bytes");
    if (!result.verifyCap.empty()) {
        out += factRow("Verify capability", codeHtml(result.verifyCap));
        out += factRow("Storage index", codeHtml(result.storageIndex));
        out += factRow("Shares sent", result.pushedShares);
        out += factRow("Shares that were there", result.preexistingShares);
        out += factRow("Servers of happiness", result.happiness);
    }
    out += "</table>\n";
    if (!result.shareMap.empty()) out += shareRows(result.shareMap);
    return htmlPage("File stored", out + "<p><a href=\"/\">Store another</a></p>\n");
}

std::string checkPage(const CheckResult& result, std::string_view back)
{
    return htmlPage("Check results", checkTable(result) + backLink(back));
}

std::string repairPage(const RepairResult& result, std::string_view back)
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
    return htmlPage("Check and repair results", out + backLink(back));
}

std::string errorPage(unsigned status, std::string_view text)
{
    return htmlPage("This did not work", "<p>" + escapeHtml(text) + "</p>\n<p>Status " +
                                             std::to_string(status) + "</p>\n");
}

} // namespace tarn::gateway::web
