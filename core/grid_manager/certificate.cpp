#include "core/grid_manager/certificate.h"

#include "core/codec/base32.h"
#include "core/grid_manager/iso_time.h"
#include "core/grid_manager/key_text.h"

#include <nlohmann/json.hpp>

namespace tarn::grid_manager {

namespace {

using nlohmann::ordered_json;

constexpr const char* kCertificate = "certificate";
constexpr const char* kSignature = "signature";
constexpr const char* kExpires = "expires";
constexpr const char* kPublicKey = "public_key";
constexpr const char* kVersion = "version";
constexpr int kIndent = 4;

Error refused(const std::string& what)
{
    return Error(ErrorCode::InvalidInput, "grid manager certificate: " + what);
}

/// \return a discarded value where there is no such object.
ordered_json objectOf(std::string_view json)
{
    const ordered_json none(ordered_json::value_t::discarded);
    if (json.size() > kMaxCertificateBytes) return none;
    ordered_json out = ordered_json::parse(json, nullptr, false);
    return out.is_object() ? out : none;
}

bool hasText(const ordered_json& object, const char* key)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_string();
}

} // namespace

Result<SignedCertificate> parseCertificate(std::string_view json)
{
    const ordered_json object = objectOf(json);
    if (object.is_discarded()) return refused("expected a JSON object");
    if (object.size() != 2 || !hasText(object, kCertificate) || !hasText(object, kSignature))
        return refused("expected exactly the texts 'certificate' and 'signature'");
    return SignedCertificate{object.at(kCertificate).get<std::string>(),
                             object.at(kSignature).get<std::string>()};
}

std::string certificateJson(const SignedCertificate& certificate)
{
    const ordered_json out{{kCertificate, certificate.certificate},
                           {kSignature, certificate.signature}};
    return out.dump(kIndent, ' ', true, ordered_json::error_handler_t::replace);
}

Result<CertificateContent> readContent(std::string_view certificate)
{
    const ordered_json object = objectOf(certificate);
    if (object.is_discarded()) return refused("the signed text is not a JSON object");
    if (!hasText(object, kExpires) || !hasText(object, kPublicKey))
        return refused("the signed text lacks 'expires' or 'public_key'");
    const auto version = object.find(kVersion);
    if (version == object.end() || !version->is_number_integer())
        return refused("the signed text lacks 'version'");
    CertificateContent out;
    out.publicKey = object.at(kPublicKey).get<std::string>();
    out.version = version->get<std::int64_t>();
    const Result<WallTime> expires = parseIsoTime(object.at(kExpires).get<std::string>());
    if (!expires) return refused("expires: " + expires.error().message());
    out.expires = *expires;
    return out;
}

bool isSignedBy(const crypto::Ed25519PublicKey& gridManager, const SignedCertificate& certificate)
{
    const Result<Bytes> bytes = codec::decodeBase32Lax(certificate.signature);
    if (!bytes) return false;
    const Result<crypto::Ed25519Signature> signature = crypto::Ed25519Signature::from(*bytes);
    return signature &&
           crypto::verifyEd25519(gridManager, asBytes(certificate.certificate), *signature);
}

SignedCertificate issueCertificate(const crypto::Ed25519Key& gridManager,
                                   const crypto::Ed25519PublicKey& server, WallTime expires)
{
    SignedCertificate out;
    out.certificate = "{\"expires\":\"" + isoTime(expires) + "\",\"public_key\":\"" +
                      publicKeyText(server) + "\",\"version\":1}";
    out.signature = codec::encodeBase32(gridManager.sign(asBytes(out.certificate)).view());
    return out;
}

} // namespace tarn::grid_manager
