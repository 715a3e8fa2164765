#include "core/crypto/key_proof.h"

#include "core/crypto/digest_context.h"
#include "core/crypto/openssl_handles.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace tarn::crypto {

namespace {

const unsigned char* raw(ByteView bytes)
{
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

constexpr int kLeastRsaBits = 2048;
constexpr int kMostRsaBits = 8192;
/// A larger one would make a verifier work as hard as a signer.
constexpr int kMostExponentBits = 64;

/// DER in front of the point or key, whose length follows from it. Curves are told by name: one
/// that is described by its numbers is not taken.
struct Form
{
    std::string_view front; ///< hexadecimal
    std::size_t size;       ///< of the whole
};
constexpr std::array<Form, 4> kForms{{
    {"302a300506032b6570032100", 44},                               // Ed25519
    {"3059301306072a8648ce3d020106082a8648ce3d03010703420004", 91}, // P-256, uncompressed
    {"3076301006072a8648ce3d020106052b8104002203620004", 120},      // P-384
    {"30819b301006072a8648ce3d020106052b810400230381860004", 158},  // P-521
}};
/// AlgorithmIdentifier of RSA, behind the four bytes with the length of the whole.
constexpr std::string_view kRsa = "300d06092a864886f70d0101010500";
constexpr std::size_t kRsaAt = 4;
constexpr std::size_t kMostRsaBytes = 1062;

bool hasAt(ByteView bytes, std::size_t at, std::string_view hex)
{
    const std::size_t size = hex.size() / 2;
    return bytes.size() >= at + size && toHex(bytes.subspan(at, size)) == hex;
}

/// Null for keys that bring their own.
const char* digestFor(const KeyHandle& key)
{
    return EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519 ? nullptr : "SHA256";
}

bool isUsualRsa(const KeyHandle& key)
{
    const int bits = EVP_PKEY_get_bits(key.get());
    BIGNUM* exponent = nullptr;
    const bool known = EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_RSA_E, &exponent) == 1;
    const bool usual = known && BN_num_bits(exponent) <= kMostExponentBits &&
                       bits >= kLeastRsaBits && bits <= kMostRsaBits;
    BN_free(exponent);
    return usual;
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

/// Null: more bytes, or no key that can be proven.
KeyHandle publicKeyFrom(ByteView spki)
{
    const bool formed = std::any_of(kForms.begin(), kForms.end(), [&](const Form& form) {
        return spki.size() == form.size && hasAt(spki, 0, form.front);
    });
    const bool rsa = !formed && spki.size() <= kMostRsaBytes && hasAt(spki, kRsaAt, kRsa);
    if (!formed && !rsa) return nullptr;
    const unsigned char* at = raw(spki);
    KeyHandle key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
    const bool whole = key && at == raw(spki) + spki.size();
    if (!whole || (rsa && !isUsualRsa(key))) key.reset();
    ERR_clear_error();
    return key;
}

} // namespace

bool isProvableKey(ByteView spki)
{
    return publicKeyFrom(spki) != nullptr;
}

Result<KeyProof> proveKey(ByteView keyPem, ByteView message)
{
    TARN_TRY(const KeyHandle key, privateKeyFromPem(asText(keyPem)));
    const DigestContext context(EVP_MD_CTX_new());
    KeyProof out;
    out.key = spkiOf(key);
    if (!isProvableKey(out.key))
        return Error(ErrorCode::InvalidInput,
                     "expected a key of Ed25519, ECDSA on P-256, P-384 or P-521, or RSA of 2048 to "
                     "8192 bits");
    std::size_t size = 0;
    const bool begun =
        context &&
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
