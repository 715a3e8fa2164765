#include "core/crypto/aes_wide.h"

#include "core/base/check.h"

#include <intel-ipsec-mb.h>

#include <algorithm>
#include <memory>

namespace tarn::crypto {

namespace {

/// libipsec-mb counts in the last 32 bits of the counter block alone.
constexpr std::uint64_t kCounterPeriod = std::uint64_t{1} << 32U;

struct FreeManager
{
    void operator()(IMB_MGR* manager) const { free_mb_mgr(manager); }
};

/// One for each thread that encrypts.
IMB_MGR& managerOfThread()
{
    thread_local const std::unique_ptr<IMB_MGR, FreeManager> manager = [] {
        std::unique_ptr<IMB_MGR, FreeManager> made(alloc_mb_mgr(0));
        TARN_ASSERT(made);
        init_mb_mgr_avx512(made.get());
        return made;
    }();
    return *manager;
}

} // namespace

bool AesWide::runs()
{
    static const bool has =
        __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("vpclmulqdq") &&
        __builtin_cpu_supports("gfni") && (managerOfThread().features & IMB_FEATURE_VAES) != 0;
    return has;
}

AesWide::AesWide(const FileKey& key)
{
    alignas(16) std::array<std::byte, kRoundKeys * kBlock> decryption;
    IMB_AES_KEYEXP_128(&managerOfThread(), key.view().data(), m_encryption.data(),
                       decryption.data());
    wipe(decryption);
}

AesWide::~AesWide()
{
    wipe(m_encryption);
}

std::size_t AesWide::fitting(std::uint64_t first, std::size_t size)
{
    const std::uint64_t untilOverflow = kCounterPeriod - first % kCounterPeriod;
    return static_cast<std::size_t>(std::min<std::uint64_t>(size / kBlock, untilOverflow) * kBlock);
}

void AesWide::apply(std::uint64_t first, ByteView in, MutableByteView out) const
{
    std::array<std::byte, kBlock> counter{};
    storeBig<std::uint64_t>(counter, kBlock / 2, first);
    IMB_MGR& manager = managerOfThread();
    IMB_JOB* job = IMB_GET_NEXT_JOB(&manager);
    job->cipher_mode = IMB_CIPHER_CNTR;
    job->cipher_direction = IMB_DIR_ENCRYPT;
    job->chain_order = IMB_ORDER_CIPHER_HASH;
    job->hash_alg = IMB_AUTH_NULL;
    job->src = reinterpret_cast<const std::uint8_t*>(in.data());
    job->dst = reinterpret_cast<std::uint8_t*>(out.data());
    job->enc_keys = m_encryption.data();
    job->dec_keys = m_encryption.data();
    job->key_len_in_bytes = kBlock;
    job->iv = reinterpret_cast<const std::uint8_t*>(counter.data());
    job->iv_len_in_bytes = kBlock;
    job->cipher_start_src_offset_in_bytes = 0;
    job->msg_len_to_cipher_in_bytes = in.size();
    // The checked call refuses more than 65534 bytes, a limit of other algorithms. The tests hold
    // this one to OpenSSL above that length.
    job = IMB_SUBMIT_JOB_NOCHECK(&manager);
    while (job == nullptr)
        job = IMB_FLUSH_JOB(&manager);
    TARN_ASSERT(job->status == IMB_STATUS_COMPLETED);
}

} // namespace tarn::crypto
