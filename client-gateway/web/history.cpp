#include "client-gateway/web/history.h"

#include <algorithm>

namespace tarn::gateway::web {

namespace {

std::size_t keptOf(TransferKind kind)
{
    switch (kind) {
    case TransferKind::Upload:
    case TransferKind::Download:
        return 10;
    case TransferKind::MapUpdate:
    case TransferKind::Publish:
        return 20;
    case TransferKind::Retrieve:
        break;
    }
    return 40;
}

std::string_view prefixOf(TransferKind kind)
{
    switch (kind) {
    case TransferKind::Upload:
        return "up-";
    case TransferKind::Download:
        return "down-";
    case TransferKind::MapUpdate:
        return "mapupdate-";
    case TransferKind::Publish:
        return "publish-";
    case TransferKind::Retrieve:
        break;
    }
    return "retrieve-";
}

std::string textOf(const ShareStatus& share)
{
    std::string out = "share " + std::to_string(share.share.value) + ": ";
    out += nameOf(share.state);
    out += ", " + std::to_string(share.requests) + " requests, " + std::to_string(share.bytesRead) +
           " bytes";
    if (!share.reason.empty()) out += ", " + share.reason;
    return out;
}

std::string textOf(const ServerReport& server)
{
    std::string out(nameOf(server.outcome));
    out += ", " + std::to_string(server.holding.size()) + " shares were there, " +
           std::to_string(server.accepted.size()) + " accepted";
    if (!server.reason.empty()) out += ", " + server.reason;
    return out;
}

} // namespace

double Transfer::progress() const
{
    if (status == "Finished") return 1;
    if (!size || *size == 0) return 0;
    return std::min(1.0, static_cast<double>(moved) / static_cast<double>(*size));
}

double Transfer::pushProgress() const
{
    if (!active() || !upload) return progress();
    const double expected = static_cast<double>(moved) * sharesPerByte;
    return expected > 0 ? std::min(1.0, static_cast<double>(upload->pushed) / expected) : 0;
}

std::string pageNameOf(const Transfer& transfer)
{
    return std::string(prefixOf(transfer.kind)) + std::to_string(transfer.number);
}

std::vector<std::shared_ptr<const Transfer>> History::sorted(bool active) const
{
    std::vector<std::shared_ptr<const Transfer>> out;
    for (const auto& [kind, line] : m_lines) {
        for (const auto& [number, transfer] : line.running)
            if (active) out.push_back(transfer);
        for (const auto& transfer : line.ended)
            if (!active) out.push_back(transfer);
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const auto& a, const auto& b) { return a->started > b->started; });
    return out;
}

std::vector<std::shared_ptr<const Transfer>> History::active() const
{
    return sorted(true);
}

std::vector<std::shared_ptr<const Transfer>> History::recent() const
{
    return sorted(false);
}

std::shared_ptr<const Transfer> History::find(std::string_view pageName) const
{
    for (const bool active : {true, false})
        for (const auto& transfer : sorted(active))
            if (pageNameOf(*transfer) == pageName) return transfer;
    return nullptr;
}

std::unique_ptr<TransferRecord> History::begin(TransferStart start)
{
    return std::make_unique<Recording>(*this, std::move(start));
}

Recording::Recording(History& history, TransferStart start)
    : m_history(history), m_transfer(std::make_shared<Transfer>())
{
    History::Line& line = history.m_lines[start.kind];
    m_transfer->kind = start.kind;
    m_transfer->number = line.next++;
    m_transfer->storageIndex = std::move(start.storageIndex);
    m_transfer->size = start.size;
    m_transfer->mode = std::move(start.mode);
    m_transfer->log = std::move(start.log);
    m_transfer->status = "Running";
    m_transfer->started = history.m_clock.wallNow();
    m_transfer->began = history.m_clock.now();
    line.running.emplace(m_transfer->number, m_transfer);
}

Recording::~Recording()
{
    if (m_transfer->status == "Running") m_transfer->status = "Cancelled";
    m_transfer->took = now() - m_transfer->began;
    m_transfer->upload = nullptr;
    count();
    History::Line& line = m_history.m_lines[m_transfer->kind];
    line.running.erase(m_transfer->number);
    line.ended.push_front(m_transfer);
    if (line.ended.size() > keptOf(m_transfer->kind)) line.ended.pop_back();
}

void Recording::count()
{
    Counters& counters = m_history.counters;
    const std::uint64_t files = m_good ? 1 : 0;
    const std::uint64_t moved = m_transfer->moved;
    switch (m_transfer->kind) {
    case TransferKind::Upload:
        counters.filesUploaded += files;
        counters.bytesUploaded += files * moved;
        break;
    case TransferKind::Download:
        counters.filesDownloaded += files;
        counters.bytesDownloaded += moved;
        break;
    case TransferKind::Publish:
        counters.filesPublished += files;
        counters.bytesPublished += files * moved;
        break;
    case TransferKind::Retrieve:
        counters.filesRetrieved += files;
        counters.bytesRetrieved += moved;
        break;
    case TransferKind::MapUpdate:
        break;
    }
}

void Recording::take(const DownloadStatus& status)
{
    if (m_transfer->storageIndex.empty()) m_transfer->storageIndex = status.storageIndex;
    if (status.log) m_transfer->log = status.log;
    m_transfer->servers.clear();
    for (const ShareStatus& share : status.shares)
        m_transfer->servers.push_back({share.serverId, textOf(share)});
    for (const std::string& problem : status.problems)
        m_transfer->servers.push_back({std::string(), problem});
}

void Recording::take(const UploadStatus& status)
{
    m_transfer->storageIndex = status.storageIndex;
    m_transfer->servers.clear();
    if (!status.happiness) return;
    for (const ServerReport& server : status.happiness->servers)
        m_transfer->servers.push_back({server.serverId, textOf(server)});
}

void Recording::follow(UploadStatus& status, const EncodingParameters& encoding)
{
    status.log = std::make_shared<TransferLog>(m_history.m_clock);
    m_transfer->log = status.log;
    m_transfer->upload = &status;
    m_transfer->sharesPerByte =
        static_cast<double>(encoding.total) / static_cast<double>(encoding.needed);
}

void Recording::take(const UploadTimings& timings)
{
    took("receive", timings.receive);
    took("locate servers", timings.locate);
    took("push shares", timings.push);
}

void Recording::moved(std::uint64_t plaintextBytes)
{
    if (m_transfer->moved == 0 && plaintextBytes > 0) took("first byte", now() - m_transfer->began);
    m_transfer->moved += plaintextBytes;
}

void Recording::delivered(std::uint64_t plaintextBytes, TimePoint begun)
{
    m_transfer->paused += now() - begun;
    moved(plaintextBytes);
}

void Recording::encoded(std::uint32_t needed, std::uint32_t total)
{
    m_transfer->encoding = std::to_string(needed) + " of " + std::to_string(total);
}

void Recording::took(std::string what, Duration time)
{
    m_transfer->timings.emplace_back(std::move(what), time);
}

void Recording::tell(std::string serverId, std::string text)
{
    m_transfer->servers.push_back({std::move(serverId), std::move(text)});
}

void Recording::succeed()
{
    m_good = true;
    m_transfer->status = "Finished";
}

void Recording::fail(const Error& why)
{
    m_transfer->status = "Failed: " + std::string(nameOf(why.code()));
}

} // namespace tarn::gateway::web
