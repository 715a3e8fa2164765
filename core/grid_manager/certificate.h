// certificate: what a grid manager signs about a storage server: that clients may upload to it
// until some day. Pure, any thread. Source: spec 10 section 6; allmydata.grid_manager.
//
//   {"certificate": "<JSON text>", "signature": "<base32 of 64 bytes>"}
//   {"expires":"2026-12-01T18:31:16.592042+00:00","public_key":"pub-v0-...","version":1}
#pragma once

#include "core/base/clock.h"
#include "core/crypto/ed25519.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::grid_manager {

/// As it is carried in files and announcements; nothing is checked by having one.
struct SignedCertificate
{
    std::string certificate; ///< JSON text, the bytes that are signed
    std::string signature;   ///< base32
    friend bool operator==(const SignedCertificate&, const SignedCertificate&) = default;
};

inline constexpr std::size_t kMaxCertificateBytes = 64 * 1024;

/// \return InvalidInput: longer than kMaxCertificateBytes, or not a JSON object of exactly the two
///         texts.
Result<SignedCertificate> parseCertificate(std::string_view json);
/// As `grid-manager sign` prints it, without the end of the line.
std::string certificateJson(const SignedCertificate& certificate);

/// What the signed text says.
struct CertificateContent
{
    std::string publicKey; ///< "pub-v0-..." of the server, as it stands there
    WallTime expires;
    std::int64_t version = 1;
};

/// \return InvalidInput: not such an object, or a time without an offset.
Result<CertificateContent> readContent(std::string_view certificate);

bool isSignedBy(const crypto::Ed25519PublicKey& gridManager, const SignedCertificate& certificate);

/// \param expires  whole microseconds count.
SignedCertificate issueCertificate(const crypto::Ed25519Key& gridManager,
                                   const crypto::Ed25519PublicKey& server, WallTime expires);

} // namespace tarn::grid_manager
