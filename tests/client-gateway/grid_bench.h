// grid_bench: a whole grid in one thread: servers in memory with planned faults, virtual
// time, a seeded Random, inline pools, and a Grid on top.
#pragma once

#include "client-gateway/grid.h"
#include "tests/support/fake_clock.h"
#include "tests/support/faulty_store.h"
#include "tests/support/memory_store.h"
#include "tests/support/seeded_random.h"

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarn::test {

/// A source that gives `atOnce` bytes per read.
class BytesSource final : public gateway::UploadSource
{
public:
    explicit BytesSource(ByteView bytes, std::size_t atOnce = 1'000'000)
        : m_rest(bytes), m_atOnce(atOnce)
    {
    }
    asio::awaitable<Result<std::size_t>> read(MutableByteView into) override;

private:
    ByteView m_rest;
    std::size_t m_atOnce;
};

class BytesSink final : public gateway::DownloadSink
{
public:
    asio::awaitable<Result<void>> write(ByteView piece) override;
    Bytes bytes;
};

/// One server of the bench.
struct BenchServer
{
    BenchServer(Clock& clock, const std::string& id, std::uint64_t capacity);

    std::unique_ptr<MemoryStore> memory;
    std::unique_ptr<FaultyStore> store;
    gateway::ServerPtr server;
    gateway::Reachability reachability = gateway::Reachability::Reached;
};

class GridBench
{
public:
    explicit GridBench(std::size_t servers = 10, gateway::EncodingParameters encoding = {},
                       std::uint64_t capacity = std::uint64_t{1} << 40U,
                       std::string_view convergence = "convergence");
    ~GridBench();

    /// Runs `work` and everything that it leaves behind, in virtual time.
    /// \return nothing when it had not ended after `limit` of virtual time.
    template <class T>
    std::optional<Result<T>> run(asio::awaitable<Result<T>> work,
                                 Duration limit = std::chrono::hours(2));
    /// Lets what goes on in the background end.
    void settle(Duration limit = std::chrono::hours(1));

    Result<gateway::UploadResult> put(ByteView plain, gateway::UploadOptions options = {});
    Result<Bytes> get(const std::string& cap);
    Result<Bytes> get(gateway::Download& download, ByteRange range);

    std::size_t uploadsOpen() const; ///< shares begun and not complete, on all servers
    std::size_t shareCount() const;
    std::size_t advisoryCount() const;
    std::uint64_t calls() const;

    FakeClock clock;
    SeededRandom random{42};
    asio::io_context engine;
    std::unique_ptr<WorkPool> pool = makeInlinePool();
    std::vector<std::unique_ptr<BenchServer>> servers;
    gateway::ServerSet set;
    std::filesystem::path spoolFolder;
    std::unique_ptr<gateway::Grid> grid;
    gateway::UploadStatus status; ///< of the last put()
};

/// "0123456789..."-free test plaintext: seeded bytes.
Bytes plaintext(std::size_t size, std::uint64_t seed = 1);
StorageIndex storageIndexOf(const std::string& readCap);

} // namespace tarn::test

#include "tests/client-gateway/grid_bench_inl.h"
