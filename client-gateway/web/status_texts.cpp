#include "client-gateway/web/status_texts.h"

#include "client-gateway/web/event_texts.h"
#include "client-gateway/web/html.h"
#include "core/base/quantity.h"

#include <nlohmann/json.hpp>

namespace tarn::gateway::web {

namespace {

using nlohmann::ordered_json;

std::string_view typeOf(TransferKind kind)
{
    switch (kind) {
    case TransferKind::Upload:
        return "upload";
    case TransferKind::Download:
        return "download";
    case TransferKind::MapUpdate:
        return "mapupdate";
    case TransferKind::Publish:
        return "publish";
    case TransferKind::Retrieve:
        break;
    }
    return "retrieve";
}

std::string stateOf(const Transfer& transfer)
{
    if (!transfer.active() || !transfer.upload) return transfer.status;
    switch (transfer.upload->phase) {
    case UploadPhase::Receiving:
        return "Receiving";
    case UploadPhase::Locating:
        return "Locating servers";
    case UploadPhase::Pushing:
        return "Pushing shares";
    case UploadPhase::Done:
    case UploadPhase::Failed:
        break;
    }
    return transfer.status;
}

ordered_json valueOf(const Transfer& transfer)
{
    ordered_json out{{"type", typeOf(transfer.kind)},
                     {"storage-index-string", nullptr},
                     {"total-size", nullptr},
                     {"status", stateOf(transfer)}};
    if (!transfer.storageIndex.empty()) out["storage-index-string"] = transfer.storageIndex;
    if (transfer.size) out["total-size"] = *transfer.size;
    if (transfer.kind == TransferKind::MapUpdate) {
        out["total-size"] = "-NA-";
        out["mode"] = transfer.mode;
    }
    const double progress = transfer.progress();
    if (transfer.kind == TransferKind::Download) out["progress"] = progress;
    if (transfer.kind == TransferKind::Upload) {
        out["progress-hash"] = progress;
        out["progress-ciphertext"] = progress;
        out["progress-encode-push"] = transfer.pushProgress();
    }
    return out;
}

ordered_json listOf(const std::vector<std::shared_ptr<const Transfer>>& transfers)
{
    ordered_json out = ordered_json::array();
    for (const auto& transfer : transfers)
        out.push_back(valueOf(*transfer));
    return out;
}

std::string sizeOf(const Transfer& transfer)
{
    return transfer.size ? humanSize(*transfer.size) : std::string("unknown");
}

std::string timeOf(const Transfer& transfer)
{
    return transfer.took ? inMilliseconds(*transfer.took) : std::string("running");
}

std::string table(std::string_view caption,
                  const std::vector<std::shared_ptr<const Transfer>>& transfers)
{
    if (transfers.empty()) return "<p>" + std::string(caption) + ": none.</p>\n";
    std::string out = "<table class=\"list\">\n<caption>" + std::string(caption) +
                      "</caption>\n<tr><th scope=\"col\">Transfer</th><th scope=\"col\">Storage "
                      "index</th><th scope=\"col\">Size</th><th scope=\"col\">Time</th>"
                      "<th scope=\"col\">Status</th></tr>\n";
    for (const auto& transfer : transfers) {
        const std::string name = pageNameOf(*transfer);
        out += "<tr><td><a href=\"/status/" + name + "\">" + name + "</a></td><td><code>" +
               transfer->storageIndex + "</code></td><td>" + sizeOf(*transfer) + "</td><td>" +
               timeOf(*transfer) + "</td><td>" + escapeHtml(stateOf(*transfer)) + "</td></tr>\n";
    }
    return out + "</table>\n";
}

std::string row(std::string_view name, std::string_view value)
{
    return factRow(name, escapeHtml(value));
}

} // namespace

std::string transfersJson(const History& history)
{
    const ordered_json out{{"active", listOf(history.active())},
                           {"recent", listOf(history.recent())}};
    return out.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string transfersPage(const History& history)
{
    return htmlPage("Transfers", table("Running", history.active()) +
                                     table("Recent", history.recent()) +
                                     "<p>The same as <a href=\"/status?t=json\">JSON</a>.</p>\n");
}

std::string transferPage(const Transfer& transfer)
{
    std::string out = "<table>\n<caption>Transfer</caption>\n";
    out += row("Kind", typeOf(transfer.kind));
    out += row("Storage index", transfer.storageIndex);
    out += row("Size", sizeOf(transfer));
    out += row("Moved", humanSize(transfer.moved));
    out += row("Time", timeOf(transfer));
    for (const auto& [what, duration] : transfer.timings)
        out += row("Time of: " + what, inMilliseconds(duration));
    if (transfer.paused > Duration(0))
        out += row("Time of: waiting for the client", inMilliseconds(transfer.paused));
    if (!transfer.encoding.empty()) out += row("Encoding", transfer.encoding);
    if (!transfer.mode.empty()) out += row("Mode", transfer.mode);
    out += row("Status", stateOf(transfer));
    out += "</table>\n";
    if (!transfer.servers.empty()) {
        out += "<table>\n<caption>Servers</caption>\n<tr><th scope=\"col\">Server</th>"
               "<th scope=\"col\">What it did</th></tr>\n";
        for (const ServerEvent& event : transfer.servers) {
            out += "<tr><td><code>" + escapeHtml(event.serverId) + "</code></td><td>" +
                   escapeHtml(event.text) + "</td></tr>\n";
        }
        out += "</table>\n";
    }
    out += requestsTable(transfer) + segmentsTable(transfer) + "<p><a href=\"?t=json\">JSON</a>; ";
    if (transfer.kind == TransferKind::Download)
        out += "<a href=\"/status/" + pageNameOf(transfer) + "/event_json\">events</a>; ";
    return htmlPage(pageNameOf(transfer), out + "<a href=\"/status\">All transfers</a></p>\n");
}

std::string transferJson(const Transfer& transfer)
{
    ordered_json out = valueOf(transfer);
    out["started"] = inSeconds(transfer.started.time_since_epoch());
    out["seconds"] = nullptr;
    if (transfer.took) out["seconds"] = inSeconds(*transfer.took);
    out["encoding"] = nullptr;
    if (!transfer.encoding.empty()) out["encoding"] = transfer.encoding;
    out["timings"] = ordered_json::object();
    for (const auto& [what, duration] : transfer.timings)
        out["timings"][what] = inSeconds(duration);
    out["servers"] = ordered_json::array();
    for (const ServerEvent& event : transfer.servers)
        out["servers"].push_back({{"nodeid", event.serverId}, {"event", event.text}});
    out["requests"] = requestsValue(transfer);
    out["forgotten-requests"] = transfer.log ? transfer.log->requests.forgotten() : 0;
    return out.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

} // namespace tarn::gateway::web
