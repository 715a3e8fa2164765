// fake_mutable_files: mutable files in memory that conflict, are lost and are counted when told to.
#pragma once

#include "client-gateway/mutable/mutable_service.h"
#include "tests/support/seeded_random.h"

#include <map>
#include <set>

namespace tarn::test {

class FakeMutableFiles final : public gateway::MutableService
{
public:
    struct File
    {
        Bytes data;
        std::uint64_t sequence = 1;
    };

    /// By storage index.
    std::map<StorageIndex, File> files;
    /// Files that answer NotEnoughShares.
    std::set<StorageIndex> lost;
    /// Called between the read and the write of modify(), as somebody else who writes then.
    std::function<void(const StorageIndex&)> meanwhile;
    /// That many writes of modify() take effect and are answered with Conflict all the same.
    unsigned lostAnswers = 0;
    gateway::CheckResult health;
    /// Each read takes so many turns of the engine.
    unsigned readTurns = 0;
    /// Reads wait until they are cancelled.
    bool blockReads = false;

    // What was asked.
    unsigned reads = 0;
    unsigned readsNow = 0;
    unsigned mostReadsAtOnce = 0;
    unsigned writes = 0;
    unsigned checks = 0;
    unsigned repairs = 0;

    /// Stores contents without asking anybody.
    cap::MutableWriteCap add(ByteView data, cap::MutableFormat format = cap::MutableFormat::Sdmf);
    File& at(const cap::MutableWriteCap& cap);
    static StorageIndex indexOf(const gateway::MutableCap& cap);

    asio::awaitable<Result<cap::MutableWriteCap>> create(gateway::UploadSource& source,
                                                         gateway::MutableCreation how) override;
    asio::awaitable<Result<std::shared_ptr<gateway::Download>>>
    open(gateway::MutableReadable cap) override;
    asio::awaitable<Result<gateway::MutableContents>> read(gateway::MutableReadable cap,
                                                           std::uint64_t limit) override;
    asio::awaitable<Result<void>> overwrite(cap::MutableWriteCap cap,
                                            gateway::UploadSource& source) override;
    asio::awaitable<Result<void>> update(cap::MutableWriteCap cap, std::uint64_t offset,
                                         gateway::UploadSource& source) override;
    asio::awaitable<Result<gateway::MutableContents>>
    modify(cap::MutableWriteCap cap, std::uint64_t limit, Edit edit) override;
    asio::awaitable<Result<gateway::CheckResult>> check(gateway::MutableCap cap,
                                                        gateway::CheckOptions options) override;
    asio::awaitable<Result<gateway::RepairResult>>
    checkAndRepair(gateway::MutableCap cap, gateway::CheckOptions options) override;

private:
    Result<File*> find(const gateway::MutableCap& cap);
    Result<bool> editOnce(File& file, const StorageIndex& index, const Edit& edit, bool again);

    SeededRandom m_random{4};
};

/// All of the source.
asio::awaitable<Result<Bytes>> drain(gateway::UploadSource& source);

} // namespace tarn::test
