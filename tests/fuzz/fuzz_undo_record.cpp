#include "storage-server/undo_record.h"

#include <cstdint>
#include <cstdlib>

using namespace tarn;

// The checksum keeps random input out of the payload parser, so each input is also tried with
// its checksum made right.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const Bytes input = toBytes(std::as_bytes(std::span(data, size)));
    static_cast<void>(storage::decodeUndoRecord(0, input));
    if (size < storage::kRecordHeaderSize) return 0;
    const Bytes sealed = storage::sealUndoRecord(0, input);
    const Result<storage::UndoRecord> record = storage::decodeUndoRecord(0, sealed);
    if (record && storage::encodeUndoRecord(0, *record) != sealed) std::abort();
    return 0;
}
