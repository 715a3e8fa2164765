// receive: the first half of an upload: takes the body in, keeps it, and derives its key.
#pragma once

#include "client-gateway/upload/spool.h"
#include "client-gateway/upload/upload.h"
#include "core/base/executor.h"
#include "core/base/secret.h"

#include <memory>

namespace tarn::gateway {

/// ceil(min(largest, size) / needed) * needed (spec 03 section 1).
std::uint64_t effectiveSegmentSize(const EncodingParameters& encoding, std::uint64_t size);

struct ReceivedBody
{
    std::unique_ptr<Spool> plaintext;
    std::uint64_t segmentSize = 0; ///< effective; 0 for an empty body
    FileKey key;
};

struct ReceiveParts
{
    SpoolBudget& budget;
    WorkPool& cpu;
    WorkPool& disk;
    Random& random;
    Clock& clock;
};

/// Reads the source to its end, hashing and keeping one piece while the next one arrives.
/// \param convergence  of KeyChoice::Convergent; a random key otherwise.
/// \return the error of the source or of the spool.
asio::awaitable<Result<ReceivedBody>> receiveBody(ReceiveParts parts, UploadSource& source,
                                                  EncodingParameters encoding, KeyChoice choice,
                                                  ByteView convergence, UploadStatus& status);

} // namespace tarn::gateway
