#include "tests/sim/hostile_service.h"

#include "core/codec/cbor.h"
#include "core/wire/content_range.h"
#include "core/wire/storage_messages.h"
#include "tests/support/seeded_random.h"

#include <array>

namespace tarn::test {

using net::ServerExchange;
using wire::Operation;

namespace {

constexpr std::uint64_t kHuge = std::uint64_t{1} << 62U;
constexpr Duration kDripEvery = std::chrono::seconds(1);
constexpr std::size_t kPiece = 64 * 1024;

/// What a good answer to an operation looks like from outside.
unsigned goodStatus(Operation operation)
{
    switch (operation) {
    case Operation::ReadShare:
        return 206;
    case Operation::WriteShare:
        return 201;
    case Operation::AddLease:
        return 204;
    default:
        return 200;
    }
}

unsigned otherStatus(Operation operation)
{
    return operation == Operation::ReadShare ? 200 : 206;
}

net::HttpHeaders goodHeaders(const ServerExchange& exchange, Operation operation)
{
    net::HttpHeaders headers;
    if (operation != Operation::ReadShare) {
        headers.add("Content-Type", std::string(wire::kCborMediaType));
        return headers;
    }
    const std::string* asked = exchange.head().headers.find("Range");
    const Result<ByteRange> range = wire::parseRange(asked ? *asked : std::string());
    if (range) headers.add("Content-Range", wire::contentRangeHeader(*range, std::nullopt));
    return headers;
}

Bytes headOf(std::uint8_t initial, std::uint64_t value)
{
    Bytes out(1, std::byte{initial});
    appendBig<std::uint64_t>(out, value);
    return out;
}

Bytes manyShares(Operation operation)
{
    if (operation == Operation::WriteShare) {
        storage_api::WriteAnswer answer;
        for (std::uint64_t i = 0; i < wire::kMaxRangesPerAnswer; ++i)
            answer.required.push_back(ByteRange{3 * i, 3 * i + 1});
        return wire::encodeWriteAnswer(answer);
    }
    std::set<ShareNumber> shares;
    for (std::uint32_t i = 0; i < 65'536; ++i)
        shares.insert(ShareNumber{i});
    if (operation != Operation::Allocate) return wire::encodeShareNumbers(shares);
    storage_api::AllocateAnswer answer;
    answer.alreadyHave = shares;
    answer.allocated = std::move(shares);
    return wire::encodeAllocateAnswer(answer);
}

Bytes bodyOf(Attack attack, Operation operation, std::uint64_t seed)
{
    switch (attack) {
    case Attack::DeepCbor:
        return Bytes(500'000, std::byte{0x81});
    case Attack::WideCbor:
        return headOf(0x9b, kHuge);
    case Attack::LongCbor:
        return headOf(0x5b, kHuge);
    case Attack::EndlessCbor:
        return Bytes(1'000'000, std::byte{0x9f});
    case Attack::ManyShares:
        return manyShares(operation);
    case Attack::Garbage:
        return SeededRandom(seed).bytes(777);
    default:
        return Bytes();
    }
}

/// Until the client goes away.
asio::awaitable<Result<void>> writeForEver(ServerExchange& exchange)
{
    const Bytes piece(kPiece, std::byte{'x'});
    while (true)
        TARN_CO_TRY_VOID(co_await exchange.writeBody(piece));
}

} // namespace

const char* nameOf(Attack attack)
{
    constexpr std::array<const char*, kAttacks> kNames{
        "none",         "silence",       "redirect",    "server error", "other status",
        "other type",   "empty",         "garbage",     "deep CBOR",    "wide CBOR",
        "long CBOR",    "endless CBOR",  "many shares", "endless",      "huge length",
        "drip",         "half",          "other range", "many headers", "not HTTP",
        "endless head", "endless hints", "drip head",   "two lengths",  "longer body",
        "bad chunks",   "hangup"};
    return kNames[static_cast<std::size_t>(attack)];
}

bool breaksProtocol(Attack attack)
{
    switch (attack) {
    case Attack::Redirect:
    case Attack::ServerError:
    case Attack::ManyHeaders:
    case Attack::NotHttp:
    case Attack::EndlessHead:
    case Attack::EndlessHints:
    case Attack::TwoLengths:
    case Attack::BadChunks:
        return true;
    default:
        return false;
    }
}

/// Writes nothing of the HTTP server's once it is gagged.
class HostileService::HostileChannel final : public net::Channel
{
public:
    HostileChannel(HostileService& service, std::unique_ptr<net::Channel> inner, std::string name)
        : m_service(service), m_inner(std::move(inner)), m_name(std::move(name))
    {
        m_service.m_channels[m_name] = this;
    }
    ~HostileChannel() override { m_service.m_channels.erase(m_name); }
    HostileChannel(const HostileChannel&) = delete;
    HostileChannel& operator=(const HostileChannel&) = delete;

    void gag() { m_gagged = true; }
    asio::awaitable<Result<void>> writeRaw(ByteView bytes)
    {
        co_return co_await m_inner->write(std::span(&bytes, 1));
    }

    asio::awaitable<Result<std::size_t>> readSome(MutableByteView into) override
    {
        return m_inner->readSome(into);
    }
    asio::awaitable<Result<void>> write(std::span<const ByteView> pieces) override
    {
        if (m_gagged) co_return ok();
        co_return co_await m_inner->write(pieces);
    }
    void expireAt(TimePoint when) override { m_inner->expireAt(when); }
    void releaseBuffers() override { m_inner->releaseBuffers(); }
    bool quiet() override { return m_inner->quiet(); }
    asio::awaitable<Result<void>> endWriting() override { return m_inner->endWriting(); }
    void close() override { m_inner->close(); }
    void abort() override { m_inner->abort(); }
    void acknowledgeAtOnce(bool on) override { m_inner->acknowledgeAtOnce(on); }
    const std::string& peer() const override { return m_name; }

private:
    HostileService& m_service;
    std::unique_ptr<net::Channel> m_inner;
    std::string m_name;
    bool m_gagged = false;
};

std::unique_ptr<net::Channel> HostileService::wrap(std::unique_ptr<net::Channel> channel)
{
    std::string name = channel->peer() + "#" + std::to_string(m_connections++);
    return std::make_unique<HostileChannel>(*this, std::move(channel), std::move(name));
}

asio::awaitable<Result<void>> HostileService::serve(ServerExchange& exchange)
{
    const auto found = wire::findRoute(exchange.head().method, net::pathOf(exchange.head().target));
    const auto* route = std::get_if<wire::Route>(&found);
    const bool hit = m_hostility.attack != Attack::None && route != nullptr &&
                     (m_hostility.on.empty() || m_hostility.on.contains(route->operation));
    if (!hit) co_return co_await m_inner.serve(exchange);
    ++m_attacked;
    // Requests with a body are taken first.
    constexpr std::size_t kMost = std::size_t{64} << 20U;
    const Result<Bytes> body = co_await exchange.readAll(kMost);
    if (!body) co_return body.error();
    const auto channel = m_channels.find(exchange.peer());
    if (m_hostility.attack < Attack::NotHttp)
        co_return co_await attack(m_hostility.attack, exchange, route->operation);
    if (channel == m_channels.end()) co_return Error(ErrorCode::Internal, "not wrapped");
    co_return co_await below(m_hostility.attack, *channel->second);
}

asio::awaitable<Result<void>> HostileService::attack(Attack attack, ServerExchange& exchange,
                                                     Operation operation)
{
    constexpr std::uint64_t kAnnounced = 1000;
    net::HttpHeaders headers = goodHeaders(exchange, operation);
    unsigned status = goodStatus(operation);
    std::optional<std::uint64_t> length = kAnnounced;
    switch (attack) {
    case Attack::Silence:
        while (true)
            co_await m_clock.sleep(std::chrono::hours(1));
    case Attack::Redirect:
        headers.add("Location", "/elsewhere");
        co_return co_await exchange.respondText(302, std::move(headers), std::string());
    case Attack::OtherStatus:
        status = otherStatus(operation);
        break;
    case Attack::OtherType:
        headers.set("Content-Type", "text/html");
        headers.set("Content-Range", "pages 1-2/3");
        break;
    case Attack::OtherRange:
        headers.set("Content-Range", "bytes 18446744073709551000-18446744073709551614/*");
        break;
    case Attack::ManyHeaders:
        for (int i = 0; i < 10'000; ++i)
            headers.add("X-Header", "of many");
        break;
    case Attack::ServerError:
        status = 500;
        length.reset();
        break;
    case Attack::Endless:
        length.reset();
        break;
    case Attack::HugeLength:
        length = kHuge;
        break;
    case Attack::Drip:
    case Attack::Half:
        break;
    default: {
        const Bytes body = bodyOf(attack, operation, m_seed + m_attacked);
        const ByteView piece = body;
        co_return co_await exchange.respond(status == 204 ? 200 : status, std::move(headers),
                                            std::span(&piece, 1));
    }
    }
    TARN_CO_TRY_VOID(
        co_await exchange.beginResponse(status == 204 ? 200 : status, std::move(headers), length));
    if (!length || *length == kHuge) co_return co_await writeForEver(exchange);
    const Bytes body(static_cast<std::size_t>(*length), std::byte{'x'});
    if (attack == Attack::Drip) {
        for (const std::byte& one : body) {
            TARN_CO_TRY_VOID(co_await exchange.writeBody(ByteView(&one, 1)));
            co_await m_clock.sleep(kDripEvery);
        }
        co_return co_await exchange.finishResponse();
    }
    const ByteView sent = ByteView(body).first(attack == Attack::Half ? 500 : body.size());
    TARN_CO_TRY_VOID(co_await exchange.writeBody(sent));
    if (attack == Attack::Half) co_return Error(ErrorCode::Cancelled, "half is enough");
    co_return co_await exchange.finishResponse();
}

asio::awaitable<Result<void>> HostileService::below(Attack attack, HostileChannel& channel)
{
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/cbor\r\n";
    std::string once;
    std::string forEver;
    Duration pause{};
    switch (attack) {
    case Attack::NotHttp:
        once = textOf(SeededRandom(m_seed + m_attacked).bytes(5000));
        break;
    case Attack::EndlessHead:
        once = head;
        forEver = "X-Header: of many\r\n";
        break;
    case Attack::EndlessHints:
        forEver = "HTTP/1.1 100 Continue\r\n\r\n";
        break;
    case Attack::DripHead:
        once = head + "X-";
        forEver = "h";
        pause = kDripEvery;
        break;
    case Attack::TwoLengths:
        once = head + "Content-Length: 5\r\nContent-Length: 50\r\n\r\n" + std::string(50, 'x');
        break;
    case Attack::LongerBody:
        once = head + "Content-Length: 5\r\n\r\n" + std::string(5000, 'x');
        break;
    case Attack::BadChunks:
        once = head + "Transfer-Encoding: chunked\r\n\r\n-1\r\n" + std::string(500, 'x');
        break;
    default:
        channel.abort();
        co_return Error(ErrorCode::Cancelled, "hung up");
    }
    channel.gag();
    TARN_CO_TRY_VOID(co_await channel.writeRaw(asBytes(once)));
    std::string piece = forEver;
    while (pause == Duration(0) && !forEver.empty() && piece.size() < kPiece)
        piece += forEver;
    while (!forEver.empty()) {
        TARN_CO_TRY_VOID(co_await channel.writeRaw(asBytes(piece)));
        if (pause > Duration(0)) co_await m_clock.sleep(pause);
    }
    while (true)
        co_await m_clock.sleep(std::chrono::hours(1));
}

} // namespace tarn::test
