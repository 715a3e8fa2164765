// remote_stream: a read-test-write of one share on its way to a server elsewhere, over the HTTP
// storage protocol (GBS): one request whose body is sent as it is made.
#pragma once

#include "client-gateway/remote_store.h"
#include "core/wire/storage_messages.h"

namespace tarn::gateway {

/// A server that answers nothing for so long is as good as not reached.
inline constexpr Duration kSwallowedAfter = std::chrono::seconds(9);

class RemoteStream final : public storage_api::ShareStream
{
public:
    /// \param connection  on which a request of body.size bytes has begun.
    RemoteStream(RemoteStore& store, net::PooledConnection connection, wire::StreamedRequest body,
                 std::vector<storage_api::WriteSpot> spots);
    ~RemoteStream() override;
    RemoteStream(const RemoteStream&) = delete;
    RemoteStream& operator=(const RemoteStream&) = delete;

    asio::awaitable<Result<void>> write(ByteView data) override;
    asio::awaitable<Result<storage_api::ReadTestWriteAnswer>> finish() override;

private:
    /// Small pieces leave together.
    asio::awaitable<Result<void>> send(ByteView piece);
    asio::awaitable<Result<void>> flush();
    asio::awaitable<Result<void>> sent(asio::awaitable<Result<void>> work);

    RemoteStore& m_store;
    net::PooledConnection m_connection;
    wire::StreamedRequest m_body;
    std::vector<storage_api::WriteSpot> m_spots;
    std::size_t m_spot = 0;     ///< the one whose data come
    std::uint64_t m_inSpot = 0; ///< bytes of it that have come
    Bytes m_small;              ///< not sent yet
    std::optional<TimePoint> m_waitingSince;
};

} // namespace tarn::gateway
