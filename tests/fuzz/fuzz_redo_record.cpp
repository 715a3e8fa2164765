// fuzz_redo_record: a journal is refused as Corrupt, or read and written again as it was.
#include "core/base/check.h"
#include "storage-server/redo_record.h"

#include <cstdint>

using namespace tarn;

// The checksum keeps random input out of the parser, so each input is also tried with its checksum
// made right.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const Bytes input = toBytes(std::as_bytes(std::span(data, size)));
    for (const Bytes& journal : {input, storage::sealRedo(input)}) {
        const auto changes = storage::decodeRedo(journal);
        if (!changes) {
            TARN_ASSERT(changes.error().code() == ErrorCode::Corrupt);
            continue;
        }
        const ByteView id = ByteView(journal).subspan(8, storage::kRedoIdSize);
        const Bytes again = storage::encodeRedo(id, *changes);
        TARN_ASSERT(again.size() <= journal.size());
        TARN_ASSERT(equal(again, ByteView(journal).first(again.size())));
    }
    return 0;
}
