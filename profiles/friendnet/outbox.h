// outbox: shares of this node's own new files that wait on its disk until members take them. The
// share files are all there is to know of them. Beside them `awake`: when the node was. Engine
// thread. Source: core/doc/decisions/0061.
#pragma once

#include "core/base/random.h"
#include "core/base/task_group.h"
#include "profiles/friendnet/awake_time.h"
#include "storage-server/disk_store.h"

#include <functional>
#include <map>

namespace tarn::profiles {

struct OutboxLimits
{
    std::string directory;
    std::optional<std::uint64_t> most; ///< bytes of all that waits; absent: what the disk has
    std::uint64_t reserved = 0;        ///< bytes of the disk left to others
    friend bool operator==(const OutboxLimits&, const OutboxLimits&) = default;
};

/// The shares of one file that wait.
struct Parcel
{
    std::uint32_t needed = 0;
    std::uint32_t total = 0;
    std::uint64_t shareBytes = 0;
    WallTime since{}; ///< when the first of them came
    std::set<ShareNumber> waiting;
};

class Outbox
{
public:
    struct Parts
    {
        asio::any_io_executor engine;
        Clock& clock;
        Random& random;
        WorkPool& diskPool;
        TubId tubId; ///< the node's
    };
    /// What `parts` refers to outlives it. Blocking. \return the errors of DiskStore.
    static Result<std::unique_ptr<Outbox>> openBlocking(Parts parts, OutboxLimits limits);
    ~Outbox();

    /// The disk is cared for.
    void start();
    /// After whoever reads and writes it.
    asio::awaitable<void> stop();
    void reconfigure(const OutboxLimits& limits);

    /// Finds what an earlier run left. \return the errors of the disk: nothing is known then.
    asio::awaitable<Result<void>> load();
    /// Only for immutable shares.
    storage::DiskStore& store() { return *m_store; }
    /// A share is complete; again is no error. \return Corrupt: it is none that this node made.
    asio::awaitable<Result<void>> take(StorageIndex index, ShareNumber share);
    /// It has found a home. \return the errors of the disk: it is still there.
    asio::awaitable<Result<void>> remove(StorageIndex index, ShareNumber share);
    const std::map<StorageIndex, Parcel>& parcels() const { return m_parcels; }
    /// Told of every share that comes; may be empty.
    void onArrival(std::function<void(StorageIndex)> tell) { m_arrival = std::move(tell); }

    /// This node is awake: what waits has waited.
    asio::awaitable<void> noteAwake();
    const AwakeTime& awake() const { return m_awake; }
    Random& random() { return m_parts.random; }

    /// \return NoSpace: shares of so many bytes altogether do not fit; says what to do.
    asio::awaitable<Result<void>> admit(std::uint64_t bytes);
    const OutboxLimits& limits() const { return m_limits; }
    /// Bytes of what waits.
    std::uint64_t bytes() const;

private:
    Outbox(Parts parts, OutboxLimits limits);
    static storage::StoreConfig storeConfig(const Parts& parts, const OutboxLimits& limits);
    asio::awaitable<void> loadAwake();
    asio::awaitable<Result<Parcel>> describe(StorageIndex index, ShareNumber share);

    Parts m_parts;
    OutboxLimits m_limits;
    std::unique_ptr<storage::FileLayer> m_files;
    std::unique_ptr<storage::DiskStore> m_store;
    std::map<StorageIndex, Parcel> m_parcels;
    AwakeTime m_awake;
    TimePoint m_awakeSaved{};
    std::function<void(StorageIndex)> m_arrival;
    TaskGroup m_tasks;
};

} // namespace tarn::profiles
