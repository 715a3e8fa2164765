#include "core/crypto/aes_ctr.h"

#include "core/base/check.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace tarn::crypto {

namespace {

constexpr std::size_t kBlock = 16;
/// EVP counts in int; a multiple of the block size keeps it on its fast path.
constexpr std::size_t kMaxStep = std::size_t{1} << 30U;

const EVP_CIPHER* fetchedCipher()
{
    static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-128-CTR", nullptr);
    TARN_ASSERT(cipher != nullptr);
    return cipher;
}

} // namespace

void AesCtr::Free::operator()(evp_cipher_ctx_st* context) const
{
    EVP_CIPHER_CTX_free(context);
}

AesCtr::AesCtr(const FileKey& key, std::uint64_t offset) : m_context(EVP_CIPHER_CTX_new())
{
    std::array<std::byte, kBlock> counter{};
    storeBig<std::uint64_t>(counter, kBlock / 2, offset / kBlock);
    const auto* keyBytes = reinterpret_cast<const unsigned char*>(key.view().data());
    const auto* counterBytes = reinterpret_cast<const unsigned char*>(counter.data());
    TARN_ASSERT(m_context);
    TARN_ASSERT(EVP_EncryptInit_ex2(m_context.get(), fetchedCipher(), keyBytes, counterBytes,
                                    nullptr) == 1);
    std::array<std::byte, kBlock> skipped{};
    apply(std::span(skipped).first(offset % kBlock));
    wipe(skipped);
}

void AesCtr::apply(ByteView in, MutableByteView out)
{
    TARN_ASSERT(in.size() == out.size());
    for (std::size_t at = 0; at < in.size();) {
        const std::size_t step = std::min(kMaxStep, in.size() - at);
        int written = 0;
        TARN_ASSERT(EVP_EncryptUpdate(m_context.get(),
                                      reinterpret_cast<unsigned char*>(out.data() + at), &written,
                                      reinterpret_cast<const unsigned char*>(in.data() + at),
                                      static_cast<int>(step)) == 1);
        at += step;
    }
}

} // namespace tarn::crypto
