// remote_store: the ShareStore of a server elsewhere, over the HTTP storage protocol (GBS); and
// what is known of that server from its traffic.
// Source: spec of the HTTP storage protocol, sections 5 to 8.
#pragma once

#include "client-gateway/observed_store.h"
#include "client-gateway/server_set.h"
#include "core/net/connection_pool.h"
#include "core/wire/gbs_headers.h"
#include "core/wire/nurl.h"

#include <functional>
#include <span>
#include <vector>

namespace tarn::gateway {

/// Bounded by what its operation may need. Every answer is checked before it is believed:
/// PeerMisbehaved for any status, header or body that the protocol does not allow.
class RemoteStore final : public storage_api::ShareStore
{
public:
    /// \param nurls  at least one; all of one key, or the first one's key counts. The pool gets
    ///               their locations. `pool` and `clock` outlive the store.
    RemoteStore(net::ConnectionPool& pool, Clock& clock, std::vector<wire::Nurl> nurls);
    ~RemoteStore() override;

    /// Told whenever the server does not take the credential.
    void whenUnauthorized(std::function<void()> tell) { m_unauthorized = std::move(tell); }

    const net::PeerKey& peer() const { return m_peer; }
    ServerStatus status() const;
    /// When the last answer came, or the last attempt failed. \return none: never asked.
    std::optional<TimePoint> lastTraffic() const { return m_lastTraffic; }

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
                                                   ShareNumber share, ByteRange range,
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

private:
    friend class RemoteStream;
    struct Request;
    class Patience;

    Request writeRequestFor(StorageIndex index, const storage_api::LeaseSecrets& leases,
                            ByteView writeEnabler) const;
    Request requestFor(wire::Operation operation, storage_api::ShareKind kind, StorageIndex index,
                       ShareNumber share) const;
    asio::awaitable<Result<net::PooledResponse>> send(const Request& request,
                                                      std::span<const ByteView> body);
    asio::awaitable<Result<Bytes>> cborAnswer(net::PooledResponse& response, std::size_t limit);
    asio::awaitable<Result<void>> emptyAnswer(net::PooledResponse& response);
    asio::awaitable<Result<storage_api::ReadTestWriteAnswer>>
    writeAnswer(net::PooledResponse& response);
    net::RequestOptions dialling(net::RequestOptions options);
    asio::awaitable<Error> refusal(net::PooledResponse& response);
    void noteAnswer();
    void noteFailure(const Error& why);

    net::ConnectionPool& m_pool;
    Clock& m_clock;
    net::PeerKey m_peer;
    std::string m_host;  ///< of the Host header
    std::string m_place; ///< "127.0.0.1:41001", for people
    Secret m_authorization;
    std::function<void()> m_unauthorized;
    std::optional<storage_api::ServerVersion> m_version;
    std::optional<TimePoint> m_lastTraffic;
    std::optional<WallTime> m_lastReceived;
    std::optional<WallTime> m_lastFailed;
    TimePoint m_retryAt{};
    TimePoint m_lastDial{};  ///< when a request last dialled regardless of the pool's back-off
    unsigned m_failures = 0; ///< in a row
    std::string m_problem;   ///< of the last attempt, empty after an answer
    std::string m_lastFailure;
};

/// A server over HTTP, and what it did wrong.
class RemoteConnection final : public ServerConnection
{
public:
    RemoteConnection(net::ConnectionPool& pool, Clock& clock, std::vector<wire::Nurl> nurls)
        : m_store(pool, clock, std::move(nurls)), m_observed(m_store, clock)
    {
    }
    storage_api::ShareStore& store() override { return m_observed; }
    ServerStatus status() const override
    {
        ServerStatus status = m_store.status();
        m_observed.addTo(status);
        return status;
    }
    void noteOldVersion(StorageIndex index, ShareNumber share, std::uint64_t sequence,
                        std::uint64_t newest) override
    {
        m_observed.noteOldVersion(index, share, sequence, newest);
    }
    void whenUnauthorized(std::function<void()> tell) { m_store.whenUnauthorized(std::move(tell)); }
    std::optional<TimePoint> lastTraffic() const { return m_store.lastTraffic(); }
    const net::PeerKey& peer() const { return m_store.peer(); }

private:
    RemoteStore m_store;
    ObservedStore m_observed;
};

} // namespace tarn::gateway
