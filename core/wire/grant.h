// grant: how a node asks a storage server for the credential of the account that has its key. Pure,
// any thread.
//
//   POST /peer/v1/grant, with the proof of core/net/peer_proof.h and no body
//     200                    {"swissnum": text}, CBOR
//     403                    why, as text
#pragma once

#include "core/base/result.h"
#include "core/base/secret.h"

#include <string_view>

namespace tarn::wire {

inline constexpr std::string_view kGrantPath = "/peer/v1/grant";
inline constexpr std::size_t kMaxGrantBytes = 4096; ///< of an answer

Bytes encodeGrantAnswer(const Secret& swissnum);
/// \return PeerMisbehaved.
Result<Secret> decodeGrantAnswer(ByteView body);

} // namespace tarn::wire
