// dial_back_message: what a member asks who shall try to connect to it, and the signed statement
// that it is answered. Pure, any thread. Source: core/doc/protocol/peers.md.
//
//   request    port (2 bytes)
//   statement  version 1 (1), reached (1), address (16, IPv4 as ::ffff:A.B.C.D), port (2), Unix
//              seconds (8), key of who asked (32), signature (64) over "tarn dial-back v1" 0x00 and
//              all before it
// Numbers are big-endian.
#pragma once

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/crypto/ed25519.h"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <string_view>

namespace tarn::profiles {

namespace asio = boost::asio;
using crypto::Ed25519PublicKey;

inline constexpr std::string_view kDialBackPath = "/peer/v1/dial-back"; ///< POST
inline constexpr std::size_t kDialBackRequestBytes = 2;
inline constexpr std::size_t kDialBackStatementBytes = 124;

struct DialBackStatement
{
    asio::ip::address address; ///< as which who signs sees who asked
    std::uint16_t port = 0;    ///< as it was asked
    bool reached = false;      ///< who asked showed its key there
    std::int64_t at = 0;       ///< Unix seconds
    Ed25519PublicKey asker;
    friend bool operator==(const DialBackStatement&, const DialBackStatement&) = default;
};

Bytes encodeDialBackRequest(std::uint16_t port);
/// \return InvalidInput: another size, or port 0.
Result<std::uint16_t> decodeDialBackRequest(ByteView bytes);

Bytes signStatement(const crypto::Ed25519Key& key, const DialBackStatement& statement);
/// \return PeerMisbehaved: another form.  Unauthorized: not signed by `signer`.
Result<DialBackStatement> readStatement(ByteView bytes, const Ed25519PublicKey& signer);

} // namespace tarn::profiles
