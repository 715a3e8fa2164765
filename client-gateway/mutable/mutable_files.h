// mutable_files: mutable files of a grid.
#pragma once

#include "client-gateway/async/gate.h"
#include "client-gateway/mutable/arriving_body.h"
#include "client-gateway/mutable/key_pool.h"
#include "client-gateway/mutable/mutable_parts.h"
#include "client-gateway/mutable/plain_source.h"
#include "client-gateway/mutable/version_encoder.h"
#include "client-gateway/mutable/write_refusals.h"

#include <map>
#include <memory>

namespace tarn::gateway {

struct Spread;

/// Engine thread. The whole body of an MDMF file whose length was announced is sent on while it
/// comes, of a few files at a time; all other bodies are received first.
class MutableFiles final : public MutableService
{
public:
    /// \param keysAhead  RSA keys made in the background, 0 to 64.
    MutableFiles(MutableParts parts, std::size_t keysAhead);

    asio::awaitable<Result<cap::MutableWriteCap>> create(UploadSource& source,
                                                         MutableCreation how) override;
    asio::awaitable<Result<std::shared_ptr<Download>>> open(MutableReadable cap) override;
    asio::awaitable<Result<MutableContents>> read(MutableReadable cap,
                                                  std::uint64_t limit) override;
    asio::awaitable<Result<void>> overwrite(cap::MutableWriteCap cap,
                                            UploadSource& source) override;
    asio::awaitable<Result<void>> update(cap::MutableWriteCap cap, std::uint64_t offset,
                                         UploadSource& source) override;
    asio::awaitable<Result<MutableContents>> modify(cap::MutableWriteCap cap, std::uint64_t limit,
                                                    Edit edit) override;
    asio::awaitable<Result<CheckResult>> check(MutableCap cap, CheckOptions options) override;
    asio::awaitable<Result<RepairResult>> checkAndRepair(MutableCap cap,
                                                         CheckOptions options) override;

    /// Of new files and of those without a recoverable version.
    void setEncoding(EncodingParameters encoding) { m_parts.encoding = encoding; }
    /// Of operations that begin from now on; null: nobody.
    void setWatcher(TransferWatcher* watcher) { m_parts.watcher = watcher; }

private:
    /// Writers of one file take turns.
    asio::awaitable<std::shared_ptr<void>> turn(StorageIndex index);
    /// A body before it is written.
    struct Body
    {
        explicit Body(UploadSource& source, Clock& clock) : arriving(source, clock) {}
        ArrivingBody arriving;
        std::unique_ptr<Spool> spool; ///< null: it goes on while it comes
        Gate::Permit permit;          ///< to do so
    };
    asio::awaitable<Result<void>> begin(Body& body, cap::MutableFormat format);
    asio::awaitable<Result<void>> receive(Body& body, cap::MutableFormat format);
    asio::awaitable<Result<void>> publish(const Publication& what, Body& body);
    asio::awaitable<void> findHomes(MutableFile file);
    /// The version that follows those of `map`, encoded as the newest one, or as the gateway does.
    Publication after(const MutableFile& file, const ServerMap& map,
                      const crypto::RsaKey& key) const;
    asio::awaitable<Result<MutableContents>> modifyOnce(MutableFile file, std::uint64_t limit,
                                                        const Edit& edit, bool again);

    /// Whether somebody lacks something who may take it now.
    bool worthSpreading(const Spread& spread) const;
    void noteRefusals(const Spread& before, const Spread& after);

    MutableParts m_parts;
    WriteRefusals m_refusals;
    KeyPool m_keys;
    Gate m_streams; ///< of bodies that go on while they come
    std::map<StorageIndex, std::shared_ptr<Gate>> m_turns;
};

} // namespace tarn::gateway
