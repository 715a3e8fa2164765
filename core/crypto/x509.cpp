#include "core/crypto/x509.h"

#include "core/base/check.h"
#include "core/crypto/openssl_handles.h"
#include "core/crypto/sha1.h"
#include "core/crypto/sha256.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace tarn::crypto {

namespace {

constexpr long kVersion3 = 2;
const char* const kNotBefore = "20200101000000Z";
/// RFC 5280: a certificate without a well-defined end.
const char* const kNotAfter = "99991231235959Z";
const char* const kName = "tarn";
constexpr std::size_t kSerialBytes = 16;

struct FreeBignum
{
    void operator()(BIGNUM* number) const { BN_free(number); }
};

/// OpenSSL's i2d_ functions as Bytes.
template <class Object>
Bytes derOf(int (*encode)(const Object*, unsigned char**), const Object* object)
{
    unsigned char* out = nullptr;
    const int size = encode(object, &out);
    TARN_ASSERT(size > 0);
    Bytes der = toBytes(std::as_bytes(std::span(out, static_cast<std::size_t>(size))));
    OPENSSL_free(out);
    return der;
}

SpkiHash hashOfSpki(ByteView spki)
{
    return SpkiHash::prefixOf(sha256(spki));
}

/// Positive, and the same for the same key.
void setSerial(X509* certificate, const Ed25519Key& key)
{
    Hash256 hash = sha256(key.publicKey());
    hash.mutableView()[0] &= std::byte{0x7f};
    hash.mutableView()[0] |= std::byte{0x40};
    const auto* bytes = reinterpret_cast<const unsigned char*>(hash.view().data());
    const std::unique_ptr<BIGNUM, FreeBignum> number(BN_bin2bn(bytes, kSerialBytes, nullptr));
    TARN_ASSERT(number);
    TARN_ASSERT(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

void setName(X509* certificate)
{
    X509_NAME* name = X509_get_subject_name(certificate);
    const auto* text = reinterpret_cast<const unsigned char*>(kName);
    TARN_ASSERT(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1);
    TARN_ASSERT(X509_set_issuer_name(certificate, name) == 1);
}

std::string pemOf(const CertificateHandle& certificate)
{
    const BioHandle bio = writingBio();
    TARN_ASSERT(PEM_write_bio_X509(bio.get(), certificate.get()) == 1);
    return textOf(writtenTo(bio));
}

} // namespace

std::string selfSignedCertificate(const Ed25519Key& key)
{
    const CertificateHandle certificate(X509_new());
    TARN_ASSERT(certificate && X509_set_version(certificate.get(), kVersion3) == 1);
    setSerial(certificate.get(), key);
    setName(certificate.get());
    TARN_ASSERT(ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate.get()), kNotBefore) == 1);
    TARN_ASSERT(ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate.get()), kNotAfter) == 1);
    TARN_ASSERT(X509_set_pubkey(certificate.get(), key.handle().get()) == 1);
    TARN_ASSERT(X509_sign(certificate.get(), key.handle().get(), nullptr) > 0);
    return pemOf(certificate);
}

Result<Bytes> certificateDer(std::string_view pem)
{
    TARN_TRY(const CertificateHandle certificate, certificateFromPem(pem));
    return derOf<X509>(i2d_X509, certificate.get());
}

Result<SpkiHash> spkiHashOf(ByteView certificateDer)
{
    const auto* at = reinterpret_cast<const unsigned char*>(certificateDer.data());
    const auto* const end = at + certificateDer.size();
    const CertificateHandle certificate(
        d2i_X509(nullptr, &at, static_cast<long>(certificateDer.size())));
    if (!certificate) return openSslError(ErrorCode::InvalidInput, "certificate");
    if (at != end) return Error(ErrorCode::InvalidInput, "certificate: more bytes follow");
    return hashOfSpki(derOf<X509_PUBKEY>(i2d_X509_PUBKEY, X509_get_X509_PUBKEY(certificate.get())));
}

SpkiHash spkiHashOf(const Ed25519Key& key)
{
    return hashOfSpki(derOf<EVP_PKEY>(i2d_PUBKEY, key.handle().get()));
}

SpkiHash spkiHashOf(const Ed25519PublicKey& key)
{
    // RFC 8410: the same twelve bytes before every key.
    Bytes spki = toBytes(std::string_view("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12));
    append(spki, key.view());
    return hashOfSpki(spki);
}

TubId tubIdOf(ByteView certificateDer)
{
    return TubId::prefixOf(sha1(certificateDer));
}

Result<TlsIdentity> readNodePem(std::string_view pem)
{
    TARN_TRY(const KeyHandle key, privateKeyFromPem(pem));
    TARN_TRY(const CertificateHandle certificate, certificateFromPem(pem));
    if (X509_check_private_key(certificate.get(), key.get()) != 1) {
        ERR_clear_error();
        return Error(ErrorCode::InvalidInput, "the key and the certificate do not belong together");
    }
    const Bytes der = derOf<X509>(i2d_X509, certificate.get());
    TlsIdentity identity;
    identity.keyPem = pemOfPrivateKey(key);
    identity.certificatePem = pemOf(certificate);
    TARN_TRY(identity.spkiHash, spkiHashOf(der));
    identity.tubId = tubIdOf(der);
    return identity;
}

TlsIdentity identityOf(const Ed25519Key& key)
{
    TlsIdentity identity;
    identity.keyPem = key.toPem();
    identity.certificatePem = selfSignedCertificate(key);
    identity.spkiHash = spkiHashOf(key);
    identity.tubId = tubIdOf(certificateDer(identity.certificatePem).value());
    return identity;
}

} // namespace tarn::crypto
