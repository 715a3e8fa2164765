#include "client-gateway/remote_store.h"

#include "client-gateway/remote_stream.h"
#include "core/base/check.h"
#include "core/base/log.h"
#include "core/wire/content_range.h"
#include "core/wire/http_routes.h"
#include "core/wire/storage_messages.h"

#include <algorithm>
#include <limits>

namespace tarn::gateway {

namespace {

using storage_api::LeaseSecrets;
using storage_api::ShareKind;
using wire::Operation;
using wire::SecretKind;

/// Text of an error answer that is kept; more is not even read.
constexpr std::size_t kMaxErrorText = 10'000;
constexpr std::size_t kShownErrorText = 200;
constexpr std::size_t kShownVersionText = 200;
/// Of every answer but read data: several servers may answer at once.
constexpr std::size_t kMaxAnswer = 1024 * 1024;
constexpr std::span<const ByteView> kNoBody;
/// A server that failed is left alone this long, twice as long after each further failure.
constexpr Duration kFirstRest = std::chrono::seconds(5);
constexpr Duration kLongestRest = std::chrono::minutes(2);
/// A request dials although the pool is backing off, but not more often than this.
constexpr Duration kDialAgainAfter = std::chrono::seconds(2);

Error misbehaved(std::string what)
{
    return Error(ErrorCode::PeerMisbehaved, std::move(what));
}

ErrorCode codeOf(unsigned status)
{
    switch (status) {
    case 400:
    case 416:
        return ErrorCode::InvalidInput;
    case 401:
    case 403:
        return ErrorCode::Unauthorized;
    case 404:
        return ErrorCode::NotFound;
    case 405:
        return ErrorCode::Unsupported;
    case 409:
        return ErrorCode::Conflict;
    case 507:
        return ErrorCode::NoSpace;
    default:
        return ErrorCode::PeerMisbehaved;
    }
}

/// What a stranger wrote, on one line and without control characters.
std::string harmless(ByteView text)
{
    std::string line;
    for (const char c : asText(text).substr(0, kShownErrorText)) {
        const auto code = static_cast<unsigned char>(c);
        line += code < 0x20 || code >= 0x7f ? ' ' : c;
    }
    while (!line.empty() && line.back() == ' ')
        line.pop_back();
    return line;
}

} // namespace

struct RemoteStore::Request
{
    net::RequestHead head;
    net::RequestOptions options;

