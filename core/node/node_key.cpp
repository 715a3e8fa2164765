#include "core/node/node_key.h"

#include "core/codec/base32.h"
#include "core/wire/node_id.h"

namespace tarn::node {

namespace {

constexpr std::string_view kKey = "node.key";
constexpr std::string_view kCertificate = "node.crt";
constexpr std::string_view kTls = "tls.pem";
constexpr std::string_view kTubId = "tubid";

std::string privatePath(const StateDir& dir, std::string_view name)
{
    return dir.pathOf("private/" + std::string(name));
}

/// An error about the content of a file, with the file named.
template <class T>
Result<T> ofFile(const StateDir& dir, std::string_view name, Result<T> result)
{
    if (result) return result;
    return std::move(result).error().within(privatePath(dir, name));
}

Result<crypto::TlsIdentity> readTls(const StateDir& dir)
{
    const bool adopted = dir.hasPrivate(kTls);
    TARN_TRY(const Secret first, dir.readPrivateText(adopted ? kTls : kKey));
    std::string pem(asText(first.view()));
    if (!adopted) {
        TARN_TRY(const Secret certificate, dir.readPrivateText(kCertificate));
        pem += "\n";
        pem += asText(certificate.view());
    }
    pem += "\n";
    Result<crypto::TlsIdentity> out =
        ofFile(dir, adopted ? kTls : kCertificate, crypto::readNodePem(pem));
    wipe(std::as_writable_bytes(std::span(pem)));
    return out;
}

Result<TubId> readTubId(const StateDir& dir)
{
    TARN_TRY(const Secret text, dir.readPrivateText(kTubId));
    TARN_TRY(const Bytes bytes, ofFile(dir, kTubId, codec::decodeBase32Lax(asText(text.view()))));
    return ofFile(dir, kTubId, TubId::from(bytes));
}

} // namespace

Result<crypto::Ed25519Key> readNodeKey(const StateDir& dir)
{
    TARN_TRY(const Secret pem, dir.readPrivateText(kKey));
    return ofFile(dir, kKey, crypto::Ed25519Key::fromPem(asText(pem.view())));
}

Result<crypto::Ed25519Key> readOrMakeNodeKey(const StateDir& dir, Random& random)
{
    if (!dir.hasPrivate(kKey)) {
        const Secret pem = crypto::Ed25519Key::generate(random).toPem();
        TARN_TRY_VOID(dir.writePrivateText(kKey, asText(pem.view())));
    }
    return readNodeKey(dir);
}

std::string NodeIdentity::serverId() const
{
    return wire::nodeIdOf(key.publicKey());
}

Result<NodeIdentity> readIdentity(const StateDir& dir)
{
    TARN_TRY(crypto::Ed25519Key key, readNodeKey(dir));
    TARN_TRY(crypto::TlsIdentity tls, readTls(dir));
    TARN_TRY(const TubId tubId, readTubId(dir));
    return NodeIdentity{std::move(key), std::move(tls), tubId};
}

Result<NodeIdentity> readOrMakeIdentity(const StateDir& dir, Random& random)
{
    TARN_TRY(const crypto::Ed25519Key key, readOrMakeNodeKey(dir, random));
    if (!dir.hasPrivate(kTls) && !dir.hasPrivate(kCertificate)) {
        TARN_TRY_VOID(dir.writePrivateText(kCertificate, crypto::selfSignedCertificate(key)));
    }
    TARN_TRY_VOID(dir.readOrMakePrivateBase32(kTubId, TubId::kSize, random));
    return readIdentity(dir);
}

Result<void> adoptIdentity(const StateDir& dir, const AdoptedIdentity& identity)
{
    if (dir.hasPrivate(kKey))
        return Error(ErrorCode::Conflict, privatePath(dir, kKey) + ": there is a key already");
    TARN_TRY(const crypto::TlsIdentity tls, crypto::readNodePem(asText(identity.tlsPem.view())));
    TARN_TRY_VOID(dir.writePrivateText(kTls, asText(identity.tlsPem.view())));
    TARN_TRY_VOID(dir.writePrivateText(kTubId, codec::encodeBase32(tls.tubId.view())));
    const Secret pem = crypto::Ed25519Key::fromSeed(identity.nodeKey).toPem();
    // Last: with it the node has an identity.
    return dir.writePrivateText(kKey, asText(pem.view()));
}

} // namespace tarn::node
