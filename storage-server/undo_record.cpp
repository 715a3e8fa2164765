#include "storage-server/undo_record.h"

#include "core/crypto/sha256.h"

namespace tarn::storage {

namespace {

// Header: u8 type, u64 payload size. Payload by type. Checksum: SHA-256 of u64 number, header and
// payload. Texts and byte strings inside a payload: u32 size, bytes; the last one has no size.
enum class Type : std::uint8_t {
    OldFile = 1,
    OldBytes = 2,
    NoFile = 3,
    MovedFile = 4,
    End = 5,
};

constexpr std::size_t kLongestPayload = kLongestOldBytes + 4096;

Error malformed()
{
    return Error(ErrorCode::Corrupt, "an undo journal record is malformed");
}

Hash256 checksum(std::uint64_t number, ByteView headerAndPayload)
{
    Bytes prefix;
    appendBig<std::uint64_t>(prefix, number);
    crypto::Sha256 hash;
    hash.update(prefix);
    hash.update(headerAndPayload);
    return hash.finish();
}

struct PayloadWriter
{
    Bytes& out;

    Type operator()(const OldFile& record) const
    {
        appendBig<std::uint64_t>(out, record.size);
        append(out, asBytes(record.place));
        return Type::OldFile;
    }
    Type operator()(const OldBytes& record) const
    {
        appendBig<std::uint64_t>(out, record.offset);
        append(out, record.bytes);
        return Type::OldBytes;
    }
    Type operator()(const NoFile& record) const
    {
        append(out, asBytes(record.place));
        return Type::NoFile;
    }
    Type operator()(const MovedFile& record) const
    {
        appendBig<std::uint32_t>(out, static_cast<std::uint32_t>(record.place.size()));
        append(out, asBytes(record.place));
        append(out, asBytes(record.keptAt));
        return Type::MovedFile;
    }
    Type operator()(const EndOfJournal& /*record*/) const { return Type::End; }
};

Result<UndoRecord> decodePayload(Type type, ByteView payload)
{
    switch (type) {
    case Type::OldFile:
        if (payload.size() <= 8) return malformed();
        return UndoRecord(OldFile{textOf(payload.subspan(8)), loadBig<std::uint64_t>(payload, 0)});
    case Type::OldBytes:
        if (payload.size() <= 8) return malformed();
        return UndoRecord(
            OldBytes{loadBig<std::uint64_t>(payload, 0), toBytes(payload.subspan(8))});
    case Type::NoFile:
        if (payload.empty()) return malformed();
        return UndoRecord(NoFile{textOf(payload)});
    case Type::MovedFile: {
        if (payload.size() < 4) return malformed();
        const std::size_t size = loadBig<std::uint32_t>(payload, 0);
        if (size == 0 || payload.size() - 4 <= size) return malformed();
        return UndoRecord(
            MovedFile{textOf(payload.subspan(4, size)), textOf(payload.subspan(4 + size))});
    }
    case Type::End:
        if (!payload.empty()) return malformed();
        return UndoRecord(EndOfJournal{});
    }
    return malformed();
}

} // namespace

Bytes encodeUndoRecord(std::uint64_t number, const UndoRecord& record)
{
    Bytes payload;
    const Type type = std::visit(PayloadWriter{payload}, record);
    Bytes out;
    out.reserve(kRecordHeaderSize + payload.size());
    out.push_back(static_cast<std::byte>(type));
    appendBig<std::uint64_t>(out, payload.size());
    append(out, payload);
    return sealUndoRecord(number, out);
}

Bytes sealUndoRecord(std::uint64_t number, ByteView headerAndPayload)
{
    Bytes out;
    out.reserve(headerAndPayload.size() + kRecordChecksumSize);
    append(out, headerAndPayload);
    append(out, checksum(number, headerAndPayload).view());
    return out;
}

Result<std::size_t> undoRecordRest(ByteView header)
{
    if (header.size() < kRecordHeaderSize) return malformed();
    const auto size = loadBig<std::uint64_t>(header, 1);
    if (size > kLongestPayload) return malformed();
    return static_cast<std::size_t>(size) + kRecordChecksumSize;
}

Result<UndoRecord> decodeUndoRecord(std::uint64_t number, ByteView bytes)
{
    TARN_TRY(const std::size_t rest, undoRecordRest(bytes));
    if (bytes.size() != kRecordHeaderSize + rest) return malformed();
    const ByteView summed = bytes.first(bytes.size() - kRecordChecksumSize);
    if (!equal(checksum(number, summed).view(), bytes.last(kRecordChecksumSize)))
        return malformed();
    return decodePayload(static_cast<Type>(bytes[0]), summed.subspan(kRecordHeaderSize));
}

} // namespace tarn::storage
