// guarded_files: files that are refused where the blacklist has them.
#pragma once

#include "client-gateway/dirs/immutable_files.h"
#include "client-gateway/mutable/mutable_service.h"
#include "client-gateway/web/blacklist.h"

namespace tarn::gateway::web {

/// Engine thread. All referred to outlive it and what it opened.
/// Reads and writes may also return Unauthorized: the blacklist has the file. It can be checked and
/// repaired all the same, as in Tahoe-LAFS.
class GuardedMutableFiles final : public MutableService
{
public:
    GuardedMutableFiles(MutableService& inner, const Blacklist& blacklist)
        : m_inner(inner), m_blacklist(blacklist)
    {
    }

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

private:
    MutableService& m_inner;
    const Blacklist& m_blacklist;
};

/// The immutable files of directories.
class GuardedImmutableFiles final : public ImmutableFiles
{
public:
    GuardedImmutableFiles(ImmutableFiles& inner, const Blacklist& blacklist)
        : m_inner(inner), m_blacklist(blacklist)
    {
    }

    asio::awaitable<Result<std::string>> upload(UploadSource& source) override;
    Result<std::shared_ptr<Download>> open(std::string_view readCap) override;
    asio::awaitable<Result<CheckResult>> check(std::string cap, CheckOptions options) override;
    asio::awaitable<Result<RepairResult>> checkAndRepair(std::string cap,
                                                         CheckOptions options) override;

private:
    ImmutableFiles& m_inner;
    const Blacklist& m_blacklist;
};

} // namespace tarn::gateway::web
