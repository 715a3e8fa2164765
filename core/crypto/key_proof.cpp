#include "core/crypto/key_proof.h"

#include "core/crypto/digest_context.h"
#include "core/crypto/openssl_handles.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace tarn::crypto {

namespace {

const unsigned char* raw(ByteView bytes)
{
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// Null for keys that bring their own.
const char* digestFor(const KeyHandle& key)
{
    const int kind = EVP_PKEY_get_base_id(key.get());
    return kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448 ? nullptr : "SHA256";
}

Bytes spkiOf(const KeyHandle& key)
{
    unsigned char* out = nullptr;
    const int size = i2d_PUBKEY(key.get(), &out);
    if (size <= 0) return {};
    Bytes der = toBytes(std::as_bytes(std::span(out, static_cast<std::size_t>(size))));
    OPENSSL_free(out);
    return der;
}

/// Null: more bytes, or no key.
KeyHandle publicKeyFrom(ByteView spki)
{
    const unsigned char* at = raw(spki);
    KeyHandle key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
    if (key && at != raw(spki) + spki.size()) key.reset();
    return key;
}

} // namespace

Result<KeyProof> proveKey(ByteView keyPem, ByteView message)
{
    TARN_TRY(const KeyHandle key, privateKeyFromPem(asText(keyPem)));
    const DigestContext context(EVP_MD_CTX_new());
    KeyProof out;
    out.key = spkiOf(key);
    std::size_t size = 0;
    const bool begun =
        context && !out.key.empty() &&
        EVP_DigestSignInit_ex(context.get(), nullptr, digestFor(key), nullptr, nullptr, key.get(),
                              nullptr) == 1 &&
        EVP_DigestSign(context.get(), nullptr, &size, raw(message), message.size()) == 1;
    if (!begun) return openSslError(ErrorCode::InvalidInput, "key that signs");
    out.signature.resize(size);
    auto* const into = reinterpret_cast<unsigned char*>(out.signature.data());
    if (EVP_DigestSign(context.get(), into, &size, raw(message), message.size()) != 1)
        return openSslError(ErrorCode::InvalidInput, "key that signs");
    out.signature.resize(size);
    return out;
}

bool provesKey(const KeyProof& proof, ByteView message)
{
    const KeyHandle key = publicKeyFrom(proof.key);
    const DigestContext context(EVP_MD_CTX_new());
    const bool good = key && context &&
                      EVP_DigestVerifyInit_ex(context.get(), nullptr, digestFor(key), nullptr,
                                              nullptr, key.get(), nullptr) == 1 &&
                      EVP_DigestVerify(context.get(), raw(proof.signature), proof.signature.size(),
                                       raw(message), message.size()) == 1;
    ERR_clear_error();
    return good;
}

} // namespace tarn::crypto
