// grant: how a node asks a storage server for the credential of the account that has its key. Pure,
// any thread.
//
//   POST /peer/v1/grant      {"key": 32 bytes, "signature": 64 bytes}
//     200                    {"swissnum": text}
//     403                    why, as text
//
// Bodies are CBOR. The signature covers kGrantContext and the exporter value of the TLS connection
// on which the request comes, so it is worth nothing on any other.
#pragma once

#include "core/crypto/ed25519.h"

#include <string_view>

namespace tarn::wire {

inline constexpr std::string_view kGrantPath = "/peer/v1/grant";
inline constexpr std::string_view kGrantContext = "tarn grant request v1\n";
/// Of the exporter; its context is empty.
inline constexpr std::string_view kGrantExporterLabel = "EXPORTER-tarn-grant";
inline constexpr std::size_t kGrantExporterSize = 32;
inline constexpr std::size_t kMaxGrantBytes = 4096; ///< of either body

struct GrantRequest
{
    crypto::Ed25519PublicKey key;
    crypto::Ed25519Signature signature;
};

GrantRequest signGrantRequest(const crypto::Ed25519Key& key, const Secret& exporter);
bool verifyGrantRequest(const GrantRequest& request, const Secret& exporter);

Bytes encodeGrantRequest(const GrantRequest& request);
/// \return InvalidInput.
Result<GrantRequest> decodeGrantRequest(ByteView body);

Bytes encodeGrantAnswer(const Secret& swissnum);
/// \return PeerMisbehaved.
Result<Secret> decodeGrantAnswer(ByteView body);

} // namespace tarn::wire
