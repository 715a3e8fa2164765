// undo_record: the bytes of an undo journal: records, each with its own checksum, up to an end
// record. Pure. Format: storage-server/README.md.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <string>
#include <variant>

namespace tarn::storage {

/// A file had this size; the OldBytes up to the next other record are its.
struct OldFile
{
    std::string place;
    std::uint64_t size = 0;
    friend bool operator==(const OldFile&, const OldFile&) = default;
};
struct OldBytes
{
    std::uint64_t offset = 0;
    Bytes bytes; ///< at most kLongestOldBytes
    friend bool operator==(const OldBytes&, const OldBytes&) = default;
};
/// There was no such file.
struct NoFile
{
    std::string place;
    friend bool operator==(const NoFile&, const NoFile&) = default;
};
/// The file was there; if it is not, it is at `keptAt`.
struct MovedFile
{
    std::string place;
    std::string keptAt;
    friend bool operator==(const MovedFile&, const MovedFile&) = default;
};
/// The journal is whole.
struct EndOfJournal
{
    friend bool operator==(const EndOfJournal&, const EndOfJournal&) = default;
};
using UndoRecord = std::variant<OldFile, OldBytes, NoFile, MovedFile, EndOfJournal>;

inline constexpr std::size_t kLongestOldBytes = 256 * 1024;
inline constexpr std::size_t kRecordHeaderSize = 9;
inline constexpr std::size_t kRecordChecksumSize = 32;

/// \param number  of the record within its journal, from 0.
Bytes encodeUndoRecord(std::uint64_t number, const UndoRecord& record);

/// Header and payload with the checksum that belongs to them.
Bytes sealUndoRecord(std::uint64_t number, ByteView headerAndPayload);

/// How many bytes follow a record's header, checksum included.
/// \return Corrupt: not the header of a record.
Result<std::size_t> undoRecordRest(ByteView header);
/// \param bytes  header and rest of one record.
/// \return Corrupt: checksum, number or contents are wrong.
Result<UndoRecord> decodeUndoRecord(std::uint64_t number, ByteView bytes);

} // namespace tarn::storage
