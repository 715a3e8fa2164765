#include "client-gateway/mutable/spooled_stream.h"

namespace tarn::gateway {

using namespace storage_api;

asio::awaitable<Result<std::unique_ptr<ShareStream>>>
SpooledStream::make(ShareStore& store, SpoolBudget& budget, WorkPool& disk, StorageIndex index,
                    LeaseSecrets leases, Bytes writeEnabler, StreamedShare request)
{
    std::unique_ptr<SpooledStream> stream(
        new SpooledStream(store, disk, index, leases, std::move(writeEnabler), std::move(request)));
    for (const WriteSpot& spot : stream->m_request.spots)
        stream->m_size += spot.size;
    TARN_CO_TRY(stream->m_image, co_await ShareImages::make(budget, disk, stream->m_size, 1));
    std::unique_ptr<ShareStream> out = std::move(stream);
    co_return out;
}

asio::awaitable<Result<void>> SpooledStream::write(ByteView data)
{
    if (data.size() > m_size - m_have)
        co_return Error(ErrorCode::InvalidInput, "more data than the share has room for");
    auto job = [this, data] { return m_image->writeBlocking(0, m_have, data); };
    TARN_CO_TRY_VOID(co_await runOn(m_disk, job));
    m_have += data.size();
    co_return ok();
}

asio::awaitable<Result<ReadTestWriteAnswer>> SpooledStream::finish()
{
    if (m_have != m_size) co_return Error(ErrorCode::InvalidInput, "data of the share are missing");
    TARN_CO_TRY_VOID(co_await m_image->finish());
    ReadTestWrite request;
    request.reads = m_request.reads;
    ShareWrite& write = request.shares[m_request.share];
    write.tests = m_request.tests;
    ByteView rest = m_image->of(0);
    for (const WriteSpot& spot : m_request.spots) {
        const auto size = static_cast<std::size_t>(spot.size);
        write.writes.push_back({spot.offset, rest.first(size)});
        rest = rest.subspan(size);
    }
    co_return co_await m_store.readTestWrite(m_index, m_leases, m_writeEnabler, request);
}

} // namespace tarn::gateway
