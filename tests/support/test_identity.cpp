#include "tests/support/test_identity.h"

#include "tests/support/seeded_random.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace tarn::test {

namespace {

EVP_PKEY* makeKey(KeyKind kind)
{
    switch (kind) {
    case KeyKind::Ed25519:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    case KeyKind::EcdsaP256:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    case KeyKind::Rsa2048:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(2048));
    }
    return nullptr;
}

std::string textOfBio(BIO* bio)
{
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
}

} // namespace

namespace {

/// Takes the key over.
IdentityPem pemOf(EVP_PKEY* key)
{
    TARN_ASSERT(key != nullptr);
    X509* certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    ASN1_TIME_set(X509_getm_notBefore(certificate), 0);
    ASN1_TIME_set(X509_getm_notAfter(certificate), 365L * 24 * 3600);
    X509_NAME* name = X509_get_subject_name(certificate);
    const auto* common = reinterpret_cast<const unsigned char*>("tarn test");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    const EVP_MD* digest = EVP_PKEY_is_a(key, "ED25519") == 1 ? nullptr : EVP_sha256();
    TARN_ASSERT(X509_sign(certificate, key, digest) > 0);
    BIO* keyText = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(keyText, key, nullptr, nullptr, 0, nullptr, nullptr);
    BIO* certificateText = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(certificateText, certificate);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return {textOfBio(keyText), textOfBio(certificateText)};
}

net::TlsServerIdentity identityOf(const IdentityPem& pem)
{
    Result<net::TlsServerIdentity> identity =
        net::TlsServerIdentity::fromPem(Secret(pem.key), pem.certificate);
    TARN_ASSERT(identity.has_value());
    return *std::move(identity);
}

} // namespace

IdentityPem makeIdentityPem(KeyKind kind)
{
    return pemOf(makeKey(kind));
}

net::TlsServerIdentity makeIdentity(KeyKind kind)
{
    return identityOf(makeIdentityPem(kind));
}

net::TlsServerIdentity makeSeededIdentity(std::uint64_t seed)
{
    constexpr std::size_t kRawKey = 32;
    SeededRandom random(seed);
    const Bytes raw = random.bytes(kRawKey);
    EVP_PKEY* key = EVP_PKEY_new_raw_private_key(
        EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(raw.data()), raw.size());
    return identityOf(pemOf(key));
}

const net::TlsServerIdentity& sharedIdentity()
{
    static const net::TlsServerIdentity identity = makeIdentity();
    return identity;
}

} // namespace tarn::test
