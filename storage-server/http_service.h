// http_service: the GBS protocol as an HTTP handler over any ShareStore.
// Source: spec of the HTTP storage protocol, sections 3 to 7; every request of
// tests/vectors/gbs_edge_cases.json gets the reference's status and CBOR.
//
// Order of checks: route and method (404, 405) -> Authorization (400, 401) -> what the account may
// (403) -> secrets (400) -> what the operation says. Share data pass in pieces, memory stays flat.
// Engine thread.
#pragma once

#include "core/base/executor.h"
#include "core/net/http_server.h"
#include "core/storage_api/share_store.h"
#include "core/wire/gbs_headers.h"
#include "storage-server/buffer_cache.h"
#include "storage-server/doorkeeper.h"
#include "storage-server/requests_under_way.h"
#include "storage-server/service_counters.h"
#include "storage-server/share_transfer.h"
#include "storage-server/slot_body.h"

#include <optional>

namespace tarn::storage {

struct HttpServiceConfig
{
    /// Who may use this server; it outlives the service.
    const Doorkeeper* door = nullptr;
    /// Where there is no door: the text of the swissnum whose holders may; absent: nobody.
    std::optional<Secret> swissnum;
    SpoolPlace spool;                    ///< for large read-test-write bodies
    DataStage* stage = nullptr;          ///< without a door: for their data; outlives the service
    std::size_t pieceBytes = 256 * 1024; ///< in which share data pass
};

class HttpService final : public net::HttpHandler
{
public:
    /// `store`, `diskPool` and `clock` outlive the service, and the service its requests.
    HttpService(storage_api::ShareStore& store, WorkPool& diskPool, Clock& clock,
                HttpServiceConfig config);

    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override;

    /// Where there is no door, for requests that come from now on.
    void setSwissnum(const std::optional<Secret>& swissnum);

    /// The disk stops answering: who waits for it is told so at once, with 500. It answers again.
    void setDiskAnswers(bool answers);
    /// Answers all requests that wait for something else than their client. \return how many.
    std::size_t endWaiting(const std::string& why);
    /// Ends the waiting of requests for a disk that hangs for them alone. Spawn once; ends when
    /// cancelled.
    asio::awaitable<Result<void>> patrol();

    const ServiceCounters& counters() const { return m_counters; }
    /// For those who answer requests in front of it.
    node::RequestCounts& requestCounts() { return m_counters.requests; }

private:
    struct Request;

    std::optional<Caller> callerOf(ByteView authorization);
    asio::awaitable<Result<void>> dispatch(Request& request);
    asio::awaitable<Result<void>> version(Request& request);
    asio::awaitable<Result<void>> listShares(Request& request);
    asio::awaitable<Result<void>> allocate(Request& request);
    asio::awaitable<Result<void>> writeShare(Request& request);
    asio::awaitable<Result<void>> abortShare(Request& request);
    asio::awaitable<Result<void>> readShare(Request& request);
    asio::awaitable<Result<void>> refuseRange(Request& request, ShareSource source);
    asio::awaitable<Result<void>> adviseCorrupt(Request& request);
    asio::awaitable<Result<void>> addLease(Request& request);
    asio::awaitable<Result<void>> readTestWrite(Request& request);
    asio::awaitable<Result<void>> refuseLarge(Request& request, const Error& why);
    asio::awaitable<Result<void>> runReadTestWrite(Request& request, const SlotBody& body);

    asio::awaitable<Result<void>> respond(Request& request, unsigned status, std::string text);
    asio::awaitable<Result<void>> respondError(Request& request, const Error& error);
    void sayThatItFailed(wire::Operation operation, const Error& error);
    asio::awaitable<Result<void>> respondCbor(Request& request, unsigned status,
                                              std::span<const ByteView> body);
    /// The whole body, of at most `limit` bytes. Nothing when it was refused and answered.
    asio::awaitable<Result<std::optional<Bytes>>> readCborBody(Request& request, std::size_t limit);
    asio::awaitable<Result<void>> refuseBody(Request& request, unsigned status);

    storage_api::ShareStore& m_store;
    WorkPool& m_diskPool;
    Clock& m_clock;
    const Doorkeeper* m_door;
    std::optional<Secret> m_authorization;
    SpoolPlace m_spool;
    DataStage* m_stage;
    BufferCache m_buffers;
    ServiceCounters m_counters;
    RequestsUnderWay m_underWay;
    bool m_diskAnswers = true;
    std::optional<TimePoint> m_lastSaid; ///< that a request failed here
    std::uint64_t m_failedUnsaid = 0;
};

} // namespace tarn::storage
