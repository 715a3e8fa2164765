#include "storage-server/http_service.h"

#include "core/base/log.h"
#include "core/codec/utf8.h"
#include "core/wire/content_range.h"
#include "core/wire/storage_messages.h"
#include "storage-server/answer_size.h"
#include "storage-server/share_transfer.h"

#include <array>
#include <limits>

namespace tarn::storage {

namespace {

using wire::Operation;

constexpr std::size_t kBuffersKept = 16;
/// What a client may still send after it has been refused, before the connection is given up.
constexpr std::uint64_t kRefusedBodyBytes = 4U * 1024U * 1024U;

std::optional<std::string_view> headerOf(const net::RequestHead& head, std::string_view name)
{
    const std::string* value = head.headers.find(name);
    if (value == nullptr) return std::nullopt;
    return *value;
}

/// What operations answer to an error of the store. No room is nobody's failure, and is told from
/// one; but the reference answers 500 where it has none for a lease.
unsigned statusOf(Operation operation, ErrorCode code)
{
    switch (code) {
    case ErrorCode::NoSpace:
        return operation == Operation::ReadTestWrite ? 507 : 500;
    case ErrorCode::NotFound:
        return 404;
    case ErrorCode::Unauthorized:
        return 401;
    case ErrorCode::Conflict:
        return 409;
    default:
        return 500;
    }
}

/// No request waits longer than this for anything but its client.
constexpr Duration kLongestWait = std::chrono::minutes(3);
constexpr Duration kPatrolEvery = std::chrono::seconds(15);
constexpr std::string_view kDiskIsSilent = "the disk of this storage server does not answer";

constexpr std::string_view kMayNotRead = "this account may not read";
constexpr std::string_view kMayNotWrite = "this account may not write";
constexpr std::string_view kMayNotKeep = "this account's shares are not kept";

/// What an operation asks of an account that does not have it; empty where it may go on.
std::string_view refusalOf(const Caller& caller, Operation operation)
{
    switch (operation) {
    case Operation::Version:
    case Operation::ReadTestWrite: // the body tells
        return {};
    case Operation::ListShares:
    case Operation::ReadShare:
    case Operation::AdviseCorrupt:
        return caller.mayRead ? std::string_view() : kMayNotRead;
    case Operation::AddLease:
        return caller.mayKeep ? std::string_view() : kMayNotKeep;
    case Operation::Allocate:
    case Operation::WriteShare:
    case Operation::AbortShare:
        break;
    }
    return caller.mayWrite ? std::string_view() : kMayNotWrite;
}

/// The same for a read-test-write.
std::string_view refusalOf(const Caller& caller, const storage_api::ReadTestWrite& asked)
{
    if (!asked.shares.empty() && !caller.mayWrite) return kMayNotWrite;
    if (!asked.reads.empty() && !caller.mayRead) return kMayNotRead;
    return {};
}

bool isOperatorsBusiness(ErrorCode code)
{
    return code == ErrorCode::IoFailure || code == ErrorCode::Internal ||
           code == ErrorCode::Corrupt;
}

/// What the system said reads "what: why" and names files of this server; refusals of the store are
/// plain sentences.
bool comesFromTheSystem(const Error& error)
{
    return error.message().find_first_of(":/") != std::string::npos;
}

/// A client is told what it did wrong; what is wrong here stays here.
std::string textForClients(const Error& error)
{
    switch (error.code()) {
    case ErrorCode::NoSpace:
        return comesFromTheSystem(error) ? "no space on this server" : error.message();
    case ErrorCode::NotFound:
        return comesFromTheSystem(error) ? "no such share" : error.message();
    case ErrorCode::Conflict:
        return comesFromTheSystem(error) ? "something else is there already" : error.message();
    default:
        return error.message();
    }
}

} // namespace

std::string_view nameOf(Operation operation)
{
    constexpr std::array<std::string_view, kOperationCount> kNames{
        "version",     "add-lease",  "allocate",       "write-share",    "abort-share",
        "list-shares", "read-share", "advise-corrupt", "read-test-write"};
    return kNames[static_cast<std::size_t>(operation)];
}

/// One request that passed the checks, while it is answered.
struct HttpService::Request
{
    net::ServerExchange& exchange;
    Caller caller;
    wire::Route route;
    wire::RequestSecrets secrets;
    node::CountedRequest& counted;
};

HttpService::HttpService(storage_api::ShareStore& store, WorkPool& diskPool, Clock& clock,
                         HttpServiceConfig config)
    : m_store(store), m_diskPool(diskPool), m_clock(clock), m_door(config.door),
      m_spool(std::move(config.spool)), m_stage(config.stage),
      m_buffers(config.pieceBytes, kBuffersKept)
{
    setSwissnum(config.swissnum);
}

void HttpService::setSwissnum(const std::optional<Secret>& swissnum)
{
    m_authorization.reset();
    if (swissnum) m_authorization = wire::authorizationFor(swissnum->view());
}

std::optional<Caller> HttpService::callerOf(ByteView authorization)
{
    if (m_door != nullptr) return m_door->admit(authorization);
    if (!m_authorization || !m_authorization->matches(authorization)) return std::nullopt;
    Caller everybody;
    everybody.store = &m_store;
    everybody.stage = m_stage;
    return everybody;
}

asio::awaitable<Result<void>> HttpService::serve(net::ServerExchange& exchange)
{
    const net::RequestHead& head = exchange.head();
    auto found = wire::findRoute(head.method, net::pathOf(head.target));
    node::CountedRequest counted(m_counters.requests, kOtherEndpoint);
    Request request{exchange, {}, {}, {}, counted};
    if (const auto* refusal = std::get_if<wire::RouteRefusal>(&found)) {
        net::HttpHeaders headers;
        if (!refusal->allow.empty()) headers.add("Allow", refusal->allow);
        counted.code = refusal->status;
        co_return co_await exchange.respondText(refusal->status, std::move(headers),
                                                refusal->status == 404 ? "no such resource\n"
                                                                       : "no such method here\n");
    }
    request.route = std::get<wire::Route>(found);
    counted.endpoint = nameOf(request.route.operation);

    const std::string_view authorization =
        headerOf(head, wire::kAuthorizationHeader).value_or(std::string_view());
    if (!codec::isUtf8(asBytes(authorization)))
        co_return co_await respond(request, 400, "bad Authorization header");
    const std::optional<Caller> caller = callerOf(asBytes(authorization));
    if (!caller) co_return co_await respond(request, 401, "wrong Authorization header");
    request.caller = *caller;
    const std::string_view refusal = refusalOf(*caller, request.route.operation);
    if (!refusal.empty()) co_return co_await respond(request, 403, std::string(refusal));
    const std::vector<std::string_view> values = head.headers.all(wire::kSecretHeader);
    Result<wire::RequestSecrets> secrets =
        wire::parseSecrets(values, wire::requiredSecrets(request.route.operation));
    if (!secrets) co_return co_await respond(request, 400, secrets.error().message());
    request.secrets = *std::move(secrets);
    const TimePoint begin = m_clock.now();
    const RequestsUnderWay::Place place(m_underWay, exchange, counted);
    Result<void> done = co_await dispatch(request);
    m_counters.latencies[static_cast<std::size_t>(request.route.operation)].add(m_clock.now() -
                                                                                begin);
    co_return done;
}

asio::awaitable<Result<void>> HttpService::dispatch(Request& request)
{
    switch (request.route.operation) {
    case Operation::Version:
        return version(request);
    case Operation::AddLease:
        return addLease(request);
    case Operation::Allocate:
        return allocate(request);
    case Operation::WriteShare:
        return writeShare(request);
    case Operation::AbortShare:
        return abortShare(request);
    case Operation::ListShares:
        return listShares(request);
    case Operation::ReadShare:
        return readShare(request);
    case Operation::AdviseCorrupt:
        return adviseCorrupt(request);
    case Operation::ReadTestWrite:
        break;
    }
    return readTestWrite(request);
}

asio::awaitable<Result<void>> HttpService::version(Request& request)
{
    const Result<storage_api::ServerVersion> version = co_await request.caller.store->version();
    if (!version) co_return co_await respondError(request, version.error());
    storage_api::ServerVersion told = *version;
    if (!request.caller.mayWrite) told.maximumImmutableShareSize = told.availableSpace = 0;
    const Bytes body = wire::encodeVersionAnswer(told);
    const std::array<ByteView, 1> pieces{body};
    co_return co_await respondCbor(request, 200, pieces);
}

asio::awaitable<Result<void>> HttpService::listShares(Request& request)
{
    const Result<std::set<ShareNumber>> shares =
        co_await request.caller.store->listShares(request.route.kind, request.route.index);
    if (!shares) co_return co_await respondError(request, shares.error());
    const Bytes body = wire::encodeShareNumbers(*shares);
    const std::array<ByteView, 1> pieces{body};
    co_return co_await respondCbor(request, 200, pieces);
}

asio::awaitable<Result<void>> HttpService::allocate(Request& request)
{
    TARN_CO_TRY(const std::optional<Bytes> body,
                co_await readCborBody(request, wire::kMaxAllocateBytes));
    if (!body) co_return ok();
    Result<wire::AllocateRequest> asked = wire::decodeAllocateRequest(*body);
    if (!asked) co_return co_await respond(request, 400, asked.error().message());
    const Result<storage_api::AllocateAnswer> answer = co_await request.caller.store->allocate(
        request.route.index, std::move(asked->shares), asked->allocatedSize, request.secrets.leases,
        request.secrets.upload.view());
    if (!answer) co_return co_await respondError(request, answer.error());
    const Bytes encoded = wire::encodeAllocateAnswer(*answer);
    const std::array<ByteView, 1> pieces{encoded};
    co_return co_await respondCbor(request, 200, pieces);
}

asio::awaitable<Result<void>> HttpService::writeShare(Request& request)
{
    const auto header = headerOf(request.exchange.head(), "Content-Range");
    Result<ByteRange> range = wire::parseContentRange(header.value_or(std::string_view()));
    if (!range && range.error().code() == ErrorCode::InvalidInput)
        co_return co_await respond(request, 416, range.error().message());
    BufferCache::Lent buffer = m_buffers.lend();
    const UploadTarget target{request.route.index, request.route.share,
                              request.secrets.upload.view()};
    // "bytes */N" writes nothing, but an unknown upload or a wrong secret is told first.
    const ByteRange wanted = range ? *range : ByteRange();
    Result<storage_api::WriteAnswer> answer = co_await receiveShare(
        request.exchange, *request.caller.store, target, wanted, buffer.view());
    if (answer && !range) answer = range.error();
    if (!answer) {
        TARN_CO_TRY_VOID(co_await drainBody(request.exchange, kRefusedBodyBytes, buffer.view()));
        co_return co_await respondError(request, answer.error());
    }
    m_counters.bytesReceived += wanted.size();
    const Bytes encoded = wire::encodeWriteAnswer(*answer);
    const std::array<ByteView, 1> pieces{encoded};
    co_return co_await respondCbor(request, answer->required.empty() ? 201 : 200, pieces);
}

asio::awaitable<Result<void>> HttpService::abortShare(Request& request)
{
    const Result<void> done = co_await request.caller.store->abortShare(
        request.route.index, request.route.share, request.secrets.upload.view());
    if (done) co_return co_await respond(request, 200, "");
    if (done.error().code() == ErrorCode::Unsupported)
        co_return co_await respond(request, 405, "the share is complete");
    co_return co_await respondError(request, done.error());
}

namespace {

/// However the handler ends, also when the client leaves in the middle of an answer.
class CountsAnswer
{
public:
    CountsAnswer(const net::ServerExchange& exchange, node::CountedRequest& counted, unsigned code)
        : m_exchange(exchange), m_counted(counted), m_code(code)
    {
    }
    ~CountsAnswer()
    {
        if (m_counted.code == 0 && m_exchange.answered()) m_counted.code = m_code;
    }
    CountsAnswer(const CountsAnswer&) = delete;
    CountsAnswer& operator=(const CountsAnswer&) = delete;

private:
    const net::ServerExchange& m_exchange;
    node::CountedRequest& m_counted;
    unsigned m_code;
};

} // namespace

asio::awaitable<Result<void>> HttpService::readShare(Request& request)
{
    const ShareSource source{request.route.kind, request.route.index, request.route.share};
    std::optional<ByteRange> range;
    if (const auto header = headerOf(request.exchange.head(), "Range")) {
        const Result<ByteRange> parsed = wire::parseRange(*header);
        if (!parsed) co_return co_await refuseRange(request, source);
        range = *parsed;
    }
    const CountsAnswer counting(request.exchange, request.counted, range ? 206 : 200);
    BufferCache::Lent buffer = m_buffers.lend();
    const Result<std::uint64_t> sent =
        co_await sendShare(request.exchange, *request.caller.store, source, range, buffer.view());
    if (sent) {
        m_counters.bytesSent += *sent;
        co_return ok();
    }
    if (request.exchange.answered()) co_return sent.error();
    co_return co_await respondError(request, sent.error());
}

asio::awaitable<Result<void>> HttpService::refuseRange(Request& request, ShareSource source)
{
    // That the share is unknown comes before that the range cannot be.
    const MutableByteView nowhere;
    const Result<std::size_t> there = co_await request.caller.store->readShare(
        source.kind, source.index, source.share, ByteRange(), nowhere);
    if (!there) co_return co_await respondError(request, there.error());
    co_return co_await respond(request, 416, "");
}

asio::awaitable<Result<void>> HttpService::adviseCorrupt(Request& request)
{
    const wire::Route& route = request.route;
    const Result<std::set<ShareNumber>> shares =
        co_await request.caller.store->listShares(route.kind, route.index);
    if (!shares) co_return co_await respondError(request, shares.error());
    if (!shares->contains(route.share)) co_return co_await respond(request, 404, "no such share");
    TARN_CO_TRY(const std::optional<Bytes> body,
                co_await readCborBody(request, wire::kMaxCorruptBytes));
    if (!body) co_return ok();
    Result<std::string> reason = wire::decodeCorruptRequest(*body);
    if (!reason) co_return co_await respond(request, 400, reason.error().message());
    const Result<void> done = co_await request.caller.store->adviseCorrupt(
        route.kind, route.index, route.share, *std::move(reason));
    if (!done) co_return co_await respondError(request, done.error());
    co_return co_await respond(request, 200, "");
}

asio::awaitable<Result<void>> HttpService::addLease(Request& request)
{
    const Result<void> done =
        co_await request.caller.store->addLease(request.route.index, request.secrets.leases);
    if (!done) co_return co_await respondError(request, done.error());
    co_return co_await respond(request, 204, "");
}

asio::awaitable<Result<void>> HttpService::readTestWrite(Request& request)
{
    if (!wire::isCborContent(headerOf(request.exchange.head(), "Content-Type")))
        co_return co_await refuseBody(request, 415);
    SlotIntake intake{m_diskPool, m_spool, request.caller.stage, wire::kMaxReadTestWriteBytes};
    if (!request.caller.mayWrite) {
        // To read takes no large request.
        const std::optional<std::uint64_t> announced = request.exchange.bodyLength();
        if (announced && *announced > m_spool.memoryLimit)
            co_return co_await refuseLarge(request, Error(ErrorCode::Unauthorized, ""));
        intake.limit = m_spool.memoryLimit;
    }
    Result<SlotBody> body;
    {
        BufferCache::Lent buffer = m_buffers.lend();
        body =
            co_await receiveSlotBody(request.exchange, intake, request.route.index, buffer.view());
    }
    if (body) co_return co_await runReadTestWrite(request, *body);
    switch (body.error().code()) {
    case ErrorCode::InvalidInput:
        co_return co_await refuseBody(request, 413);
    case ErrorCode::NoSpace:
    case ErrorCode::IoFailure:
        co_return co_await refuseLarge(request, body.error());
    default:
        co_return body.error(); // the connection is gone
    }
}

/// \param why  Unauthorized: the account may not write.
asio::awaitable<Result<void>> HttpService::refuseLarge(Request& request, const Error& why)
{
    {
        BufferCache::Lent buffer = m_buffers.lend();
        TARN_CO_TRY_VOID(co_await drainBody(request.exchange, kRefusedBodyBytes, buffer.view()));
    }
    if (why.code() == ErrorCode::Unauthorized)
        co_return co_await respond(request, 403, std::string(kMayNotWrite));
    co_return co_await respondError(request, why);
}

asio::awaitable<Result<void>> HttpService::runReadTestWrite(Request& request, const SlotBody& body)
{
    codec::CborJoined joined;
    // On the pool: looking into a mapped file may wait for the disk.
    auto decode = [&] { return body.decode(joined); };
    Result<storage_api::ReadTestWrite> asked;
    if (body.mapped())
        asked = co_await runOn(m_diskPool, decode);
    else
        asked = decode();
    if (!asked) co_return co_await respond(request, 400, asked.error().message());
    const std::string_view refusal = refusalOf(request.caller, *asked);
    if (!refusal.empty()) co_return co_await respond(request, 403, std::string(refusal));
    const Result<void> fits =
        co_await checkAnswerSize(*request.caller.store, request.route.index, asked->reads);
    if (!fits) co_return co_await respondError(request, fits.error());
    asio::awaitable<Result<storage_api::ReadTestWriteAnswer>> work =
        request.caller.store->readTestWrite(request.route.index, request.secrets.leases,
                                            request.secrets.writeEnabler.view(), *asked);
    const Result<storage_api::ReadTestWriteAnswer> answer =
        co_await withFewPages(body, m_clock, std::move(work));
    if (!answer) co_return co_await respondError(request, answer.error());
    const wire::GatheredBody encoded = wire::encodeReadTestWriteAnswer(*answer);
    co_return co_await respondCbor(request, 200, encoded.pieces());
}

asio::awaitable<Result<void>> HttpService::respond(Request& request, unsigned status,
                                                   std::string text)
{
    request.counted.code = status;
    net::HttpHeaders headers;
    if (request.route.operation == Operation::ReadShare && status != 400 && status != 401) {
        headers.add("Content-Type", std::string(wire::kShareMediaType));
        text.clear();
    } else if (!text.empty()) {
        headers.add("Content-Type", "text/plain; charset=utf-8");
        text += '\n';
    }
    co_return co_await request.exchange.respondText(status, std::move(headers), std::move(text));
}

asio::awaitable<Result<void>> HttpService::respondError(Request& request, const Error& error)
{
    const bool full = error.code() == ErrorCode::NoSpace && comesFromTheSystem(error);
    if (isOperatorsBusiness(error.code()) || full) sayThatItFailed(request.route.operation, error);
    std::string text = textForClients(error);
    if (isOperatorsBusiness(error.code())) text = m_diskAnswers ? "storage failure" : kDiskIsSilent;
    co_return co_await respond(request, statusOf(request.route.operation, error.code()),
                               std::move(text));
}

void HttpService::setDiskAnswers(bool answers)
{
    m_diskAnswers = answers;
    if (answers) return;
    const std::size_t waited = endWaiting(std::string(kDiskIsSilent));
    if (waited > 0)
        TARN_LOG(Warning, Storage, "requests that waited for the disk were given up",
                 {"count", waited});
}

std::size_t HttpService::endWaiting(const std::string& why)
{
    return m_underWay.giveUp(Duration(0), 500, why + "\n");
}

asio::awaitable<Result<void>> HttpService::patrol()
{
    for (;;) {
        co_await m_clock.sleep(kPatrolEvery);
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) co_return ok();
        std::string text(kDiskIsSilent);
        text += " in time\n";
        const std::size_t waited = m_underWay.giveUp(kLongestWait, 500, std::move(text));
        if (waited > 0)
            TARN_LOG(Error, Storage, "requests were given up: the disk did not answer them in time",
                     {"count", waited});
    }
}

