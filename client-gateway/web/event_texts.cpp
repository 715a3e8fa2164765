#include "client-gateway/web/event_texts.h"

#include "client-gateway/web/html.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <map>

namespace tarn::gateway::web {

using nlohmann::ordered_json;

namespace {

constexpr std::size_t kShortName = 8; ///< letters of a server's id

double unixTime(const Transfer& transfer, TimePoint when)
{
    return inSeconds(transfer.started.time_since_epoch() + (when - transfer.began));
}

ordered_json timeValue(const Transfer& transfer, const std::optional<TimePoint>& when)
{
    return when ? ordered_json(unixTime(transfer, *when)) : ordered_json(nullptr);
}

/// Finds the first line of a drawing on which an event does not overlap others.
class Rows
{
public:
    std::size_t place(TimePoint begun, std::optional<TimePoint> finished)
    {
        std::size_t row = 0;
        while (row < m_ends.size() && !(m_ends[row] && begun > *m_ends[row]))
            ++row;
        if (row == m_ends.size()) m_ends.emplace_back();
        m_ends[row] = finished;
        return row;
    }
    std::size_t count() const { return m_ends.size(); }

private:
    std::vector<std::optional<TimePoint>> m_ends; ///< absent: it goes on
};

ordered_json readValue(const Transfer& transfer)
{
    Duration decrypting{};
    for (const Computation& one : transfer.log->computations.kept())
        if (one.what == "AES") decrypting += one.finished - one.begun;
    ordered_json out{{"start", transfer.firstByte},
                     {"length", transfer.size.value_or(transfer.moved)},
                     {"start_time", unixTime(transfer, transfer.began)},
                     {"finish_time", nullptr},
                     {"bytes_returned", transfer.moved},
                     {"decrypt_time", inSeconds(decrypting)},
                     {"paused_time", inSeconds(transfer.paused)},
                     {"row", 0}};
    if (transfer.took) out["finish_time"] = unixTime(transfer, transfer.began + *transfer.took);
    return ordered_json::array({out});
}

void addSegments(const Transfer& transfer, const SegmentWork& work, Rows& rows, ordered_json& out)
{
    const bool good = work.finished && !work.failed;
    for (std::uint64_t i = 0; i < work.count; ++i) {
        const std::uint64_t start = work.bytes.begin + i * work.segmentSize;
        ordered_json one{{"segment_number", work.first + i},
                         {"start_time", unixTime(transfer, work.begun)},
                         {"active_time", unixTime(transfer, work.begun)},
                         {"finish_time", timeValue(transfer, work.finished)},
                         {"success", nullptr},
                         {"decode_time", nullptr},
                         {"segment_start", nullptr},
                         {"segment_length", nullptr},
                         {"row", rows.place(work.begun, work.finished)}};
        if (work.finished) one["success"] = good;
        if (good) {
            one["decode_time"] = inSeconds(work.decoding) / static_cast<double>(work.count);
            one["segment_start"] = start;
            one["segment_length"] = std::min(work.segmentSize, work.bytes.end - start);
        }
        out.push_back(std::move(one));
    }
}

ordered_json segmentsValue(const Transfer& transfer)
{
    ordered_json out = ordered_json::array();
    Rows rows;
    for (const SegmentWork& work : transfer.log->segments.kept())
        addSegments(transfer, work, rows, out);
    return out;
}

ordered_json computationsValue(const Transfer& transfer)
{
    ordered_json out = ordered_json::array();
    Rows rows;
    for (const Computation& one : transfer.log->computations.kept())
        out.push_back({{"what", one.what},
                       {"start_time", unixTime(transfer, one.begun)},
                       {"finish_time", unixTime(transfer, one.finished)},
                       {"row", rows.place(one.begun, one.finished)}});
    return out;
}

ordered_json numbersOf(const std::vector<ShareNumber>& shares)
{
    ordered_json out = ordered_json::array();
    for (const ShareNumber share : shares)
        out.push_back(share.value);
    return out;
}

ordered_json queriesValue(const Transfer& transfer)
{
    ordered_json out = ordered_json::array();
    Rows rows;
    for (const ServerRequest& request : transfer.log->requests.kept()) {
        if (request.kind != RequestKind::Query) continue;
        ordered_json one{{"start_time", unixTime(transfer, request.sent)},
                         {"success", nullptr},
                         {"response_shnums", nullptr},
                         {"finish_time", timeValue(transfer, request.finished)},
                         {"serverid", request.serverId},
                         {"row", rows.place(request.sent, request.finished)}};
        if (request.finished) one["success"] = request.succeeded();
        if (request.succeeded()) one["response_shnums"] = numbersOf(request.shares);
        out.push_back(std::move(one));
    }
    return out;
}

/// \param groups  a number for each server, in the order of its first request, and its rows.
ordered_json blocksValue(const Transfer& transfer, std::vector<Rows>& groups)
{
    ordered_json out = ordered_json::array();
    std::map<std::string, std::size_t> numbers;
    for (const ServerRequest& request : transfer.log->requests.kept()) {
        if (request.kind != RequestKind::Read || request.shares.empty()) continue;
        const std::size_t group = numbers.emplace(request.serverId, groups.size()).first->second;
        if (group == groups.size()) groups.emplace_back();
        const std::size_t row = groups[group].place(request.sent, request.finished);
        ordered_json one{{"shnum", request.shares.front().value},
                         {"start", request.range.begin},
                         {"length", request.range.size()},
                         {"start_time", unixTime(transfer, request.sent)},
                         {"finish_time", timeValue(transfer, request.finished)},
                         {"success", nullptr},
                         {"response_length", nullptr},
                         {"serverid", request.serverId},
                         {"row", ordered_json::array({group, row})}};
        if (request.finished) one["success"] = request.succeeded();
        if (request.succeeded()) one["response_length"] = request.received;
        out.push_back(std::move(one));
    }
    return out;
}

/// A light colour that is the same for one server always.
std::string colourOf(std::string_view serverId)
{
    std::uint32_t hash = 2166136261U; // FNV-1a
    for (const char c : serverId)
        hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    std::array<char, 8> out{};
    const auto light = [](std::uint32_t byte) { return (byte & 0xffU) / 2U + 0x80U; };
    std::snprintf(out.data(), out.size(), "#%02x%02x%02x", light(hash), light(hash >> 8U),
                  light(hash >> 16U));
    return std::string(out.data());
}

void addServers(const Transfer& transfer, ordered_json& out)
{
    out["server_info"] = ordered_json::object();
    out["serverids"] = ordered_json::object();
    for (const ServerRequest& request : transfer.log->requests.kept()) {
        if (request.kind != RequestKind::Query) continue;
        if (out["server_info"].contains(request.serverId)) continue;
        const std::size_t number = out["server_info"].size();
        const std::string shortName = request.serverId.substr(0, kShortName);
        out["server_info"][request.serverId] = {
            {"num", number}, {"color", colourOf(request.serverId)}, {"short", shortName}};
        out["serverids"][std::to_string(number)] = shortName;
    }
    out["num_serverids"] = out["server_info"].size();
}

std::string sinceBegin(const Transfer& transfer, TimePoint when)
{
    return "+" + inMilliseconds(when - transfer.began);
}

std::string answerOf(const ServerRequest& request)
{
    if (!request.finished) return "waiting";
    if (!request.failure.empty()) return request.failure;
    if (request.kind == RequestKind::Read) return std::to_string(request.received) + " bytes";
    if (request.kind == RequestKind::Write) return "written";
    if (request.kind == RequestKind::Abort) return "dropped";
    if (request.kind == RequestKind::Allocate)
        return request.shares.empty() ? "takes none" : "takes them";
    return request.shares.empty() ? "no shares" : "has them";
}

std::string requestRow(const Transfer& transfer, const ServerRequest& request)
{
    std::string shares;
    for (const ShareNumber share : request.shares)
        shares += (shares.empty() ? "" : ", ") + std::to_string(share.value);
    std::string range;
    if (!request.range.empty())
        range = std::to_string(request.range.begin) + " + " + std::to_string(request.range.size());
    const std::string time =
        request.finished ? inMilliseconds(*request.finished - request.sent) : std::string();
    return "<tr><td><code>" + escapeHtml(request.serverId.substr(0, kShortName)) +
           "</code></td><td>" + std::string(nameOf(request.kind)) + "</td><td>" + shares +
           "</td><td class=\"number\">" + range + "</td><td class=\"number\">" +
           sinceBegin(transfer, request.sent) + "</td><td class=\"number\">" + time + "</td><td>" +
           escapeHtml(answerOf(request)) + "</td></tr>\n";
}

std::string forgotten(std::uint64_t count)
{
    if (count == 0) return {};
    return "<p>" + std::to_string(count) + " older ones are no longer known.</p>\n";
}

} // namespace

double inSeconds(Duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

std::string inMilliseconds(Duration duration)
{
    std::array<char, 40> out{};
    std::snprintf(out.data(), out.size(), "%.1f ms", inSeconds(duration) * 1000);
    return std::string(out.data());
}

std::string eventsJson(const Transfer& transfer)
{
    Transfer shown = transfer;
    SystemClock clock;
    // A literal file has no requests.
    if (!shown.log) shown.log = std::make_shared<const TransferLog>(clock);
    ordered_json out;
    std::vector<Rows> groups;
    out["misc"] = computationsValue(shown);
    out["read"] = readValue(shown);
    out["segment"] = segmentsValue(shown);
    out["dyhb"] = queriesValue(shown);
    out["block"] = blocksValue(shown, groups);
    out["block_rownums"] = ordered_json::array();
    for (const Rows& rows : groups)
        out["block_rownums"].push_back(rows.count());
    addServers(shown, out);
    out["bounds"] = {{"min", unixTime(shown, shown.began)}, {"max", nullptr}};
    if (shown.took) out["bounds"]["max"] = unixTime(shown, shown.began + *shown.took);
    return out.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

ordered_json requestsValue(const Transfer& transfer)
{
    ordered_json out = ordered_json::array();
    if (!transfer.log) return out;
    for (const ServerRequest& request : transfer.log->requests.kept())
        out.push_back({{"kind", nameOf(request.kind)},
                       {"nodeid", request.serverId},
                       {"shares", numbersOf(request.shares)},
                       {"start", request.range.begin},
                       {"length", request.range.size()},
                       {"sent", unixTime(transfer, request.sent)},
                       {"finished", timeValue(transfer, request.finished)},
                       {"received", request.received},
                       {"failure", request.failure}});
    return out;
}

std::string requestsTable(const Transfer& transfer)
{
    if (!transfer.log || transfer.log->requests.kept().empty()) return {};
    std::string out = "<table class=\"list\">\n<caption>Requests</caption>\n<tr>"
                      "<th scope=\"col\">Server</th><th scope=\"col\">Kind</th>"
                      "<th scope=\"col\">Shares</th><th scope=\"col\">Bytes</th>"
                      "<th scope=\"col\">Sent</th><th scope=\"col\">Time</th>"
                      "<th scope=\"col\">Answer</th></tr>\n";
    for (const ServerRequest& request : transfer.log->requests.kept())
        out += requestRow(transfer, request);
    return out + "</table>\n" + forgotten(transfer.log->requests.forgotten());
}

std::string segmentsTable(const Transfer& transfer)
{
    if (!transfer.log || transfer.log->segments.kept().empty()) return {};
    std::string out = "<table class=\"list\">\n<caption>Segments</caption>\n<tr>"
                      "<th scope=\"col\">Segments</th><th scope=\"col\">Begun</th>"
                      "<th scope=\"col\">Time</th><th scope=\"col\">Decoding</th></tr>\n";
    for (const SegmentWork& work : transfer.log->segments.kept()) {
        std::string numbers = std::to_string(work.first);
        if (work.count > 1) numbers += " to " + std::to_string(work.first + work.count - 1);
        std::string time = work.finished ? inMilliseconds(*work.finished - work.begun) : "running";
        if (work.failed) time = "failed";
        out += "<tr><td>" + numbers + "</td><td class=\"number\">" +
               sinceBegin(transfer, work.begun) + "</td><td class=\"number\">" + time +
               "</td><td class=\"number\">" + inMilliseconds(work.decoding) + "</td></tr>\n";
    }
    return out + "</table>\n" + forgotten(transfer.log->segments.forgotten());
}

} // namespace tarn::gateway::web
