// history: the transfers that run and those that ran last, for /status; and what all of them were
// together, for /statistics.
// Source: spec 08 section 8; allmydata.history.
#pragma once

#include "client-gateway/download/download.h"
#include "client-gateway/upload/upload.h"
#include "client-gateway/web/counters.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tarn::gateway::web {

enum class TransferKind { Upload, Download, MapUpdate, Publish, Retrieve };

/// What a server did in a transfer.
struct ServerEvent
{
    std::string serverId; ///< empty where the text names the server
    std::string text;     ///< "share 3: used, 2 requests, 4096 bytes"
};

struct Transfer
{
    TransferKind kind = TransferKind::Upload;
    std::uint64_t number = 0;          ///< counts up within its kind
    std::string storageIndex;          ///< base32; empty while unknown, and of literal files
    std::optional<std::uint64_t> size; ///< bytes of plaintext, where known
    std::uint64_t moved = 0;           ///< plaintext bytes so far
    UploadPhase phase = UploadPhase::Receiving; ///< of an upload
    std::string status;                         ///< "Finished" or why not
    std::string mode;                           ///< of a map update: "MODE_READ", "MODE_CHECK"
    WallTime started;
    std::optional<Duration> took; ///< once it has ended
    std::vector<ServerEvent> servers;
    /// What took how long, such as {"first byte", 20 ms}, in the order in which it was over.
    std::vector<std::pair<std::string, Duration>> timings;

    bool active() const { return !took.has_value(); }
    double progress() const; ///< 0 to 1
};

/// "up-1", "down-1", "mapupdate-1", "publish-1", "retrieve-1"
std::string pageNameOf(const Transfer& transfer);

/// Engine thread.
class History
{
public:
    explicit History(Clock& clock) : m_clock(clock) {}

    Counters counters;

    /// Newest first.
    std::vector<std::shared_ptr<const Transfer>> active() const;
    std::vector<std::shared_ptr<const Transfer>> recent() const;
    /// Null: none of that name, or too long ago.
    std::shared_ptr<const Transfer> find(std::string_view pageName) const;

private:
    friend class Recording;
    struct Line
    {
        std::uint64_t next = 1;
        std::map<std::uint64_t, std::shared_ptr<Transfer>> running;
        std::deque<std::shared_ptr<Transfer>> ended; ///< newest first
    };

    std::vector<std::shared_ptr<const Transfer>> sorted(bool active) const;

    Clock& m_clock;
    std::map<TransferKind, Line> m_lines;
};

/// One transfer from its begin to its end; an end that nobody tells is a cancellation.
class Recording
{
public:
    Recording(History& history, TransferKind kind, std::string storageIndex,
              std::optional<std::uint64_t> size);
    ~Recording();
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;

    void moved(std::uint64_t bytes);
    void take(const DownloadStatus& status);
    void take(const UploadStatus& status);
    void take(const UploadTimings& timings);
    void succeed();
    void fail(const Error& why);
    Transfer& transfer() { return *m_transfer; }

private:
    History& m_history;
    std::shared_ptr<Transfer> m_transfer;
    TimePoint m_began;
};

} // namespace tarn::gateway::web
