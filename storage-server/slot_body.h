// slot_body: the body of a read-test-write as it is received: its large data straight into the
// store's stage where there is one, all else through the spool.
#pragma once

#include "core/codec/cbor.h"
#include "core/storage_api/share_store.h"
#include "storage-server/body_spool.h"
#include "storage-server/data_stage.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace tarn::storage {

/// Owns the bytes of a request.
class SlotBody
{
public:
    SlotBody() = default;
    explicit SlotBody(SpooledBody rest) : m_rest(std::move(rest)) {}

    /// The values hold views into this and `joined`. Blocks where the body is mapped.
    /// \return InvalidInput: malformed.
    Result<storage_api::ReadTestWrite> decode(codec::CborJoined& joined) const;
    /// Looking into it may wait for the disk.
    bool mapped() const { return m_rest.mapped() || m_staged; }
    /// Gives memory back; whoever reads it at the same time only waits a little.
    void dropPages() const;

    /// Holds on to what was pledged for its bytes.
    void keep(std::shared_ptr<const void> pledged) { m_pledged = std::move(pledged); }

private:
    friend class SlotReceiver;
    /// A string that lies in the stage.
    struct Large
    {
        std::uint64_t standIn = 0; ///< where in the rest the byte lies that stands for it
        ByteView bytes;
    };
    void replace(ByteView& view) const;

    SpooledBody m_rest;
    std::shared_ptr<const void> m_pledged; ///< by the account, while the body is there
    std::unique_ptr<StagedData> m_staged;
    std::vector<Large> m_large; ///< ascending
    bool m_endsEarly = false;
};

/// How bodies are received.
struct SlotIntake
{
    WorkPool& diskPool;
    const SpoolPlace& place;
    DataStage* stage = nullptr; ///< none: all goes through the spool, and nobody is asked
    std::uint64_t limit = 0;    ///< bytes of a body
};

/// A large body is asked leave for before it comes.
/// \return InvalidInput: above the limit.  NoSpace, IoFailure.  Others: the connection failed.
asio::awaitable<Result<SlotBody>> receiveSlotBody(net::ServerExchange& exchange, SlotIntake intake,
                                                  StorageIndex index, MutableByteView buffer);

/// Drops the body's pages again and again while `work` reads them; ends with it.
template <class T>
asio::awaitable<Result<T>> withFewPages(const SlotBody& body, Clock& clock,
                                        asio::awaitable<Result<T>> work);

namespace detail {
asio::awaitable<void> dropPagesForEver(const SlotBody& body, Clock& clock);
}

template <class T>
asio::awaitable<Result<T>> withFewPages(const SlotBody& body, Clock& clock,
                                        asio::awaitable<Result<T>> work)
{
    using namespace asio::experimental::awaitable_operators;
    if (!body.mapped()) co_return co_await std::move(work);
    asio::awaitable<void> dropper = detail::dropPagesForEver(body, clock);
    auto ended = co_await (std::move(work) || std::move(dropper));
    if (ended.index() == 1) co_return Error(ErrorCode::Cancelled, "cancelled");
    co_return std::get<0>(std::move(ended));
}

} // namespace tarn::storage