void HttpService::sayThatItFailed(Operation operation, const Error& error)
{
    constexpr Duration kPause = std::chrono::seconds(10); // clients repeat themselves
    ++m_failedUnsaid;
    const TimePoint now = m_clock.now();
    if (m_lastSaid && now - *m_lastSaid < kPause) return;
    TARN_LOG(Warning, Storage, "requests failed", {"last", nameOf(operation)},
             {"error", tarn::nameOf(error.code())}, {"why", error.message()},
             {"count", m_failedUnsaid});
    m_lastSaid = now;
    m_failedUnsaid = 0;
}

asio::awaitable<Result<void>> HttpService::respondCbor(Request& request, unsigned status,
                                                       std::span<const ByteView> body)
{
    if (!wire::acceptsCbor(headerOf(request.exchange.head(), "Accept")))
        co_return co_await respond(request, 406, "only application/cbor can be had here");
    request.counted.code = status;
    net::HttpHeaders headers;
    headers.add("Content-Type", std::string(wire::kCborMediaType));
    co_return co_await request.exchange.respond(status, std::move(headers), body);
}

asio::awaitable<Result<std::optional<Bytes>>> HttpService::readCborBody(Request& request,
                                                                        std::size_t limit)
{
    if (!wire::isCborContent(headerOf(request.exchange.head(), "Content-Type"))) {
        TARN_CO_TRY_VOID(co_await refuseBody(request, 415));
        co_return std::optional<Bytes>();
    }
    Result<Bytes> body = co_await request.exchange.readAll(limit);
    if (body) co_return std::optional<Bytes>(*std::move(body));
    if (body.error().code() != ErrorCode::InvalidInput) co_return body.error();
    TARN_CO_TRY_VOID(co_await refuseBody(request, 413));
    co_return std::optional<Bytes>();
}

asio::awaitable<Result<void>> HttpService::refuseBody(Request& request, unsigned status)
{
    co_return co_await respond(request, status,
                               status == 413 ? "the body is too large"
                                             : "expected Content-Type: application/cbor");
}

} // namespace tarn::storage
