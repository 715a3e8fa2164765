// transfer_log: what one transfer asked of which server, when, and what came back, for people who
// want to know what took so long. Only the newest entries are kept.
// Source: spec 08 section 8; allmydata.immutable.downloader.status.
#pragma once

#include "core/base/byte_range.h"
#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/base/result.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarn::gateway {

enum class RequestKind {
    Query,    ///< which shares are there
    Allocate, ///< room for new shares, which tells those that are there as well
    Read,
    Write,
    Abort ///< of shares that are not complete
};

/// "query", "allocate", "read", "write", "abort"
std::string_view nameOf(RequestKind kind);

/// One request to a server.
struct ServerRequest
{
    RequestKind kind = RequestKind::Query;
    std::string serverId;
    /// Of a query those that are there; of an allocation first those asked for, then those taken.
    std::vector<ShareNumber> shares;
    ByteRange range; ///< of the share; of a write as many bytes as are sent
    TimePoint sent;
    std::optional<TimePoint> finished; ///< absent while no answer is there
    std::uint64_t received = 0;        ///< bytes
    std::string failure;               ///< why it failed; empty while all is well

    bool succeeded() const { return finished.has_value() && failure.empty(); }
};

/// A run of segments that was fetched and decoded as one.
struct SegmentWork
{
    std::uint64_t first = 0; ///< number of its first segment
    std::uint64_t count = 0;
    std::uint64_t segmentSize = 0; ///< of all but the last of the file
    ByteRange bytes;               ///< of the file
    TimePoint begun;
    std::optional<TimePoint> finished;
    Duration decoding{}; ///< waiting for a processor included
    bool failed = false;
};

/// Something that took processor time.
struct Computation
{
    std::string what; ///< "decode", "AES"
    TimePoint begun;
    TimePoint finished;
};

/// Entries are numbered from 0 on; the oldest are forgotten.
template <class Entry>
class NewestEntries
{
public:
    static constexpr std::size_t kKept = 1000;

    /// \return its number.
    std::uint64_t add(Entry entry)
    {
        m_kept.push_back(std::move(entry));
        if (m_kept.size() > kKept) {
            m_kept.pop_front();
            ++m_forgotten;
        }
        return m_forgotten + m_kept.size() - 1;
    }
    /// Null: forgotten.
    Entry* find(std::uint64_t number)
    {
        return number < m_forgotten ? nullptr
                                    : &m_kept[static_cast<std::size_t>(number - m_forgotten)];
    }
    const std::deque<Entry>& kept() const { return m_kept; }
    std::uint64_t forgotten() const { return m_forgotten; }

private:
    std::deque<Entry> m_kept; ///< oldest first
    std::uint64_t m_forgotten = 0;
};

/// Engine thread. The clock outlives its use by notes.
class TransferLog
{
public:
    explicit TransferLog(Clock& clock) : m_clock(clock) {}

    NewestEntries<ServerRequest> requests;
    NewestEntries<SegmentWork> segments;
    NewestEntries<Computation> computations;

    TimePoint now() const { return m_clock.now(); }
    /// Something of that name ends now.
    void computed(std::string what, TimePoint begun);

private:
    Clock& m_clock;
};

using TransferLogPtr = std::shared_ptr<TransferLog>;

/// One request from its sending to its answer; one without an end was cancelled.
class RequestNote
{
public:
    /// \param log  null: nobody wants to know.
    RequestNote(TransferLogPtr log, RequestKind kind, std::string serverId,
                std::vector<ShareNumber> shares = {}, ByteRange range = {});
    ~RequestNote();
    RequestNote(const RequestNote&) = delete;
    RequestNote& operator=(const RequestNote&) = delete;

    void answered(std::uint64_t bytes);
    /// What a query or an allocation was told.
    void found(std::vector<ShareNumber> shares);
    void failed(std::string why);

private:
    void end(std::uint64_t bytes, std::string failure);

    TransferLogPtr m_log;
    std::uint64_t m_number = 0;
};

/// A run of segments from its begin to its end; without one it failed.
class SegmentNote
{
public:
    /// \param work  number, count and bytes.
    SegmentNote(TransferLogPtr log, SegmentWork work);
    ~SegmentNote();
    SegmentNote(const SegmentNote&) = delete;
    SegmentNote& operator=(const SegmentNote&) = delete;

    void decoded(TimePoint begun);
    void succeeded();

private:
    TransferLogPtr m_log;
    std::uint64_t m_number = 0;
    bool m_good = false;
};

} // namespace tarn::gateway
