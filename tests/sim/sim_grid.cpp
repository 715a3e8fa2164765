#include "tests/sim/sim_grid.h"

#include "tests/client-gateway/grid_bench.h"

#include <boost/asio/detached.hpp>

#include <filesystem>

namespace tarn::test {

namespace {

gateway::NodeSecrets secretsOf(std::size_t number)
{
    gateway::NodeSecrets secrets;
    secrets.leaseSecret = Secret(Bytes(32, static_cast<std::byte>(number)));
    // One for all: equal files of two gateways meet on the servers.
    secrets.convergence = Secret(std::string_view("convergence of the simulated grid"));
    return secrets;
}

gateway::GridSettings settingsWith(gateway::EncodingParameters encoding)
{
    gateway::GridSettings settings;
    settings.encoding = encoding;
    settings.spoolDirectory = std::filesystem::temp_directory_path();
    return settings;
}

/// Compares what comes out with what went in, byte by byte.
class ExpectingSink final : public gateway::DownloadSink
{
public:
    explicit ExpectingSink(ByteView expected) : m_rest(expected) {}
    asio::awaitable<Result<void>> write(ByteView piece) override
    {
        if (piece.size() > m_rest.size() || !equal(piece, m_rest.first(piece.size()))) {
            m_wrong = true;
            co_return Error(ErrorCode::Internal, "wrong bytes came out");
        }
        m_rest = m_rest.subspan(piece.size());
        co_return ok();
    }
    /// Of a read that ended well, or not.
    Result<void> verdict(Result<void> read) const
    {
        if (m_wrong) return Error(ErrorCode::Internal, "wrong bytes came out");
        if (read && !m_rest.empty()) return Error(ErrorCode::Internal, "bytes are missing");
        return read;
    }

private:
    ByteView m_rest;
    bool m_wrong = false;
};

} // namespace

SimGateway::SimGateway(SimWorld& world, std::size_t number,
                       const std::vector<std::unique_ptr<SimServer>>& servers,
                       const SimGridShape& shape)
    : m_name("gateway-" + std::to_string(number)), m_random(world.random.next()),
      m_dialer(world.network.dialerFor(m_name)),
      m_pool(world.engine.executor(), *m_dialer, net::TlsClientContext(), world.clock()),
      m_list(m_pool, world.clock(), m_random, m_set, shape.asking)
{
    std::string yaml = "storage:\n";
    for (const auto& server : servers)
        yaml += server->announcement();
    const auto problems = m_list.load(yaml);
    TARN_ASSERT(problems.has_value() && problems->empty());
    const gateway::GridParts parts{world.clock(), m_random, *world.pool,
                                   *world.pool,   m_set,    world.engine.executor()};
    m_grid =
        std::make_unique<gateway::Grid>(parts, secretsOf(number), settingsWith(shape.encoding));
    auto done = [](const std::exception_ptr& /*cancelled*/, const Result<void>& /*nothing*/) {};
    asio::co_spawn(world.engine.executor(), m_list.watch(),
                   asio::bind_cancellation_slot(m_stopWatching.slot(), done));
}

SimGrid::SimGrid(std::uint64_t seed, SimGridShape shape) : world(seed)
{
    world.network.setDefaultLink(shape.link);
    for (std::size_t i = 0; i < shape.servers; ++i) {
        const bool onDisk = i + shape.onDisk >= shape.servers;
        m_servers.push_back(std::make_unique<SimServer>(
            world, i, onDisk ? SimServer::Keeps::OnDisk : SimServer::Keeps::InMemory,
            shape.capacity));
    }
    for (std::size_t i = 0; i < shape.gateways; ++i)
        m_gateways.push_back(std::make_unique<SimGateway>(world, i, m_servers, shape));
}

SimGrid::~SimGrid()
{
    world.engine.onEngine([this] {
        for (const auto& one : m_gateways)
            one->stop();
    });
    world.engine.onEngine([this] { m_gateways.clear(); });
    for (std::size_t i = 0; i < m_servers.size(); ++i)
        crash(i);
    world.engine.onEngine([this] { m_servers.clear(); });
}

void SimGrid::pass(Duration time)
{
    // The limit is looked at before time jumps: a sleeper at its end makes it exact.
    bool over = false;
    auto wait = [](Clock& clock, Duration duration, bool& ended) -> asio::awaitable<void> {
        co_await clock.sleep(duration);
        ended = true;
    };
    asio::co_spawn(world.engine.executor(), wait(world.clock(), time, over), asio::detached);
    world.clock().runUntil(world.engine.context(), time, [&] { return over; });
    TARN_ASSERT(over);
}

asio::awaitable<Result<gateway::UploadResult>> SimGrid::upload(gateway::Grid& grid, Bytes plain,
                                                               gateway::UploadOptions options)
{
    BytesSource source(plain);
    gateway::UploadStatus status;
    co_return co_await grid.upload(source, options, status);
}

asio::awaitable<Result<void>> SimGrid::download(gateway::Grid& grid, std::string cap,
                                                ByteRange range, Bytes expected)
{
    TARN_CO_TRY(const std::shared_ptr<gateway::Download> file, grid.open(cap));
    ExpectingSink sink(expected);
    Result<void> read = co_await file->read(range, sink);
    co_return sink.verdict(std::move(read));
}

Result<gateway::UploadResult> SimGrid::put(const Bytes& plain)
{
    return run(upload(gateway().grid(), plain, gateway::UploadOptions()));
}

Result<void> SimGrid::get(const std::string& cap, const Bytes& expected)
{
    return run(download(gateway().grid(), cap, ByteRange{0, expected.size()}, expected));
}

void SimGrid::crash(std::size_t server)
{
    auto work = [](SimServer& node) -> asio::awaitable<bool> {
        co_await node.crash();
        co_return true;
    };
    runPlain(work(*m_servers[server]));
}

Result<void> SimGrid::restart(std::size_t server)
{
    return m_servers[server]->start();
}

std::map<std::size_t, std::set<ShareNumber>> SimGrid::sharesOf(StorageIndex index)
{
    std::map<std::size_t, std::set<ShareNumber>> all;
    for (std::size_t i = 0; i < m_servers.size(); ++i)
        if (m_servers[i]->running()) all[i] = runPlain(m_servers[i]->holds(index));
    return all;
}

std::size_t SimGrid::distinctShares(StorageIndex index)
{
    std::set<ShareNumber> distinct;
    for (const auto& [server, shares] : sharesOf(index))
        distinct.insert(shares.begin(), shares.end());
    return distinct.size();
}

std::size_t SimGrid::uploadsOpen()
{
    std::size_t open = 0;
    for (std::size_t i = 0; i < m_servers.size(); ++i)
        open += uploadsOpenOn(i);
    return open;
}

std::size_t SimGrid::uploadsOpenOn(std::size_t server)
{
    return runPlain(m_servers[server]->uploadsOpen());
}

std::size_t SimGrid::advisories()
{
    std::size_t all = 0;
    for (const auto& one : m_servers)
        all += runPlain(one->advisories());
    return all;
}

} // namespace tarn::test
