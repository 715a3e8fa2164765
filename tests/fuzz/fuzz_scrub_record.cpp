// fuzz_scrub_record: any file is refused as Corrupt, or the same when written and read again.
#include "core/base/check.h"
#include "storage-server/scrub_record.h"

#include <cstdint>

using namespace tarn;
using storage::ScrubRecord;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    Result<ScrubRecord> record = ScrubRecord::parse(text);
    if (!record) {
        TARN_ASSERT(record.error().code() == ErrorCode::Corrupt);
        return 0;
    }
    TARN_ASSERT(record->findings.size() <= ScrubRecord::kMostFindings);
    const std::string written = record->text();
    const Result<ScrubRecord> again = ScrubRecord::parse(written);
    TARN_ASSERT(again && again->text() == written);
    TARN_ASSERT(again->findings.size() == record->findings.size());
    // What the server does with it next.
    const std::size_t before = record->findings.size();
    record->end(1);
    TARN_ASSERT(record->findings.size() <= before && !record->underWay && !record->after);
    return 0;
}
