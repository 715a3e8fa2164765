// uploader: one whole upload, from the source's first byte to the capability.
#pragma once

#include "client-gateway/async/gate.h"
#include "client-gateway/upload/encode_and_push.h"
#include "client-gateway/upload/first_home.h"
#include "client-gateway/upload/placement_policy.h"
#include "client-gateway/upload/receive.h"
#include "client-gateway/upload/upload_turns.h"

#include <boost/asio/awaitable.hpp>

namespace tarn::gateway {

/// What all uploads of a gateway share; must outlive them.
struct UploaderParts
{
    Clock& clock;
    Random& random;
    WorkPool& cpu;
    WorkPool& disk;
    asio::any_io_executor engine;
    SpoolBudget& spool;
    Gate& gate; ///< weighs bytes: who has been received waits here to be encoded and sent
    UploadTurns& turns;
    const PlacementPolicy& policy;
    FirstHome* firstHome; ///< null: servers as `policy` has it
    const crypto::LeaseSecrets& clientLeases;
    ByteView convergence;
    Duration queryDeadline;
    Duration writeDeadline;
};

/// \param known  every server there is.  See Grid::upload().
asio::awaitable<Result<UploadResult>> uploadFile(UploaderParts parts, UploadSource& source,
                                                 EncodingParameters encoding, KeyChoice choice,
                                                 std::vector<ServerPtr> known,
                                                 UploadStatus& status);

} // namespace tarn::gateway
