// mutable_bench: mutable files on a grid bench, driven through their service.
#pragma once

#include "core/cap/file_cap.h"
#include "tests/client-gateway/grid_bench.h"

#include <memory>
#include <optional>

namespace tarn::test {

gateway::EncodingParameters encodingOf(std::uint32_t needed, std::uint32_t total);

struct MutableBench : GridBench
{
    using GridBench::GridBench;

    gateway::MutableService& files() { return grid->mutableFiles(); }
    /// Another gateway on the same servers; the bench outlives it.
    std::unique_ptr<gateway::Grid> otherGateway(std::size_t keysAhead = 0);

    /// \return Timeout: it did not end.
    template <class T>
    Result<T> wait(asio::awaitable<Result<T>> work)
    {
        std::optional<Result<T>> out = run(std::move(work));
        settle();
        return out ? *std::move(out) : Result<T>(Error(ErrorCode::Timeout, "did not end"));
    }
    Result<cap::MutableWriteCap> create(ByteView plain, cap::MutableFormat format);
    Result<gateway::MutableContents> readBack(const cap::MutableWriteCap& cap);
    Result<void> overwrite(const cap::MutableWriteCap& cap, ByteView plain);
    Result<void> update(const cap::MutableWriteCap& cap, std::uint64_t offset, ByteView plain);
    gateway::CheckResult check(const gateway::MutableCap& cap, bool verify);
    gateway::RepairResult repair(const gateway::MutableCap& cap);

    /// A share as another client would have left it on server `number`.
    bool put(const cap::MutableWriteCap& cap, std::uint32_t number, ByteView bytes);
    /// On whichever server it lies; null where none has it.
    Bytes* share(const cap::MutableWriteCap& cap, std::uint32_t number);
    /// Forgets it everywhere.
    void lose(const cap::MutableWriteCap& cap, std::uint32_t number);

    std::uint64_t bytesWritten() const; ///< in shares, by all requests so far
    std::uint64_t bytesRead() const;
};

/// An update or overwrite that keeps its bytes.
asio::awaitable<Result<void>> updateWith(gateway::MutableService& files, cap::MutableWriteCap cap,
                                         std::uint64_t offset, Bytes patch);
asio::awaitable<Result<void>> overwriteWith(gateway::MutableService& files,
                                            cap::MutableWriteCap cap, Bytes plain);

StorageIndex indexOf(const cap::MutableWriteCap& cap);

} // namespace tarn::test
