// scrubber: re-reads all shares again and again, slowly, and keeps a list of those that are
// damaged. Deletes and changes nothing. Where it was is kept in a file. Engine thread.
#pragma once

#include "core/base/executor.h"
#include "storage-server/disk_store.h"
#include "storage-server/scrub_record.h"

#include <functional>

namespace tarn::storage {

class Scrubber final : private AuditPacer
{
public:
    struct Parts
    {
        DiskStore& store;
        WorkPool& diskPool;
        Clock& clock;
        std::string file; ///< of the record; written as a whole
    };
    /// All parts outlive it.
    Scrubber(Parts parts, ScrubConfig config) : m_parts(std::move(parts)), m_config(config) {}

    /// Goes on where the last process stopped. Ends when cancelled. Spawn once.
    asio::awaitable<Result<void>> run();
    void reconfigure(const ScrubConfig& config) { m_config = config; }
    /// A round begins as soon as none is under way.
    void startSoon() { m_asked = true; }
    const ScrubRecord& record() const { return m_record; }
    const ScrubConfig& config() const { return m_config; }
    /// Since the start.
    std::uint64_t rounds() const { return m_rounds; }
    std::uint64_t bytes() const { return m_bytes; }
    std::uint64_t shares() const { return m_shares; }

private:
    asio::awaitable<bool> rest(std::uint64_t bytes, Duration worked) override;
    asio::awaitable<bool> sleep(Duration time);
    asio::awaitable<void> readRecord();
    asio::awaitable<void> keepRecord();
    asio::awaitable<bool> scrubPrefix(unsigned prefix);
    asio::awaitable<bool> scrubIndex(StorageIndex index);
    asio::awaitable<void> endRound();
    bool due() const;
    std::int64_t now() const;
    void sayWhatIsNew();

    Parts m_parts;
    ScrubConfig m_config;
    ScrubRecord m_record;
    bool m_asked = false;
    Duration m_debt{0}; ///< rest that is not yet taken
    std::uint64_t m_rounds = 0;
    std::uint64_t m_bytes = 0;
    std::uint64_t m_shares = 0;
    std::uint64_t m_unsaid = 0; ///< findings that the log does not have
    TimePoint m_kept{};         ///< when the record was
};

} // namespace tarn::storage
