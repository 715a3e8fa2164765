// spooled_stream: a share that is written as it is made, for a store that wants it all at once: the
// spool keeps it meanwhile.
#pragma once

#include "client-gateway/mutable/share_images.h"
#include "core/storage_api/share_store.h"

namespace tarn::gateway {

class SpooledStream final : public storage_api::ShareStream
{
public:
    /// \param store    outlives it.
    /// \param request  its specimens outlive it as well.
    /// \return as ShareImages::make().
    static asio::awaitable<Result<std::unique_ptr<storage_api::ShareStream>>>
    make(storage_api::ShareStore& store, SpoolBudget& budget, WorkPool& disk, StorageIndex index,
         storage_api::LeaseSecrets leases, Bytes writeEnabler, storage_api::StreamedShare request);

    asio::awaitable<Result<void>> write(ByteView data) override;
    asio::awaitable<Result<storage_api::ReadTestWriteAnswer>> finish() override;

private:
    SpooledStream(storage_api::ShareStore& store, WorkPool& disk, StorageIndex index,
                  storage_api::LeaseSecrets leases, Bytes writeEnabler,
                  storage_api::StreamedShare request)
        : m_store(store), m_disk(disk), m_index(index), m_leases(leases),
          m_writeEnabler(std::move(writeEnabler)), m_request(std::move(request))
    {
    }

    storage_api::ShareStore& m_store;
    WorkPool& m_disk;
    StorageIndex m_index;
    storage_api::LeaseSecrets m_leases;
    Bytes m_writeEnabler;
    storage_api::StreamedShare m_request;
    std::unique_ptr<ShareImages> m_image;
    std::uint64_t m_size = 0; ///< of all spots
    std::uint64_t m_have = 0;
};

} // namespace tarn::gateway
