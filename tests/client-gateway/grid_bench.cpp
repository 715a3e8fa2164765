#include "tests/client-gateway/grid_bench.h"

#include "core/cap/parse.h"
#include "core/crypto/sha256.h"

#include <algorithm>

namespace tarn::test {

namespace {

class BenchConnection final : public gateway::ServerConnection
{
public:
    explicit BenchConnection(BenchServer& server) : m_server(server) {}
    storage_api::ShareStore& store() override { return *m_server.store; }
    gateway::ServerStatus status() const override
    {
        gateway::ServerStatus status;
        status.reachability = m_server.reachability;
        status.oldVersions = m_oldVersions;
        return status;
    }
    void noteOldVersion(StorageIndex /*index*/, ShareNumber /*share*/, std::uint64_t /*sequence*/,
                        std::uint64_t /*newest*/) override
    {
        ++m_oldVersions;
    }

private:
    BenchServer& m_server;
    std::uint64_t m_oldVersions = 0;
};

} // namespace

asio::awaitable<Result<std::size_t>> BytesSource::read(MutableByteView into)
{
    const std::size_t count = std::min({into.size(), m_rest.size(), m_atOnce});
    std::copy_n(m_rest.begin(), count, into.begin());
    m_rest = m_rest.subspan(count);
    co_return count;
}

asio::awaitable<Result<void>> BytesSink::write(ByteView piece)
{
    append(bytes, piece);
    co_return ok();
}

BenchServer::BenchServer(Clock& clock, const std::string& id, std::uint64_t capacity)
    : memory(std::make_unique<MemoryStore>(clock, capacity)),
      store(std::make_unique<FaultyStore>(*memory, clock, FaultyStore::Plan()))
{
    auto made = std::make_shared<gateway::Server>();
    made->id = id;
    const Hash256 digest = crypto::sha256(asBytes(id));
    made->tubId = TubId::prefixOf(digest);
    made->permutationSeed = toBytes(digest.view());
    made->connection = std::make_shared<BenchConnection>(*this);
    server = std::move(made);
}

GridBench::GridBench(std::size_t count, gateway::EncodingParameters encoding,
                     std::uint64_t capacity, std::string_view convergence)
    : spoolFolder(std::filesystem::temp_directory_path())
{
    std::vector<gateway::ServerPtr> all;
    for (std::size_t i = 0; i < count; ++i) {
        servers.push_back(
            std::make_unique<BenchServer>(clock, "server-" + std::to_string(i), capacity));
        all.push_back(servers.back()->server);
    }
    set.replace(std::move(all));
    gateway::GridSettings settings;
    settings.encoding = encoding;
    settings.spoolDirectory = spoolFolder;
    gateway::NodeSecrets secrets;
    secrets.leaseSecret = Secret(zeroBytes(32));
    secrets.convergence = Secret(convergence);
    const gateway::GridParts parts{clock, random, *pool, *pool, set, engine.get_executor()};
    grid = std::make_unique<gateway::Grid>(parts, std::move(secrets), std::move(settings));
}

GridBench::~GridBench() = default;

void GridBench::settle(Duration limit)
{
    clock.runUntil(engine, limit, [] { return false; });
}

Result<gateway::UploadResult> GridBench::put(ByteView plain, gateway::UploadOptions options)
{
    BytesSource source(plain);
    status = {};
    std::optional<Result<gateway::UploadResult>> result =
        run(grid->upload(source, options, status));
    if (!result) return Error(ErrorCode::Internal, "the upload did not end");
    return *std::move(result);
}

Result<Bytes> GridBench::get(const std::string& cap)
{
    TARN_TRY(const std::shared_ptr<gateway::Download> download, grid->open(cap));
    return get(*download, ByteRange{0, download->size()});
}

Result<Bytes> GridBench::get(gateway::Download& download, ByteRange range)
{
    BytesSink sink;
    const std::optional<Result<void>> result = run(download.read(range, sink));
    if (!result) return Error(ErrorCode::Internal, "the download did not end");
    if (!*result) return result->error();
    return std::move(sink.bytes);
}

std::size_t GridBench::uploadsOpen() const
{
    std::size_t open = 0;
    for (const auto& one : servers)
        open += one->memory->uploadCount();
    return open;
}

std::size_t GridBench::shareCount() const
{
    std::size_t count = 0;
    for (const auto& one : servers)
        count += one->memory->shareCount();
    return count;
}

std::size_t GridBench::advisoryCount() const
{
    std::size_t count = 0;
    for (const auto& one : servers)
        count += one->memory->advisories().size();
    return count;
}

std::uint64_t GridBench::calls() const
{
    std::uint64_t calls = 0;
    for (const auto& one : servers)
        calls += one->store->calls();
    return calls;
}

Bytes plaintext(std::size_t size, std::uint64_t seed)
{
    return SeededRandom(seed).bytes(size);
}

StorageIndex storageIndexOf(const std::string& readCap)
{
    return cap::storageIndexOf(cap::parseCap(readCap)).value_or(StorageIndex());
}

} // namespace tarn::test
