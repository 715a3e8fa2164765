#include "core/crypto/rsa_generation.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

namespace tarn::crypto {

namespace {

constexpr int kModulusBits = 2048;

struct FreeContext
{
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};

/// Called for every candidate. \return 0: stop.
int goOn(EVP_PKEY_CTX* context)
{
    const auto* giveUp = static_cast<const std::atomic<bool>*>(EVP_PKEY_CTX_get_app_data(context));
    return giveUp->load() ? 0 : 1;
}

} // namespace

Result<RsaKey> generateRsaKeyBlocking(const std::atomic<bool>& giveUp)
{
    const std::unique_ptr<EVP_PKEY_CTX, FreeContext> context(
        EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    if (!context || EVP_PKEY_keygen_init(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), kModulusBits) != 1)
        return openSslError(ErrorCode::Internal, "RSA key generation");
    EVP_PKEY_CTX_set_app_data(context.get(), const_cast<std::atomic<bool>*>(&giveUp));
    EVP_PKEY_CTX_set_cb(context.get(), goOn);
    EVP_PKEY* made = nullptr;
    const bool good = EVP_PKEY_generate(context.get(), &made) == 1;
    const KeyHandle key(made);
    if (!good && giveUp.load()) {
        ERR_clear_error();
        return Error(ErrorCode::Cancelled, "RSA key generation was given up");
    }
    if (!good) return openSslError(ErrorCode::Internal, "RSA key generation");
    const Secret pem = pemOfPrivateKey(key);
    const ByteView text = pem.view();
    return RsaKey::fromPem({reinterpret_cast<const char*>(text.data()), text.size()});
}

} // namespace tarn::crypto
