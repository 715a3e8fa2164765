#include "core/wire/schema.h"
#include "core/wire/storage_messages.h"

#include <array>

namespace tarn::wire {

namespace {

using codec::CborReader;
using codec::CborWriter;
using storage_api::AllocateAnswer;
using storage_api::ReadTestWriteAnswer;
using storage_api::ServerVersion;
using storage_api::WriteAnswer;

constexpr std::string_view kProtocol = "http://allmydata.org/tahoe/protocols/storage/v1";
constexpr std::array<std::string_view, 2> kVersionKeys{kProtocol, "application-version"};
constexpr std::array<std::string_view, 3> kProtocolKeys{
    "maximum-immutable-share-size", "maximum-mutable-share-size", "available-space"};
constexpr std::array<std::string_view, 2> kAllocateKeys{"already-have", "allocated"};
constexpr std::array<std::string_view, 1> kWriteKeys{"required"};
constexpr std::array<std::string_view, 2> kRangeKeys{"begin", "end"};
constexpr std::array<std::string_view, 2> kReadTestWriteKeys{"success", "data"};

/// Reads the whole body with `read`; what is wrong with it is the peer's fault.
template <class T, class Read>
Result<T> decodeAnswer(ByteView body, Read read)
{
    codec::CborJoined joined;
    CborReader reader(body, joined);
    Result<T> out = read(reader);
    if (out) {
        const Result<void> end = readEnd(reader);
        if (end) return out;
        out = end.error();
    }
    return Error(ErrorCode::PeerMisbehaved, "answer" + out.error().message());
}

/// Advertised as 2^64, which a number cannot hold, where the space is unknown.
Result<std::uint64_t> readSpace(CborReader& reader)
{
    const Result<std::uint64_t> number = reader.readUnsignedSaturated();
    if (!number) return schemaError(number.error().message());
    return number;
}

Result<ServerVersion> readVersion(CborReader& reader)
{
    ServerVersion out;
    const auto readProtocol = [&](std::size_t key) -> Result<void> {
        TARN_TRY(const std::uint64_t value, readSpace(reader));
        if (key == 0) out.maximumImmutableShareSize = value;
        if (key == 1) out.maximumMutableShareSize = value;
        if (key == 2) out.availableSpace = value;
        return ok();
    };
    const auto readTop = [&](std::size_t key) -> Result<void> {
        if (key == 0)
            return readMap(reader, kProtocolKeys, readProtocol, KeyType::Bytes, UnknownKeys::Skip);
        TARN_TRY(const ByteView version, readByteString(reader));
        out.applicationVersion = tarn::textOf(version);
        return ok();
    };
    TARN_TRY_VOID(readMap(reader, kVersionKeys, readTop, KeyType::Bytes, UnknownKeys::Skip));
    return out;
}

Result<AllocateAnswer> readAllocate(CborReader& reader)
{
    AllocateAnswer out;
    TARN_TRY_VOID(readMap(reader, kAllocateKeys, [&](std::size_t key) -> Result<void> {
        TARN_TRY(auto shares, readShareSet(reader, kMaxSharesPerAnswer));
        (key == 0 ? out.alreadyHave : out.allocated) = std::move(shares);
        return ok();
    }));
    return out;
}

Result<ByteRange> readByteRange(CborReader& reader)
{
    ByteRange out;
    TARN_TRY_VOID(readMap(reader, kRangeKeys, [&](std::size_t key) -> Result<void> {
        TARN_TRY((key == 0 ? out.begin : out.end), readNumber(reader));
        return ok();
    }));
    return out;
}

Result<WriteAnswer> readWriteAnswer(CborReader& reader)
{
    WriteAnswer out;
    const auto readRange = [&](std::size_t) -> Result<void> {
        TARN_TRY(const ByteRange range, readByteRange(reader));
        const bool follows = out.required.empty() || out.required.back().end <= range.begin;
        if (!follows || range.begin >= range.end)
            return schemaError("expected ascending, disjoint ranges");
        out.required.push_back(range);
        return ok();
    };
    TARN_TRY_VOID(readMap(reader, kWriteKeys, [&](std::size_t) -> Result<void> {
        return readArray(reader, kMaxRangesPerAnswer, readRange);
    }));
    return out;
}

Result<std::vector<Bytes>> readPieces(CborReader& reader)
{
    std::vector<Bytes> out;
    TARN_TRY_VOID(readArray(reader, kMaxVectorsPerShare, [&](std::size_t) -> Result<void> {
        TARN_TRY(const ByteView piece, readByteString(reader));
        out.push_back(toBytes(piece));
        return ok();
    }));
    return out;
}

Result<std::map<ShareNumber, std::vector<Bytes>>> readData(CborReader& reader)
{
    std::map<ShareNumber, std::vector<Bytes>> out;
    TARN_TRY_VOID(detail::enterMap(reader));
    while (true) {
        TARN_TRY(const bool more, detail::readMore(reader));
        if (!more) return out;
        if (out.size() == kMaxSharesPerAnswer) return detail::tooMany(kMaxSharesPerAnswer);
        TARN_TRY(const ShareNumber number, readShareNumber(reader));
        const std::string step = "[" + std::to_string(number.value) + "]";
        Result<std::vector<Bytes>> pieces = readPieces(reader);
        if (!pieces) return below(step, pieces.error());
        if (!out.emplace(number, *std::move(pieces)).second)
            return below(step, schemaError("repeated share"));
    }
}

Result<ReadTestWriteAnswer> readReadTestWriteAnswer(CborReader& reader)
{
    ReadTestWriteAnswer out;
    TARN_TRY_VOID(readMap(reader, kReadTestWriteKeys, [&](std::size_t key) -> Result<void> {
        if (key == 0) {
            TARN_TRY(out.success, readFlag(reader));
        } else {
            TARN_TRY(out.readData, readData(reader));
        }
        return ok();
    }));
    return out;
}

void writeSet(CborWriter& out, const std::set<ShareNumber>& shares)
{
    out.set(shares.size());
    for (const ShareNumber share : shares)
        out.number(share.value);
}

} // namespace

Bytes encodeVersionAnswer(const ServerVersion& version)
{
    CborWriter out;
    out.map(2);
    out.bytes(asBytes(kProtocol));
    out.map(3);
    out.bytes(asBytes(kProtocolKeys[0]));
    out.number(version.maximumImmutableShareSize);
    out.bytes(asBytes(kProtocolKeys[1]));
    out.number(version.maximumMutableShareSize);
    out.bytes(asBytes(kProtocolKeys[2]));
    out.number(version.availableSpace);
    out.bytes(asBytes(kVersionKeys[1]));
    out.bytes(asBytes(version.applicationVersion));
    return out.take();
}

Result<ServerVersion> decodeVersionAnswer(ByteView body)
{
    return decodeAnswer<ServerVersion>(body, &readVersion);
}

Bytes encodeAllocateAnswer(const AllocateAnswer& answer)
{
    CborWriter out;
    out.map(2);
    out.text(kAllocateKeys[0]);
    writeSet(out, answer.alreadyHave);
    out.text(kAllocateKeys[1]);
    writeSet(out, answer.allocated);
    return out.take();
}

Result<AllocateAnswer> decodeAllocateAnswer(ByteView body)
{
    return decodeAnswer<AllocateAnswer>(body, &readAllocate);
}

Bytes encodeWriteAnswer(const WriteAnswer& answer)
{
    CborWriter out;
    out.map(1);
    out.text(kWriteKeys[0]);
    out.array(answer.required.size());
    for (const ByteRange& range : answer.required) {
        out.map(2);
        out.text(kRangeKeys[0]);
        out.number(range.begin);
        out.text(kRangeKeys[1]);
        out.number(range.end);
    }
    return out.take();
}

Result<WriteAnswer> decodeWriteAnswer(ByteView body)
{
    return decodeAnswer<WriteAnswer>(body, &readWriteAnswer);
}

Bytes encodeShareNumbers(const std::set<ShareNumber>& shares)
{
    CborWriter out;
    writeSet(out, shares);
    return out.take();
}

Result<std::set<ShareNumber>> decodeShareNumbers(ByteView body)
{
    return decodeAnswer<std::set<ShareNumber>>(
        body, [](CborReader& reader) { return readShareSet(reader, kMaxSharesPerAnswer); });
}

GatheredBody encodeReadTestWriteAnswer(const ReadTestWriteAnswer& answer)
{
    GatheredWriter out;
    CborWriter& items = out.items();
    items.map(2);
    items.text(kReadTestWriteKeys[0]);
    items.boolean(answer.success);
    items.text(kReadTestWriteKeys[1]);
    items.map(answer.readData.size());
    for (const auto& [number, pieces] : answer.readData) {
        items.number(number.value);
        items.array(pieces.size());
        for (const Bytes& piece : pieces)
            out.bytes(piece);
    }
    return std::move(out).finish();
}

Result<ReadTestWriteAnswer> decodeReadTestWriteAnswer(ByteView body)
{
    return decodeAnswer<ReadTestWriteAnswer>(body, &readReadTestWriteAnswer);
}

} // namespace tarn::wire
