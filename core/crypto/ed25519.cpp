#include "core/crypto/ed25519.h"

#include "core/base/check.h"
#include "core/crypto/digest_context.h"

#include <openssl/err.h>
#include <openssl/evp.h>

namespace tarn::crypto {

namespace {

const unsigned char* raw(ByteView bytes)
{
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* raw(MutableByteView bytes)
{
    return reinterpret_cast<unsigned char*>(bytes.data());
}

} // namespace

Ed25519Key::Ed25519Key(KeyHandle key) : m_key(std::move(key))
{
    std::size_t size = Ed25519PublicKey::kSize;
    TARN_ASSERT(EVP_PKEY_get_raw_public_key(m_key.get(), raw(m_publicKey.mutableView()), &size) ==
                1);
    TARN_ASSERT(size == Ed25519PublicKey::kSize);
}

Ed25519Key Ed25519Key::generate(Random& random)
{
    Ed25519Seed seed;
    random.fill(seed.mutableView());
    return fromSeed(seed);
}

Ed25519Key Ed25519Key::fromSeed(const Ed25519Seed& seed)
{
    KeyHandle key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(seed.view()),
                                               Ed25519Seed::kSize));
    TARN_ASSERT(key);
    return Ed25519Key(std::move(key));
}

Result<Ed25519Key> Ed25519Key::fromPem(std::string_view pem)
{
    TARN_TRY(KeyHandle key, privateKeyFromPem(pem));
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519)
        return Error(ErrorCode::InvalidInput, "private key in PEM: not an Ed25519 key");
    return Ed25519Key(std::move(key));
}

Secret Ed25519Key::toPem() const
{
    return pemOfPrivateKey(m_key);
}

Ed25519Signature Ed25519Key::sign(ByteView message) const
{
    const DigestContext context(EVP_MD_CTX_new());
    Ed25519Signature signature;
    std::size_t size = Ed25519Signature::kSize;
    TARN_ASSERT(context && EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr,
                                                 m_key.get(), nullptr) == 1);
    TARN_ASSERT(EVP_DigestSign(context.get(), raw(signature.mutableView()), &size, raw(message),
                               message.size()) == 1);
    TARN_ASSERT(size == Ed25519Signature::kSize);
    return signature;
}

bool verifyEd25519(const Ed25519PublicKey& key, ByteView message, const Ed25519Signature& signature)
{
    const KeyHandle handle(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(key.view()),
                                                       Ed25519PublicKey::kSize));
    const DigestContext context(EVP_MD_CTX_new());
    const bool good = handle && context &&
                      EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr,
                                              handle.get(), nullptr) == 1 &&
                      EVP_DigestVerify(context.get(), raw(signature.view()),
                                       Ed25519Signature::kSize, raw(message), message.size()) == 1;
    ERR_clear_error();
    return good;
}

} // namespace tarn::crypto
