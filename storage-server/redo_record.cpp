#include "storage-server/redo_record.h"

#include "core/crypto/sha256.h"

#include <algorithm>

namespace tarn::storage {

namespace {

// Head: 8 bytes of kMagic, the id, u64 size of the body. Body: u32 number of files, and of each
// u32 size of its path, path, u64 size afterwards, u32 number of writes, and of each u64 offset,
// u64 zeros, u64 number of bytes, bytes. Then SHA-256 of head and body.
constexpr std::string_view kMagic = "tarnredo";
constexpr std::size_t kHeadSize = 8 + kRedoIdSize + 8;

Error malformed()
{
    return Error(ErrorCode::Corrupt, "this is no whole redo journal");
}

class Reader
{
public:
    explicit Reader(ByteView bytes) : m_rest(bytes) {}
    bool atEnd() const { return m_rest.empty(); }
    template <class UInt>
    Result<UInt> number()
    {
        TARN_TRY(const ByteView bytes, take(sizeof(UInt)));
        return loadBig<UInt>(bytes, 0);
    }
    Result<ByteView> take(std::uint64_t size)
    {
        if (size > m_rest.size()) return malformed();
        const ByteView out = m_rest.first(static_cast<std::size_t>(size));
        m_rest = m_rest.subspan(out.size());
        return out;
    }

private:
    ByteView m_rest;
};

Result<FileWrite> decodeWrite(Reader& reader)
{
    FileWrite write;
    TARN_TRY(write.offset, reader.number<std::uint64_t>());
    TARN_TRY(write.zeros, reader.number<std::uint64_t>());
    TARN_TRY(const std::uint64_t size, reader.number<std::uint64_t>());
    TARN_TRY(write.bytes, reader.take(size));
    return write;
}

Result<FileChange> decodeChange(Reader& reader)
{
    FileChange change;
    TARN_TRY(const std::uint32_t length, reader.number<std::uint32_t>());
    TARN_TRY(const ByteView place, reader.take(length));
    change.place = textOf(place);
    TARN_TRY(change.size, reader.number<std::uint64_t>());
    TARN_TRY(const std::uint32_t writes, reader.number<std::uint32_t>());
    for (std::uint32_t i = 0; i < writes; ++i) {
        TARN_TRY(const FileWrite write, decodeWrite(reader));
        change.writes.push_back(write);
    }
    return change;
}

} // namespace

std::uint64_t lengthOfRedo(const std::vector<FileChange>& changes)
{
    std::uint64_t bytes = kHeadSize + sizeof(std::uint32_t) + Hash256::kSize;
    for (const FileChange& change : changes) {
        bytes += change.place.size() + 16;
        for (const FileWrite& write : change.writes)
            bytes += write.bytes.size() + 24;
    }
    return bytes;
}

Bytes encodeRedo(ByteView id, const std::vector<FileChange>& changes)
{
    Bytes out;
    out.reserve(static_cast<std::size_t>(lengthOfRedo(changes)));
    append(out, asBytes(kMagic));
    append(out, id.first(kRedoIdSize));
    appendBig<std::uint64_t>(out, 0); // set below
    appendBig<std::uint32_t>(out, static_cast<std::uint32_t>(changes.size()));
    for (const FileChange& change : changes) {
        appendBig<std::uint32_t>(out, static_cast<std::uint32_t>(change.place.size()));
        append(out, asBytes(change.place));
        appendBig<std::uint64_t>(out, change.size);
        appendBig<std::uint32_t>(out, static_cast<std::uint32_t>(change.writes.size()));
        for (const FileWrite& write : change.writes) {
            appendBig<std::uint64_t>(out, write.offset);
            appendBig<std::uint64_t>(out, write.zeros);
            appendBig<std::uint64_t>(out, write.bytes.size());
            append(out, write.bytes);
        }
    }
    storeBig<std::uint64_t>(out, kHeadSize - 8, out.size() - kHeadSize);
    return sealRedo(std::move(out));
}

Bytes sealRedo(Bytes headAndBody)
{
    const Hash256 checksum = crypto::sha256(headAndBody);
    append(headAndBody, checksum.view());
    return headAndBody;
}

Result<std::vector<FileChange>> decodeRedo(ByteView journal)
{
    Reader reader(journal);
    TARN_TRY(const ByteView head, reader.take(kHeadSize));
    if (!equal(head.first(kMagic.size()), asBytes(kMagic))) return malformed();
    const auto size = loadBig<std::uint64_t>(head, kHeadSize - 8);
    TARN_TRY(const ByteView body, reader.take(size));
    TARN_TRY(const ByteView checksum, reader.take(Hash256::kSize));
    if (!equal(crypto::sha256(journal.first(kHeadSize + body.size())).view(), checksum))
        return malformed();
    Reader inside(body);
    TARN_TRY(const std::uint32_t files, inside.number<std::uint32_t>());
    std::vector<FileChange> changes;
    for (std::uint32_t i = 0; i < files; ++i) {
        TARN_TRY(FileChange change, decodeChange(inside));
        changes.push_back(std::move(change));
    }
    if (!inside.atEnd()) return malformed();
    return changes;
}

} // namespace tarn::storage