    void add(SecretKind kind, ByteView secret)
    {
        head.headers.add(std::string(wire::kSecretHeader), wire::secretHeader(kind, secret));
    }
    void add(const LeaseSecrets& leases)
    {
        add(SecretKind::LeaseRenew, leases.renew.view());
        add(SecretKind::LeaseCancel, leases.cancel.view());
    }
    void setType(std::string_view mediaType)
    {
        head.headers.add("Content-Type", std::string(mediaType));
    }
};

RemoteStore::RemoteStore(net::ConnectionPool& pool, Clock& clock, std::vector<wire::Nurl> nurls)
    : m_pool(pool), m_clock(clock)
{
    TARN_ASSERT(!nurls.empty());
    const wire::Nurl& first = nurls.front();
    m_peer = first.spkiHash;
    m_place = wire::placeOf(first);
    m_host = m_place;
    m_authorization = wire::authorizationFor(asBytes(first.swissnum));
    std::vector<net::Location> locations;
    for (const wire::Nurl& nurl : nurls) {
        if (nurl.spkiHash != m_peer) continue;
        locations.push_back(wire::locationOf(nurl));
    }
    m_pool.setLocations(m_peer, std::move(locations));
}

RemoteStore::~RemoteStore() = default;

ServerStatus RemoteStore::status() const
{
    ServerStatus status;
    status.version = m_version;
    status.lastReceived = m_lastReceived;
    status.lastFailed = m_lastFailed;
    status.lastProblem = m_lastFailure;
    status.lastProblemAt = m_lastFailed;
    if (!m_problem.empty()) {
        status.reachability =
            m_clock.now() < m_retryAt ? Reachability::Unreached : Reachability::Unknown;
        status.text = "not connected: " + m_problem;
    } else if (m_lastReceived) {
        status.reachability = Reachability::Reached;
        status.text = "connected to " + m_place;
    } else {
        status.text = "not asked yet: " + m_place;
    }
    return status;
}

void RemoteStore::noteAnswer()
{
    m_lastTraffic = m_clock.now();
    m_lastReceived = m_clock.wallNow();
    m_failures = 0;
    m_problem.clear();
}

void RemoteStore::noteFailure(const Error& why)
{
    m_lastTraffic = m_clock.now();
    m_lastFailed = m_clock.wallNow();
    m_retryAt = m_clock.now() + std::min<Duration>(kLongestRest, kFirstRest * (1U << m_failures));
    m_failures = std::min(m_failures + 1, 8U);
    m_problem = why.text();
    m_lastFailure = m_problem;
}

RemoteStore::Request RemoteStore::requestFor(Operation operation, ShareKind kind,
                                             StorageIndex index, ShareNumber share) const
{
    wire::Route route;
    route.operation = operation;
    route.kind = kind;
    route.index = index;
    route.share = share;
    Request request;
    request.head.method = wire::methodOf(operation);
    request.head.target = wire::pathOf(route);
    request.head.headers.add("Host", m_host);
    request.head.headers.add(std::string(wire::kAuthorizationHeader),
                             std::string(asText(m_authorization.view())));
    request.head.headers.add("Accept", std::string(wire::kCborMediaType));
    return request;
}

/// Notices a request that its caller gave up after waiting for long: a server that swallows
/// requests is not reachable either.
class RemoteStore::Patience
{
public:
    explicit Patience(RemoteStore& store) : m_store(store), m_begun(store.m_clock.now()) {}
    ~Patience()
    {
        if (m_ended || m_store.m_clock.now() - m_begun < kSwallowedAfter) return;
        m_store.noteFailure(Error(ErrorCode::Timeout, "no answer from " + m_store.m_place));
    }
    Patience(const Patience&) = delete;
    Patience& operator=(const Patience&) = delete;
    void end() { m_ended = true; }

private:
    RemoteStore& m_store;
    TimePoint m_begun;
    bool m_ended = false;
};

net::RequestOptions RemoteStore::dialling(net::RequestOptions options)
{
    options.force = m_clock.now() - m_lastDial >= kDialAgainAfter;
    if (options.force) m_lastDial = m_clock.now();
    return options;
}

asio::awaitable<Result<net::PooledResponse>> RemoteStore::send(const Request& request,
                                                               std::span<const ByteView> body)
{
    Patience patience(*this);
    Result<net::PooledResponse> response =
        co_await m_pool.request(m_peer, request.head, body, dialling(request.options));
    // Whoever gave up says nothing of the server, unless it was after waiting for long.
    if (!response && response.error().code() == ErrorCode::Cancelled) co_return response;
    patience.end();
    if (response) {
        noteAnswer();
    } else {
        noteFailure(response.error());
    }
    co_return response;
}

/// The error that an answer of an unwelcome status means.
asio::awaitable<Error> RemoteStore::refusal(net::PooledResponse& response)
{
    const unsigned status = response.head.status;
    const Result<Bytes> text = co_await response.connection->readAll(kMaxErrorText);
    std::string message = m_place + " answered " + std::to_string(status);
    const std::string detail = text ? harmless(*text) : std::string();
    if (!detail.empty()) message += ": " + detail;
    if (status == 401 && m_unauthorized) m_unauthorized();
    co_return Error(codeOf(status), std::move(message));
}

asio::awaitable<Result<Bytes>> RemoteStore::cborAnswer(net::PooledResponse& response,
                                                       std::size_t limit)
{
    const std::string* type = response.head.headers.find("Content-Type");
    const bool isCbor =
        wire::isCborContent(type ? std::optional<std::string_view>(*type) : std::nullopt);
    if (!isCbor) co_return misbehaved(m_place + " answered with another type than CBOR");
    co_return co_await response.connection->readAll(limit);
}

/// Reads over whatever the body is.
asio::awaitable<Result<void>> RemoteStore::emptyAnswer(net::PooledResponse& response)
{
    const Result<Bytes> body = co_await response.connection->readAll(kMaxErrorText);
    if (!body) co_return body.error();
    co_return ok();
}

asio::awaitable<Result<storage_api::ServerVersion>> RemoteStore::version()
{
    const Request request = requestFor(Operation::Version, ShareKind::Immutable, {}, {});
    TARN_CO_TRY(net::PooledResponse response, co_await send(request, kNoBody));
    if (response.head.status != 200) co_return co_await refusal(response);
    TARN_CO_TRY(const Bytes body, co_await cborAnswer(response, kMaxAnswer));
    TARN_CO_TRY(storage_api::ServerVersion version, wire::decodeVersionAnswer(body));
    if (version.applicationVersion.size() > kShownVersionText)
        version.applicationVersion.resize(kShownVersionText);
    m_version = version;
    co_return version;
}

asio::awaitable<Result<std::set<ShareNumber>>> RemoteStore::listShares(ShareKind kind,
                                                                       StorageIndex index)
{
    const Request request = requestFor(Operation::ListShares, kind, index, {});
    TARN_CO_TRY(net::PooledResponse response, co_await send(request, kNoBody));
    if (response.head.status != 200) co_return co_await refusal(response);
    TARN_CO_TRY(const Bytes body, co_await cborAnswer(response, kMaxAnswer));
    co_return wire::decodeShareNumbers(body);
}

asio::awaitable<Result<storage_api::AllocateAnswer>>
RemoteStore::allocate(StorageIndex index, std::set<ShareNumber> shares, std::uint64_t allocatedSize,
                      LeaseSecrets leases, ByteView uploadSecret)
{
    Request request = requestFor(Operation::Allocate, ShareKind::Immutable, index, {});
    request.add(leases);
    request.add(SecretKind::Upload, uploadSecret);
    request.setType(wire::kCborMediaType);
    // A second one would find the shares of the first one taken.
    request.options.repeat = net::Repeat::Never;
    wire::AllocateRequest message;
    message.shares = std::move(shares);
    message.allocatedSize = allocatedSize;
    const Bytes encoded = wire::encodeAllocateRequest(message);
    const ByteView piece = encoded;
    TARN_CO_TRY(net::PooledResponse response, co_await send(request, std::span(&piece, 1)));
    if (response.head.status != 200) co_return co_await refusal(response);
    TARN_CO_TRY(const Bytes body, co_await cborAnswer(response, kMaxAnswer));
    co_return wire::decodeAllocateAnswer(body);
}

asio::awaitable<Result<storage_api::WriteAnswer>>
RemoteStore::writeShare(StorageIndex index, ShareNumber share, ByteView uploadSecret,
                        std::uint64_t offset, ByteView data)
{
    if (data.empty() || offset > std::numeric_limits<std::uint64_t>::max() - data.size())
        co_return Error(ErrorCode::InvalidInput, "no range to write to");
    Request request = requestFor(Operation::WriteShare, ShareKind::Immutable, index, share);
    request.add(SecretKind::Upload, uploadSecret);
    request.setType(wire::kShareMediaType);
    const ByteRange range{offset, offset + data.size()};
    request.head.headers.add("Content-Range", wire::contentRangeHeader(range, std::nullopt));
    request.options.repeat = net::Repeat::Safe;
    TARN_CO_TRY(net::PooledResponse response, co_await send(request, std::span(&data, 1)));
    const unsigned status = response.head.status;
    if (status != 200 && status != 201) {
        Error why = co_await refusal(response);
        // The protocol's answer to a range past the allocated size.
        if (status == 500) co_return Error(ErrorCode::InvalidInput, why.message());
        co_return why;
    }
    TARN_CO_TRY(const Bytes body, co_await cborAnswer(response, kMaxAnswer));
    TARN_CO_TRY(storage_api::WriteAnswer answer, wire::decodeWriteAnswer(body));
    if (answer.required.empty() != (status == 201))
        co_return misbehaved(m_place + " contradicts itself about a share being complete");
    co_return answer;
}

asio::awaitable<Result<void>> RemoteStore::abortShare(StorageIndex index, ShareNumber share,
                                                      ByteView uploadSecret)
{
    Request request = requestFor(Operation::AbortShare, ShareKind::Immutable, index, share);
    request.add(SecretKind::Upload, uploadSecret);
    TARN_CO_TRY(net::PooledResponse response, co_await send(request, kNoBody));
    if (response.head.status != 200) co_return co_await refusal(response);
    co_return co_await emptyAnswer(response);
}

namespace {

/// How many bytes the answer to a read of `asked` bears.
/// \return PeerMisbehaved: not the range that was asked for, or lengths that disagree.
Result<std::size_t> checkedLength(const net::ResponseHead& head, ByteRange asked)
{
    const std::string* header = head.headers.find("Content-Range");
    if (header == nullptr) return misbehaved("a partial answer without Content-Range");
    const Result<ByteRange> range = wire::parseContentRange(*header);
    if (!range || range->begin != asked.begin || range->end > asked.end)
        return misbehaved("an answer with another range than asked for");
    if (head.contentLength && *head.contentLength != range->size())
        return misbehaved("an answer whose lengths disagree");
    return static_cast<std::size_t>(range->size());
}

asio::awaitable<Result<std::size_t>> readExactly(net::HttpClientConnection& connection,
                                                 MutableByteView into)
{
    std::size_t done = 0;
    while (done < into.size()) {
        TARN_CO_TRY(const std::size_t got, co_await connection.readBody(into.subspan(done)));
        if (got == 0) co_return misbehaved("an answer shorter than its range");
        done += got;
    }
    std::byte beyond{};
    TARN_CO_TRY(const std::size_t more, co_await connection.readBody(MutableByteView(&beyond, 1)));
    if (more != 0) co_return misbehaved("an answer longer than its range");
    co_return done;
}

} // namespace

asio::awaitable<Result<std::size_t>> RemoteStore::readShare(ShareKind kind, StorageIndex index,
                                                            ShareNumber share, ByteRange range,
                                                            MutableByteView into)
{
    if (range.begin > range.end) co_return Error(ErrorCode::InvalidInput, "no such range");
    range.end = range.begin + std::min<std::uint64_t>(range.size(), into.size());
    if (range.empty()) co_return 0;
    Request request = requestFor(Operation::ReadShare, kind, index, share);
    request.head.headers.add("Range", wire::rangeHeader(range));
    TARN_CO_TRY(net::PooledResponse response, co_await send(request, kNoBody));
    if (response.head.status == 204) {
        TARN_CO_TRY_VOID(co_await emptyAnswer(response));
        co_return 0;
    }
    if (response.head.status != 206) co_return co_await refusal(response);
    TARN_CO_TRY(const std::size_t length, checkedLength(response.head, range));
    co_return co_await readExactly(*response.connection, into.first(length));
}

asio::awaitable<Result<void>> RemoteStore::adviseCorrupt(ShareKind kind, StorageIndex index,
                                                         ShareNumber share, std::string reason)
{
    Request request = requestFor(Operation::AdviseCorrupt, kind, index, share);
    request.setType(wire::kCborMediaType);
    request.options.repeat = net::Repeat::Safe;
    const Bytes encoded = wire::encodeCorruptRequest(reason);
    const ByteView piece = encoded;
    TARN_CO_TRY(net::PooledResponse response, co_await send(request, std::span(&piece, 1)));
    if (response.head.status != 200) co_return co_await refusal(response);
    co_return co_await emptyAnswer(response);
}

asio::awaitable<Result<void>> RemoteStore::addLease(StorageIndex index, LeaseSecrets leases)
{
    Request request = requestFor(Operation::AddLease, ShareKind::Immutable, index, {});
    request.add(leases);
    TARN_CO_TRY(net::PooledResponse response, co_await send(request, kNoBody));
    if (response.head.status == 204) co_return co_await emptyAnswer(response);
    const bool full = response.head.status == 500; // the reference's answer to "no room"
    Error why = co_await refusal(response);
    if (full) co_return Error(ErrorCode::NoSpace, why.message());
    co_return why;
}

RemoteStore::Request RemoteStore::writeRequestFor(StorageIndex index, const LeaseSecrets& leases,
                                                  ByteView writeEnabler) const
{
    Request request = requestFor(Operation::ReadTestWrite, ShareKind::Mutable, index, {});
    request.add(leases);
    request.add(SecretKind::WriteEnabler, writeEnabler);
    request.setType(wire::kCborMediaType);
    request.options.repeat = net::Repeat::Never;
    return request;
}

asio::awaitable<Result<storage_api::ReadTestWriteAnswer>>
RemoteStore::writeAnswer(net::PooledResponse& response)
{
    if (response.head.status != 200) co_return co_await refusal(response);
    TARN_CO_TRY(const Bytes body, co_await cborAnswer(response, wire::kMaxAnswerBytes));
    co_return wire::decodeReadTestWriteAnswer(body);
}

asio::awaitable<Result<storage_api::ReadTestWriteAnswer>>
RemoteStore::readTestWrite(StorageIndex index, LeaseSecrets leases, ByteView writeEnabler,
                           const storage_api::ReadTestWrite& request)
{
    const Request http = writeRequestFor(index, leases, writeEnabler);
    const wire::GatheredBody encoded = wire::encodeReadTestWriteRequest(request);
    TARN_CO_TRY(net::PooledResponse response, co_await send(http, encoded.pieces()));
    co_return co_await writeAnswer(response);
}

asio::awaitable<Result<std::unique_ptr<storage_api::ShareStream>>>
RemoteStore::streamShare(StorageIndex index, LeaseSecrets leases, ByteView writeEnabler,
                         storage_api::StreamedShare request)
{
    const Request http = writeRequestFor(index, leases, writeEnabler);
    wire::StreamedRequest body = wire::encodeStreamedShare(request);
    Patience patience(*this);
    Result<net::PooledConnection> connection =
        co_await m_pool.acquire(m_peer, dialling(http.options));
    if (!connection && connection.error().code() == ErrorCode::Cancelled)
        co_return std::move(connection).error();
    patience.end();
    if (!connection) {
        noteFailure(connection.error());
        co_return std::move(connection).error();
    }
    net::PooledConnection line = *std::move(connection);
    TARN_CO_TRY_VOID(co_await line->beginRequest(http.head, body.size));
    std::unique_ptr<storage_api::ShareStream> stream = std::make_unique<RemoteStream>(
        *this, std::move(line), std::move(body), std::move(request.spots));
    co_return stream;
}

} // namespace tarn::gateway
