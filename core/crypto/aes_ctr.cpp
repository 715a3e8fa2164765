#include "core/crypto/aes_ctr.h"

#include "core/base/check.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace tarn::crypto {

namespace {

constexpr std::size_t kBlock = AesWide::kBlock;
/// Shorter pieces are done before the wide vectors have started.
constexpr std::size_t kWorthWide = 4096;
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

AesCtr::AesCtr(const FileKey& key, std::uint64_t offset)
    : m_offset(offset / kBlock * kBlock), m_context(EVP_CIPHER_CTX_new()), m_contextAt(0)
{
    if (AesWide::runs()) m_wide.emplace(key);
    const auto* keyBytes = reinterpret_cast<const unsigned char*>(key.view().data());
    TARN_ASSERT(m_context);
    TARN_ASSERT(EVP_EncryptInit_ex2(m_context.get(), fetchedCipher(), keyBytes, nullptr, nullptr) ==
                1);
    moveContext();
    std::array<std::byte, kBlock> skipped{};
    applyNarrow(ByteView(skipped).first(offset % kBlock),
                MutableByteView(skipped).first(offset % kBlock));
    wipe(skipped);
}

/// To m_offset, which is the first byte of a block.
void AesCtr::moveContext()
{
    std::array<std::byte, kBlock> counter{};
    storeBig<std::uint64_t>(counter, kBlock / 2, m_offset / kBlock);
    const auto* counterBytes = reinterpret_cast<const unsigned char*>(counter.data());
    TARN_ASSERT(EVP_EncryptInit_ex2(m_context.get(), nullptr, nullptr, counterBytes, nullptr) == 1);
    m_contextAt = m_offset;
}

void AesCtr::apply(ByteView in, MutableByteView out)
{
    TARN_ASSERT(in.size() == out.size());
    while (!in.empty()) {
        const std::size_t intoBlock = m_offset % kBlock;
        const bool worthWide = m_wide && in.size() >= kWorthWide;
        std::size_t step = in.size();
        if (worthWide && intoBlock == 0) {
            step = AesWide::fitting(m_offset / kBlock, in.size());
            m_wide->apply(m_offset / kBlock, in.first(step), out.first(step));
            m_offset += step;
        } else {
            if (worthWide) step = kBlock - intoBlock;
            applyNarrow(in.first(step), out.first(step));
        }
        in = in.subspan(step);
        out = out.subspan(step);
    }
}

void AesCtr::applyNarrow(ByteView in, MutableByteView out)
{
    if (m_contextAt != m_offset) moveContext();
    for (std::size_t at = 0; at < in.size();) {
        const std::size_t step = std::min(kMaxStep, in.size() - at);
        int written = 0;
        TARN_ASSERT(EVP_EncryptUpdate(m_context.get(),
                                      reinterpret_cast<unsigned char*>(out.data() + at), &written,
                                      reinterpret_cast<const unsigned char*>(in.data() + at),
                                      static_cast<int>(step)) == 1);
        at += step;
    }
    m_offset += in.size();
    m_contextAt = m_offset;
}

} // namespace tarn::crypto
