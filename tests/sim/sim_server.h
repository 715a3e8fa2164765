// sim_server: one storage server of a simulated grid: the HTTP service over TLS on simulated
// connections, its shares in memory or on disk, behind planned faults. It can crash.
#pragma once

#include "core/net/tls_context.h"
#include "tests/sim/hostile_service.h"
#include "tests/sim/sim_world.h"
#include "tests/support/faulty_store.h"
#include "tests/support/memory_store.h"

#include <QtCore/QTemporaryDir>

#include <memory>
#include <optional>
#include <set>
#include <string>

namespace tarn::test {

class SimServer
{
public:
    enum class Keeps { InMemory, OnDisk };

    /// Runs at once. `world` outlives it.
    SimServer(SimWorld& world, std::size_t number, Keeps keeps, std::uint64_t capacity);
    ~SimServer();
    SimServer(const SimServer&) = delete;
    SimServer& operator=(const SimServer&) = delete;

    const std::string& name() const { return m_name; }
    /// Its entry in servers.yaml.
    std::string announcement() const;

    /// Connections break, uploads in progress are lost, complete shares are not. It must have
    /// crashed, or never started, when it is destroyed.
    asio::awaitable<void> crash();
    Result<void> start();
    bool running() const { return m_life != nullptr; }

    /// Empty: honest.
    void setPlan(FaultyStore::Plan plan);
    /// Default: honest.
    void setHostility(const Hostility& hostility);
    /// Requests that met hostility, since it started.
    std::uint64_t attacked() const;

    // The truth, behind the faults; nothing while it does not run.

    asio::awaitable<std::set<ShareNumber>> holds(StorageIndex index);
    asio::awaitable<std::size_t> uploadsOpen();
    asio::awaitable<std::size_t> advisories();
    /// Flips one byte in the middle of a share. \return false for a share that is not here, or is
    /// on disk.
    bool spoil(StorageIndex index, ShareNumber share);
    /// \return false as spoil().
    bool lose(StorageIndex index, ShareNumber share);

private:
    struct Life;

    storage_api::ShareStore& store();
    Result<void> openDisk(Life& life);
    static asio::awaitable<void> admit(std::weak_ptr<Life> life, net::Stream stream,
                                       net::TlsServerIdentity identity, Clock& clock);

    SimWorld& m_world;
    std::string m_name;
    std::uint64_t m_capacity;
    net::TlsServerIdentity m_identity;
    SeededRandom m_random;
    std::unique_ptr<MemoryStore> m_memory;
    std::optional<QTemporaryDir> m_directory;
    FaultyStore::Plan m_plan;
    Hostility m_hostility;
    std::shared_ptr<Life> m_life;
};

} // namespace tarn::test
