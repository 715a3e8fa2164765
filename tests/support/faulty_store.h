// faulty_store: a ShareStore that fails, lags, lies or forgets as a plan tells it, call by call.
#pragma once

#include "core/storage_api/share_store.h"

#include <functional>
#include <memory>

namespace tarn::test {

enum class StoreCall {
    Version,
    List,
    Allocate,
    Write,
    Abort,
    Read,
    Advise,
    Lease,
    ReadTestWrite,
    Stream,       ///< streamShare()
    StreamWrite,  ///< ShareStream::write()
    StreamFinish, ///< ShareStream::finish()
};

/// What happens to one call. Default: nothing.
struct Fault
{
    std::optional<ErrorCode> error; ///< fails with this code instead of being done
    bool errorAfterDoing = false;   ///< is done first: the answer got lost
    Duration delay{0};              ///< before anything else
    bool flipByte = false;          ///< Read, ReadTestWrite: one byte of the answer is wrong
    bool shortAnswer = false;       ///< Read: half of the bytes. List: no shares
    bool pretend = false;           ///< Write, ReadTestWrite: answered as done, nothing is kept
    std::uint32_t renumber = 0;     ///< List: added to each number. Read: subtracted from it
    std::optional<StorageIndex> readFrom; ///< Read: a share of another file, where one is there
};

Fault failing(ErrorCode code);
Fault late(Duration delay);

class FaultyStore final : public storage_api::ShareStore
{
public:
    /// Asked before every call; counts calls from 0.
    using Plan = std::function<Fault(StoreCall call, std::uint64_t number)>;

    FaultyStore(storage_api::ShareStore& inner, Clock& clock, Plan plan)
        : m_inner(inner), m_clock(clock), m_plan(std::move(plan))
    {
    }
    void setPlan(Plan plan) { m_plan = std::move(plan); }
    std::uint64_t calls() const { return m_calls; }
    /// Calls whose callers gave them up, which would cost a real server's connection.
    std::uint64_t givenUp() const { return *m_givenUp; }
    /// Of shares, as asked for and as sent in write vectors.
    std::uint64_t bytesRead() const { return m_bytesRead; }
    std::uint64_t bytesWritten() const { return m_bytesWritten; }

    asio::awaitable<Result<storage_api::ServerVersion>> version() override;
    asio::awaitable<Result<std::set<ShareNumber>>> listShares(storage_api::ShareKind kind,
                                                              StorageIndex index) override;
    asio::awaitable<Result<storage_api::AllocateAnswer>>
    allocate(StorageIndex index, std::set<ShareNumber> shares, std::uint64_t allocatedSize,
             storage_api::LeaseSecrets leases, ByteView uploadSecret) override;
    asio::awaitable<Result<storage_api::WriteAnswer>>
    writeShare(StorageIndex index, ShareNumber share, ByteView uploadSecret, std::uint64_t offset,
               ByteView data) override;
    asio::awaitable<Result<void>> abortShare(StorageIndex index, ShareNumber share,
                                             ByteView uploadSecret) override;
    asio::awaitable<Result<std::size_t>> readShare(storage_api::ShareKind kind, StorageIndex index,
                                                   ShareNumber share, storage_api::ByteRange range,
                                                   MutableByteView into) override;
    asio::awaitable<Result<void>> adviseCorrupt(storage_api::ShareKind kind, StorageIndex index,
                                                ShareNumber share, std::string reason) override;
    asio::awaitable<Result<void>> addLease(StorageIndex index,
                                           storage_api::LeaseSecrets leases) override;
    asio::awaitable<Result<storage_api::ReadTestWriteAnswer>>
    readTestWrite(StorageIndex index, storage_api::LeaseSecrets leases, ByteView writeEnabler,
                  const storage_api::ReadTestWrite& request) override;
    asio::awaitable<Result<std::unique_ptr<storage_api::ShareStream>>>
    streamShare(StorageIndex index, storage_api::LeaseSecrets leases, ByteView writeEnabler,
                storage_api::StreamedShare request) override;
    /// Begun and neither finished nor let go.
    std::size_t streamsOpen() const { return m_streams; }

private:
    class OneStream;
    template <class T>
    asio::awaitable<Result<T>> under(const Fault& fault, asio::awaitable<Result<T>> work);
    Fault next(StoreCall call) { return m_plan ? m_plan(call, m_calls++) : (++m_calls, Fault()); }

    storage_api::ShareStore& m_inner;
    Clock& m_clock;
    Plan m_plan;
    std::uint64_t m_calls = 0;
    std::shared_ptr<std::uint64_t> m_givenUp = std::make_shared<std::uint64_t>(0);
    std::uint64_t m_bytesRead = 0;
    std::uint64_t m_bytesWritten = 0;
    std::size_t m_streams = 0;
};

} // namespace tarn::test
