// sim_grid: a whole grid in one thread and virtual time: servers, gateways (engine, connection
// pool, list of servers), and what a test does with them. Same seed, same run.
#pragma once

#include "client-gateway/grid.h"
#include "client-gateway/server_list.h"
#include "tests/sim/sim_server.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarn::test {

struct SimGridShape
{
    std::size_t servers = 10;
    std::size_t onDisk = 0; ///< of the servers, the last ones
    std::size_t gateways = 1;
    gateway::EncodingParameters encoding;
    std::uint64_t capacity = std::uint64_t{64} << 20U; ///< bytes of each server
    SimLink link{std::chrono::milliseconds(2), 0, 0, 0};
    gateway::ServerListSettings asking; ///< after idle servers
};

class SimGateway
{
public:
    /// Knows all `servers`, and asks after the idle ones now and then. `world` outlives it.
    SimGateway(SimWorld& world, std::size_t number,
               const std::vector<std::unique_ptr<SimServer>>& servers, const SimGridShape& shape);
    SimGateway(const SimGateway&) = delete;
    SimGateway& operator=(const SimGateway&) = delete;

    const std::string& name() const { return m_name; }
    gateway::Grid& grid() { return *m_grid; }
    /// Before it is destroyed; the engine must run in between.
    void stop() { m_stopWatching.emit(asio::cancellation_type::terminal); }

private:
    std::string m_name;
    SeededRandom m_random;
    std::unique_ptr<net::Dialer> m_dialer;
    net::ConnectionPool m_pool;
    gateway::ServerSet m_set;
    gateway::ServerList m_list;
    std::unique_ptr<gateway::Grid> m_grid;
    asio::cancellation_signal m_stopWatching;
};

/// One operation that runs beside the test.
template <class T>
struct SimOperation
{
    bool ended() const { return result.has_value(); }

    std::optional<Result<T>> result; ///< Cancelled when it ended by exception
    TimePoint begun{};
    Duration took{};
    asio::cancellation_signal stop;
};

class SimGrid
{
public:
    explicit SimGrid(std::uint64_t seed, SimGridShape shape = {});
    ~SimGrid();
    SimGrid(const SimGrid&) = delete;
    SimGrid& operator=(const SimGrid&) = delete;

    SimServer& server(std::size_t number) { return *m_servers[number]; }
    std::size_t serverCount() const { return m_servers.size(); }
    SimGateway& gateway(std::size_t number = 0) { return *m_gateways[number]; }

    template <class T>
    std::shared_ptr<SimOperation<T>> start(asio::awaitable<Result<T>> work);
    template <class T>
    void cancel(const std::shared_ptr<SimOperation<T>>& operation)
    {
        emitCancel(world.engine.executor(), operation->stop, operation);
        world.engine.settle();
    }
    /// Lets virtual time pass, and the operations go on.
    void pass(Duration time);
    /// Until the operation ended. \return false when it had not after `limit`.
    template <class T>
    bool finish(const std::shared_ptr<SimOperation<T>>& operation, Duration limit)
    {
        return world.clock().runUntil(world.engine.context(), limit,
                                      [&] { return operation->ended(); });
    }
    /// \return Internal when it did not end within an hour of virtual time.
    template <class T>
    Result<T> run(asio::awaitable<Result<T>> work);

    // The operations, short. They take what they need by value.

    static asio::awaitable<Result<gateway::UploadResult>> upload(gateway::Grid& grid, Bytes plain,
                                                                 gateway::UploadOptions options);
    /// \return Internal: bytes came out that are not those of `expected`.
    static asio::awaitable<Result<void>> download(gateway::Grid& grid, std::string cap,
                                                  ByteRange range, Bytes expected);
    Result<gateway::UploadResult> put(const Bytes& plain);
    Result<void> get(const std::string& cap, const Bytes& expected);

    void crash(std::size_t server);
    Result<void> restart(std::size_t server);

    /// The truth: what each running server holds of a file.
    std::map<std::size_t, std::set<ShareNumber>> sharesOf(StorageIndex index);
    std::size_t distinctShares(StorageIndex index);
    /// Shares begun and not complete, on all running servers.
    std::size_t uploadsOpen();
    std::size_t uploadsOpenOn(std::size_t server);
    std::size_t advisories();

    SimWorld world;

private:
    template <class T>
    T runPlain(asio::awaitable<T> work)
    {
        return *world.engine.run(std::move(work));
    }

    std::vector<std::unique_ptr<SimServer>> m_servers;
    std::vector<std::unique_ptr<SimGateway>> m_gateways;
};

template <class T>
std::shared_ptr<SimOperation<T>> SimGrid::start(asio::awaitable<Result<T>> work)
{
    auto operation = std::make_shared<SimOperation<T>>();
    operation->begun = world.clock().now();
    auto done = [operation, this](const std::exception_ptr& thrown, Result<T> result) {
        operation->took = world.clock().now() - operation->begun;
        if (thrown) result = Error(ErrorCode::Cancelled, "ended by exception");
        operation->result.emplace(std::move(result));
    };
    asio::co_spawn(world.engine.executor(), std::move(work),
                   asio::bind_cancellation_slot(operation->stop.slot(), std::move(done)));
    return operation;
}

template <class T>
Result<T> SimGrid::run(asio::awaitable<Result<T>> work)
{
    const std::shared_ptr<SimOperation<T>> operation = start(std::move(work));
    if (!finish(operation, std::chrono::hours(1)))
        return Error(ErrorCode::Internal, "the operation did not end");
    return *std::move(operation->result);
}

} // namespace tarn::test
