#include "core/net/peer_proof.h"

#include "core/codec/base64.h"
#include "core/crypto/x509.h"
#include "core/wire/node_id.h"

namespace tarn::net {

namespace {

constexpr std::string_view kContext{"tarn peer proof v1\0", 19};
constexpr std::string_view kLabel = "EXPORTER-tarn-peer";
constexpr std::size_t kExporterBytes = 32;

Bytes signedBytes(const Secret& exporter)
{
    Bytes out = toBytes(kContext);
    append(out, exporter.view());
    return out;
}

Error unproven(const char* what)
{
    return Error(ErrorCode::Unauthorized, what);
}

} // namespace

Result<PeerClaim> parsePeerClaim(std::string_view text)
{
    const Error other = unproven("expected \"v0-KEY SIGNATURE\"");
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return other;
    const auto key = wire::parseNodeId(text.substr(0, space));
    const Result<Bytes> signatureBytes = codec::decodeBase64Url(text.substr(space + 1));
    if (!key || !signatureBytes) return other;
    const auto signature = crypto::Ed25519Signature::from(*signatureBytes);
    if (!signature) return other;
    return PeerClaim{*key, *signature};
}

std::string headerText(const PeerClaim& claim)
{
    return wire::nodeIdOf(claim.key) + " " + codec::encodeBase64Url(claim.signature.view());
}

Result<std::string> provePeer(const crypto::Ed25519Key& key, const Channel& channel)
{
    TARN_TRY(const Secret exporter, channel.exporter(kLabel, {}, kExporterBytes));
    return headerText(PeerClaim{key.publicKey(), key.sign(signedBytes(exporter))});
}

Result<crypto::Ed25519PublicKey> provenPeer(const ServerExchange& exchange)
{
    const std::string* text = exchange.head().headers.find(kPeerHeader);
    if (text == nullptr) return unproven("the request does not say who sent it");
    TARN_TRY(const PeerClaim claim, parsePeerClaim(*text));
    TARN_TRY(const Secret exporter, exchange.exporter(kLabel, {}, kExporterBytes));
    if (!crypto::verifyEd25519(claim.key, signedBytes(exporter), claim.signature))
        return unproven("the signature is not for this connection");
    return claim.key;
}

/// RFC 8410: an Ed25519 SubjectPublicKeyInfo is these 12 bytes and the key.
PeerKey peerKeyOf(const crypto::Ed25519PublicKey& key)
{
    return crypto::spkiHashOf(key);
}

} // namespace tarn::net
