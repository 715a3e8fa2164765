#include "core/codec/utf8.h"
#include "core/wire/schema.h"
#include "core/wire/storage_messages.h"

#include <algorithm>
#include <array>

namespace tarn::wire {

namespace {

using codec::CborReader;
using codec::CborWriter;
using storage_api::ReadTestWrite;
using storage_api::ReadVector;
using storage_api::ShareWrite;
using storage_api::TestVector;
using storage_api::WriteVector;

constexpr std::array<std::string_view, 2> kAllocateKeys{"share-numbers", "allocated-size"};
constexpr std::array<std::string_view, 1> kCorruptKeys{"reason"};
constexpr std::array<std::string_view, 2> kRequestKeys{"test-write-vectors", "read-vector"};
constexpr std::array<std::string_view, 3> kShareKeys{"test", "write", "new-length"};
constexpr std::array<std::string_view, 3> kTestKeys{"offset", "size", "specimen"};
constexpr std::array<std::string_view, 2> kWriteKeys{"offset", "data"};
constexpr std::array<std::string_view, 2> kReadKeys{"offset", "size"};

/// Reads the whole body with `read`, and puts "request" in front of what is wrong.
template <class T, class Read>
Result<T> decodeRequest(ByteView body, codec::CborJoined& joined, Read read)
{
    CborReader reader(body, joined);
    Result<T> out = read(reader);
    if (!out) return below("request", out.error());
    const Result<void> end = readEnd(reader);
    if (!end) return below("request", end.error());
    return out;
}

Result<TestVector> readTest(CborReader& reader)
{
    TestVector out;
    TARN_TRY_VOID(readMap(reader, kTestKeys, [&](std::size_t key) -> Result<void> {
        if (key == 0) {
            TARN_TRY(out.offset, readNumber(reader));
        } else if (key == 1) {
            TARN_TRY(out.size, readNumber(reader));
        } else {
            TARN_TRY(out.specimen, readByteString(reader));
        }
        return ok();
    }));
    return out;
}

Result<WriteVector> readWrite(CborReader& reader)
{
    WriteVector out;
    TARN_TRY_VOID(readMap(reader, kWriteKeys, [&](std::size_t key) -> Result<void> {
        if (key == 0) {
            TARN_TRY(out.offset, readNumber(reader));
        } else {
            TARN_TRY(out.data, readByteString(reader));
        }
        return ok();
    }));
    return out;
}

Result<ReadVector> readRead(CborReader& reader)
{
    ReadVector out;
    TARN_TRY_VOID(readMap(reader, kReadKeys, [&](std::size_t key) -> Result<void> {
        if (key == 0) {
            TARN_TRY(out.offset, readNumber(reader));
        } else {
            TARN_TRY(out.size, readNumber(reader));
        }
        return ok();
    }));
    return out;
}

/// An array whose items `readItem` reads.
template <class T, class ReadItem>
Result<std::vector<T>> readList(CborReader& reader, std::size_t most, ReadItem readItem)
{
    std::vector<T> out;
    TARN_TRY_VOID(readArray(reader, most, [&](std::size_t) -> Result<void> {
        TARN_TRY(T item, readItem(reader));
        out.push_back(item);
        return ok();
    }));
    return out;
}

Result<std::optional<std::uint64_t>> readNewLength(CborReader& reader)
{
    const Result<codec::CborType> type = reader.peek();
    if (type && *type == codec::CborType::Null) {
        const Result<void> null = reader.readNull();
        if (!null) return schemaError(null.error().message());
        return std::optional<std::uint64_t>();
    }
    TARN_TRY(const std::uint64_t length, readNumber(reader));
    return std::optional(length);
}

/// \param writesLeft  counts down over the whole request.
Result<ShareWrite> readShareWrite(CborReader& reader, std::size_t& writesLeft)
{
    ShareWrite out;
    TARN_TRY_VOID(readMap(reader, kShareKeys, [&](std::size_t key) -> Result<void> {
        if (key == 0) {
            TARN_TRY(out.tests, readList<TestVector>(reader, kMaxVectorsPerShare, &readTest));
        } else if (key == 1) {
            TARN_TRY(out.writes, readList<WriteVector>(reader, writesLeft, &readWrite));
            writesLeft -= out.writes.size();
        } else {
            TARN_TRY(out.newLength, readNewLength(reader));
        }
        return ok();
    }));
    return out;
}

Result<std::map<ShareNumber, ShareWrite>> readShareWrites(CborReader& reader)
{
    std::map<ShareNumber, ShareWrite> out;
    std::size_t writesLeft = kMaxWritesPerRequest;
    TARN_TRY_VOID(detail::enterMap(reader));
    while (true) {
        TARN_TRY(const bool more, detail::readMore(reader));
        if (!more) return out;
        if (out.size() == kMaxSharesPerRequest) return detail::tooMany(kMaxSharesPerRequest);
        TARN_TRY(const ShareNumber number, readShareNumber(reader));
        const std::string step = "[" + std::to_string(number.value) + "]";
        if (out.contains(number)) return below(step, schemaError("repeated share"));
        Result<ShareWrite> share = readShareWrite(reader, writesLeft);
        if (!share) return below(step, share.error());
        out.emplace(number, *std::move(share));
    }
}

Result<ReadTestWrite> readReadTestWrite(CborReader& reader)
{
    ReadTestWrite out;
    TARN_TRY_VOID(readMap(reader, kRequestKeys, [&](std::size_t key) -> Result<void> {
        if (key == 0) {
            TARN_TRY(out.shares, readShareWrites(reader));
        } else {
            TARN_TRY(out.reads, readList<ReadVector>(reader, kMaxVectorsPerShare, &readRead));
        }
        return ok();
    }));
    return out;
}

/// All but its specimen.
void writeTestHead(CborWriter& items, const TestVector& test)
{
    items.map(3);
    items.text("offset");
    items.number(test.offset);
    items.text("size");
    items.number(test.size);
    items.text("specimen");
}

/// All but its data.
void writeWriteHead(CborWriter& items, std::uint64_t offset)
{
    items.map(2);
    items.text("offset");
    items.number(offset);
    items.text("data");
}

void writeReads(CborWriter& items, const std::vector<ReadVector>& reads)
{
    items.text("read-vector");
    items.array(reads.size());
    for (const ReadVector& read : reads) {
        items.map(2);
        items.text("offset");
        items.number(read.offset);
        items.text("size");
        items.number(read.size);
    }
}

void writeShare(GatheredWriter& out, const ShareWrite& share)
{
    CborWriter& items = out.items();
    items.map(3);
    items.text("test");
    items.array(share.tests.size());
    for (const TestVector& test : share.tests) {
        writeTestHead(items, test);
        out.bytes(test.specimen);
    }
    items.text("write");
    items.array(share.writes.size());
    for (const WriteVector& write : share.writes) {
        writeWriteHead(items, write.offset);
        out.bytes(write.data);
    }
    items.text("new-length");
    if (share.newLength)
        items.number(*share.newLength);
    else
        items.null();
}

/// The first character of `text`, which is not empty; a byte that begins none becomes "\xNN".
std::string firstCharacter(std::string_view& text)
{
    constexpr std::string_view kHex = "0123456789abcdef";
    for (std::size_t size = 1; size <= std::min<std::size_t>(4, text.size()); ++size) {
        const std::string_view candidate = text.substr(0, size);
        if (!codec::isUtf8(asBytes(candidate))) continue;
        text.remove_prefix(size);
        return std::string(candidate);
    }
    const auto byte = static_cast<unsigned char>(text.front());
    text.remove_prefix(1);
    std::string out = "\\x";
    out += kHex[byte >> 4U];
    out += kHex[byte & 15U];
    return out;
}

std::string printableReason(std::string_view reason)
{
    std::string out;
    while (!reason.empty()) {
        const std::string next = firstCharacter(reason);
        if (out.size() + next.size() > kMaxSentReasonBytes) break;
        out += next;
    }
    return out.empty() ? "no reason given" : out;
}

} // namespace

Bytes encodeAllocateRequest(const AllocateRequest& request)
{
    CborWriter out;
    out.map(2);
    out.text("share-numbers");
    out.set(request.shares.size());
    for (const ShareNumber share : request.shares)
        out.number(share.value);
    out.text("allocated-size");
    out.number(request.allocatedSize);
    return out.take();
}

Result<AllocateRequest> decodeAllocateRequest(ByteView body)
{
    codec::CborJoined joined;
    return decodeRequest<AllocateRequest>(
        body, joined, [](CborReader& reader) -> Result<AllocateRequest> {
            AllocateRequest out;
            TARN_TRY_VOID(readMap(reader, kAllocateKeys, [&](std::size_t key) -> Result<void> {
                if (key == 0) {
                    TARN_TRY(out.shares, readShareSet(reader, kMaxSharesPerRequest));
                } else {
                    TARN_TRY(out.allocatedSize, readNumber(reader));
                }
                return ok();
            }));
            return out;
        });
}

Bytes encodeCorruptRequest(std::string_view reason)
{
    CborWriter out;
    out.map(1);
    out.text("reason");
    out.text(printableReason(reason));
    return out.take();
}

Result<std::string> decodeCorruptRequest(ByteView body)
{
    codec::CborJoined joined;
    return decodeRequest<std::string>(body, joined, [](CborReader& reader) -> Result<std::string> {
        std::string out;
        TARN_TRY_VOID(readMap(reader, kCorruptKeys, [&](std::size_t) -> Result<void> {
            TARN_TRY(const std::string_view reason, readTextString(reader));
            if (reason.empty() || reason.size() > kMaxReasonBytes)
                return schemaError("expected 1 to 32765 bytes, got " +
                                   std::to_string(reason.size()));
            out = std::string(reason);
            return ok();
        }));
        return out;
    });
}

GatheredBody encodeReadTestWriteRequest(const ReadTestWrite& request)
{
    GatheredWriter out;
    CborWriter& items = out.items();
    items.map(2);
    items.text("test-write-vectors");
    items.map(request.shares.size());
    for (const auto& [number, share] : request.shares) {
        items.number(number.value);
        writeShare(out, share);
    }
    writeReads(items, request.reads);
    return std::move(out).finish();
}

StreamedRequest encodeStreamedShare(const storage_api::StreamedShare& request)
{
    StreamedRequest out;
    CborWriter items;
    items.map(2);
    items.text("test-write-vectors");
    items.map(1);
    items.number(request.share.value);
    items.map(3);
    items.text("test");
    items.array(request.tests.size());
    for (const TestVector& test : request.tests) {
        writeTestHead(items, test);
        items.bytes(test.specimen);
    }
    items.text("write");
    items.array(request.spots.size());
    for (const storage_api::WriteSpot& spot : request.spots) {
        writeWriteHead(items, spot.offset);
        items.bytesHead(spot.size);
        out.before.push_back(items.take());
        out.size += out.before.back().size() + spot.size;
    }
    items.text("new-length");
    items.null();
    writeReads(items, request.reads);
    out.after = items.take();
    out.size += out.after.size();
    return out;
}

Result<ReadTestWrite> decodeReadTestWriteRequest(ByteView body, codec::CborJoined& joined)
{
    return decodeRequest<ReadTestWrite>(body, joined, &readReadTestWrite);
}

} // namespace tarn::wire
