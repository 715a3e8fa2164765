// encode_and_push: the second half of an upload and of a repair: segments in, shares out, the next
// run of segments being encoded while the last one travels.
#pragma once

#include "client-gateway/upload/share_pusher.h"
#include "core/base/executor.h"
#include "core/pipeline/write/immutable_encoder.h"

#include <boost/asio/awaitable.hpp>

namespace tarn::gateway {

/// Where the encoder's input comes from: plaintext from the spool, ciphertext from other shares.
class SegmentSource
{
public:
    virtual ~SegmentSource() = default;
    /// Fills `into` with the file's bytes from `offset` on; ranges come in ascending order.
    virtual asio::awaitable<Result<void>> read(std::uint64_t offset, MutableByteView into) = 0;
};

struct EncodeParts
{
    WorkPool& cpu;
    Clock& clock;
    ServerSelector& selector;
    UploadStatus& status;
    Duration writeDeadline;
};

/// Finds servers for the shares (while the first run is encoded), encodes and sends everything.
/// \param known  every server there is.
/// \return the hash of the extension block.  Unhappy: see the selector's report.  An error of the
///         source.
asio::awaitable<Result<Hash256>> encodeAndPush(EncodeParts parts, StorageIndex index,
                                               pipeline::ImmutableEncoder encoder,
                                               SegmentSource& source, std::vector<ServerPtr> known,
                                               UploadTimings& timings);

} // namespace tarn::gateway
