#include "core/crypto/rsa.h"

#include "core/base/check.h"
#include "core/crypto/digest_context.h"
#include "core/crypto/rsa_generation.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace tarn::crypto {

namespace {

constexpr int kModulusBits = 2048;
constexpr int kSaltBytes = 32;
/// A key of 2048 bits has about 1,220 bytes; more is not even parsed.
constexpr std::size_t kMaxDerBytes = 4096;

struct FreePkcs8
{
    void operator()(PKCS8_PRIV_KEY_INFO* info) const { PKCS8_PRIV_KEY_INFO_free(info); }
};
using Pkcs8Handle = std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreePkcs8>;

const unsigned char* raw(ByteView bytes)
{
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

Error refused(const char* why)
{
    return Error(ErrorCode::InvalidInput, std::string("RSA key: ") + why);
}

Result<void> checkKind(const KeyHandle& key)
{
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return refused("another kind of key");
    if (EVP_PKEY_get_bits(key.get()) != kModulusBits) return refused("not 2048 bits long");
    return ok();
}

/// Makes the digest context sign or verify with the parameters of mutable files.
bool setPss(EVP_PKEY_CTX* context)
{
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, kSaltBytes) == 1;
}

Secret pkcs8Of(const KeyHandle& key)
{
    const Pkcs8Handle info(EVP_PKEY2PKCS8(key.get()));
    TARN_ASSERT(info);
    unsigned char* out = nullptr;
    const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), &out);
    TARN_ASSERT(size > 0);
    Secret der(std::as_bytes(std::span(out, static_cast<std::size_t>(size))));
    OPENSSL_clear_free(out, static_cast<std::size_t>(size));
    return der;
}

Bytes spkiOf(const KeyHandle& key)
{
    unsigned char* out = nullptr;
    const int size = i2d_PUBKEY(key.get(), &out);
    TARN_ASSERT(size > 0);
    Bytes der = toBytes(std::as_bytes(std::span(out, static_cast<std::size_t>(size))));
    OPENSSL_free(out);
    return der;
}

} // namespace

Result<RsaPublicKey> RsaPublicKey::fromDer(ByteView der)
{
    if (der.size() > kMaxDerBytes) return refused("too long");
    const unsigned char* at = raw(der);
    KeyHandle key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
    if (!key) return openSslError(ErrorCode::InvalidInput, "RSA public key");
    if (at != raw(der) + der.size()) return refused("more bytes follow");
    TARN_TRY_VOID(checkKind(key));
    return RsaPublicKey(std::move(key), toBytes(der));
}

bool RsaPublicKey::verify(ByteView message, ByteView signature) const
{
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr;
    const bool good = context && signature.size() == kRsaSignatureSize &&
                      EVP_DigestVerifyInit_ex(context.get(), &parameters, "SHA256", nullptr,
                                              nullptr, m_key.get(), nullptr) == 1 &&
                      setPss(parameters) &&
                      EVP_DigestVerify(context.get(), raw(signature), signature.size(),
                                       raw(message), message.size()) == 1;
    ERR_clear_error();
    return good;
}

Result<RsaKey> RsaKey::make(KeyHandle key, Secret der)
{
    TARN_TRY_VOID(checkKind(key));
    if (der.empty()) der = pkcs8Of(key);
    Bytes publicDer = spkiOf(key);
    return RsaKey(std::move(key), std::move(der), std::move(publicDer));
}

Result<RsaKey> RsaKey::fromDer(ByteView der)
{
    if (der.size() > kMaxDerBytes) return refused("too long");
    const unsigned char* at = raw(der);
    const Pkcs8Handle info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(der.size())));
    if (!info) return openSslError(ErrorCode::InvalidInput, "RSA private key");
    if (at != raw(der) + der.size()) return refused("more bytes follow");
    KeyHandle key(EVP_PKCS82PKEY(info.get()));
    if (!key) return openSslError(ErrorCode::InvalidInput, "RSA private key");
    return make(std::move(key), Secret(der));
}

Result<RsaKey> RsaKey::fromPem(std::string_view pem)
{
    TARN_TRY(KeyHandle key, privateKeyFromPem(pem));
    return make(std::move(key), Secret());
}

Result<RsaKey> RsaKey::generateBlocking()
{
    const std::atomic<bool> never = false;
    return generateRsaKeyBlocking(never);
}

Result<Bytes> RsaKey::sign(ByteView message) const
{
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr;
    Bytes signature(kRsaSignatureSize);
    std::size_t size = signature.size();
    const bool good =
        context &&
        EVP_DigestSignInit_ex(context.get(), &parameters, "SHA256", nullptr, nullptr, m_key.get(),
                              nullptr) == 1 &&
        setPss(parameters) &&
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       raw(message), message.size()) == 1 &&
        size == kRsaSignatureSize;
    if (!good) return openSslError(ErrorCode::Internal, "RSA signature");
    return signature;
}

} // namespace tarn::crypto
