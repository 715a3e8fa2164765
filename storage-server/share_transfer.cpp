#include "storage-server/share_transfer.h"

#include "core/wire/content_range.h"
#include "core/wire/storage_messages.h"

#include <algorithm>
#include <array>

namespace tarn::storage {

namespace {

using storage_api::ShareStore;
using storage_api::WriteAnswer;

net::HttpHeaders shareHeaders()
{
    net::HttpHeaders headers;
    headers.add("Content-Type", std::string(wire::kShareMediaType));
    return headers;
}

net::HttpHeaders rangeHeaders(ByteRange range)
{
    net::HttpHeaders headers = shareHeaders();
    headers.add("Content-Range", wire::contentRangeHeader(range, std::nullopt));
    return headers;
}

asio::awaitable<Result<std::size_t>> readAt(ShareStore& store, ShareSource source, ByteRange range,
                                            MutableByteView into)
{
    const std::optional<std::size_t> got =
        store.readShareAtOnce(source.kind, source.index, source.share, range, into);
    if (got) co_return *got;
    co_return co_await store.readShare(source.kind, source.index, source.share, range, into);
}

asio::awaitable<Result<bool>> hasByte(ShareStore& store, ShareSource source, std::uint64_t at)
{
    std::array<std::byte, 1> one{};
    ByteRange range;
    range.begin = at;
    range.end = at + 1;
    TARN_CO_TRY(const std::size_t got, co_await readAt(store, source, range, one));
    co_return got == 1;
}

asio::awaitable<Result<void>> respondPiece(net::ServerExchange& exchange, unsigned status,
                                           net::HttpHeaders headers, ByteView body)
{
    const std::array<ByteView, 1> pieces{body};
    co_return co_await exchange.respond(status, std::move(headers), pieces);
}

/// The bytes of `range`, which the share has. \return their number.
asio::awaitable<Result<std::uint64_t>> streamRange(net::ServerExchange& exchange, ShareStore& store,
                                                   ShareSource source, ByteRange range,
                                                   MutableByteView buffer)
{
    TARN_CO_TRY_VOID(co_await exchange.beginResponse(206, rangeHeaders(range), range.size()));
    const bool headOnly = exchange.head().method == "HEAD";
    ByteRange rest = range;
    while (!headOnly && rest.begin < rest.end) {
        ByteRange piece = rest;
        piece.end = piece.begin + std::min<std::uint64_t>(rest.size(), buffer.size());
        TARN_CO_TRY(const std::size_t got, co_await readAt(store, source, piece, buffer));
        if (got < piece.size())
            co_return Error(ErrorCode::NotFound, "the share shrank while it was sent");
        TARN_CO_TRY_VOID(co_await exchange.writeBody(buffer.first(got)));
        rest.begin += got;
    }
    TARN_CO_TRY_VOID(co_await exchange.finishResponse());
    co_return range.size();
}

asio::awaitable<Result<std::uint64_t>> sendRange(net::ServerExchange& exchange, ShareStore& store,
                                                 ShareSource source, ByteRange range,
                                                 MutableByteView buffer)
{
    if (range.size() > buffer.size()) {
        TARN_CO_TRY(range.end, co_await findEnd(store, source, range));
        if (range.size() > buffer.size())
            co_return co_await streamRange(exchange, store, source, range, buffer);
    }
    TARN_CO_TRY(const std::size_t got, co_await readAt(store, source, range, buffer));
    if (got == 0) {
        const std::span<const ByteView> noBody;
        TARN_CO_TRY_VOID(co_await exchange.respond(204, shareHeaders(), noBody));
        co_return 0U;
    }
    range.end = range.begin + got;
    TARN_CO_TRY_VOID(co_await respondPiece(exchange, 206, rangeHeaders(range), buffer.first(got)));
    co_return got;
}

asio::awaitable<Result<std::uint64_t>> sendWhole(net::ServerExchange& exchange, ShareStore& store,
                                                 ShareSource source, MutableByteView buffer)
{
    ByteRange piece;
    piece.end = buffer.size();
    TARN_CO_TRY(std::size_t got, co_await readAt(store, source, piece, buffer));
    if (got < buffer.size()) {
        TARN_CO_TRY_VOID(co_await respondPiece(exchange, 200, shareHeaders(), buffer.first(got)));
        co_return got;
    }
    TARN_CO_TRY_VOID(co_await exchange.beginResponse(200, shareHeaders(), std::nullopt));
    const bool headOnly = exchange.head().method == "HEAD";
    std::uint64_t sent = 0;
    while (!headOnly && got > 0) {
        TARN_CO_TRY_VOID(co_await exchange.writeBody(buffer.first(got)));
        sent += got;
        piece.begin = sent;
        piece.end = sent + buffer.size();
        TARN_CO_TRY(got, co_await readAt(store, source, piece, buffer));
    }
    TARN_CO_TRY_VOID(co_await exchange.finishResponse());
    co_return sent;
}

} // namespace

asio::awaitable<Result<std::size_t>> readFully(net::ServerExchange& exchange, MutableByteView into)
{
    std::size_t filled = 0;
    while (filled < into.size()) {
        TARN_CO_TRY(const std::size_t got, co_await exchange.readBody(into.subspan(filled)));
        if (got == 0) break;
        filled += got;
    }
    co_return filled;
}

asio::awaitable<Result<void>> drainBody(net::ServerExchange& exchange, std::uint64_t limit,
                                        MutableByteView buffer)
{
    while (limit > 0) {
        const std::size_t most = std::min<std::uint64_t>(limit, buffer.size());
        TARN_CO_TRY(const std::size_t got, co_await exchange.readBody(buffer.first(most)));
        if (got == 0) break;
        limit -= got;
    }
    co_return ok();
}

asio::awaitable<Result<WriteAnswer>> receiveShare(net::ServerExchange& exchange, ShareStore& store,
                                                  UploadTarget target, ByteRange range,
                                                  MutableByteView buffer)
{
    WriteAnswer answer;
    while (true) {
        const std::size_t want = std::min<std::uint64_t>(range.size(), buffer.size());
        TARN_CO_TRY(const std::size_t got, co_await readFully(exchange, buffer.first(want)));
        // An empty write, too, tells an unknown upload or another secret.
        TARN_CO_TRY(answer,
                    co_await store.writeShare(target.index, target.share, target.uploadSecret,
                                              range.begin, buffer.first(got)));
        range.begin += got;
        const bool complete = answer.required.empty();
        if (range.begin == range.end || complete) co_return answer;
        if (got < want)
            co_return Error(ErrorCode::PeerMisbehaved, "the body is shorter than its range");
    }
}

asio::awaitable<Result<std::uint64_t>> findEnd(ShareStore& store, ShareSource source,
                                               ByteRange range)
{
    TARN_CO_TRY(const bool whole, co_await hasByte(store, source, range.end - 1));
    if (whole) co_return range.end;
    std::uint64_t present = range.begin; // all bytes before it exist, or it is the begin
    std::uint64_t absent = range.end - 1;
    while (present < absent) {
        const std::uint64_t middle = present + (absent - present) / 2;
        TARN_CO_TRY(const bool there, co_await hasByte(store, source, middle));
        if (there)
            present = middle + 1;
        else
            absent = middle;
    }
    co_return present;
}

asio::awaitable<Result<std::uint64_t>> sendShare(net::ServerExchange& exchange, ShareStore& store,
                                                 ShareSource source, std::optional<ByteRange> range,
                                                 MutableByteView buffer)
{
    if (range) co_return co_await sendRange(exchange, store, source, *range, buffer);
    co_return co_await sendWhole(exchange, store, source, buffer);
}

} // namespace tarn::storage
