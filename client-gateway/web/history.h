// history: the transfers that run and those that ran last, for /status; and what all of them were
// together, for /statistics.
// Source: spec 08 section 8; allmydata.history.
#pragma once

#include "client-gateway/download/download.h"
#include "client-gateway/transfer_watch.h"
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

/// What a server did in a transfer.
struct ServerEvent
{
    std::string serverId; ///< empty where the text names the server
    std::string text;     ///< "share 3: used, 2 requests, 4096 bytes"
};

struct Transfer
{
    TransferKind kind = TransferKind::Upload;
    std::uint64_t number = 0;             ///< counts up within its kind
    std::string storageIndex;             ///< base32; empty while unknown, and of literal files
    std::optional<std::uint64_t> size;    ///< bytes of plaintext, where known
    std::uint64_t moved = 0;              ///< plaintext bytes so far
    const UploadStatus* upload = nullptr; ///< of an upload that runs
    double sharesPerByte = 1;             ///< bytes of its shares for each of plaintext
    std::string status;                   ///< "Finished" or why not
    std::string mode;                     ///< of a map update: "MODE_READ", "MODE_CHECK"
    std::string encoding;                 ///< "3 of 10"; empty while unknown
    std::uint64_t firstByte = 0;          ///< of the file: where a download begins
    WallTime started;
    TimePoint began;              ///< the same moment: what the times of the log are measured from
    Duration paused{};            ///< spent waiting for the client of a download
    std::optional<Duration> took; ///< once it has ended
    std::vector<ServerEvent> servers;
    /// What took how long, such as {"first byte", 20 ms}, in the order in which it was over.
    std::vector<std::pair<std::string, Duration>> timings;
    std::shared_ptr<const TransferLog> log; ///< single requests; null: none are kept

    bool active() const { return !took.has_value(); }
    double progress() const;     ///< of the plaintext, 0 to 1
    double pushProgress() const; ///< of an upload's shares, 0 to 1
};

/// "up-1", "down-1", "mapupdate-1", "publish-1", "retrieve-1"
std::string pageNameOf(const Transfer& transfer);

/// Engine thread.
class History final : public TransferWatcher
{
public:
    explicit History(Clock& clock) : m_clock(clock) {}

    Counters counters;

    std::unique_ptr<TransferRecord> begin(TransferStart start) override;

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

/// One transfer from its begin to its end, when it is counted: files that came to a good end, and
/// the bytes of these and of whatever was read.
class Recording final : public TransferRecord
{
public:
    Recording(History& history, TransferStart start);
    ~Recording() override;
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;

    void moved(std::uint64_t plaintextBytes) override;
    void encoded(std::uint32_t needed, std::uint32_t total) override;
    void took(std::string what, Duration time) override;
    void tell(std::string serverId, std::string text) override;
    void take(const DownloadStatus& status) override;
    void take(const UploadStatus& status);
    void take(const UploadTimings& timings);
    /// `status` is told of while the upload runs, and gets a log of it; it outlives this.
    void follow(UploadStatus& status, const EncodingParameters& encoding);
    void succeed() override;
    void fail(const Error& why) override;
    /// What the client took, for which was waited since `begun`.
    void delivered(std::uint64_t plaintextBytes, TimePoint begun);
    TimePoint now() const { return m_history.m_clock.now(); }
    Transfer& transfer() { return *m_transfer; }

private:
    void count();

    History& m_history;
    std::shared_ptr<Transfer> m_transfer;
    bool m_good = false;
};

} // namespace tarn::gateway::web
