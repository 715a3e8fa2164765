// record_archive: records as one piece of bytes: the file in which a node keeps them, and what an
// introducer answers to those who subscribe. Pure, any thread.
#pragma once

#include "core/gossip/record.h"

#include <span>
#include <string>
#include <vector>

namespace tarn::gossip {

struct RecordArchive
{
    std::vector<RecordPtr> records;
    std::string cursor;      ///< of a subscription: where the next answer goes on; else empty
    bool more = false;       ///< of a subscription: the next answer is ready now
    std::size_t damaged = 0; ///< read: records left out because openRecord() refused them
};

Bytes encodeArchive(const RecordArchive& archive);
/// Checks every signature: for a pool.
/// \return InvalidInput: not an archive, or a cursor above 64 bytes.
Result<RecordArchive> decodeArchive(ByteView bytes);

} // namespace tarn::gossip
