#include "core/crypto/hash_lanes.h"

#include "core/base/check.h"

#include <intel-ipsec-mb.h>

#include <algorithm>
#include <array>
#include <optional>

namespace tarn::crypto {

void HashLanes::Free::operator()(IMB_MGR* manager) const
{
    free_mb_mgr(manager);
}

bool HashLanes::cpuRuns(HashBackend backend)
{
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul");
    switch (backend) {
    case HashBackend::Evp:
    case HashBackend::ShaPairs:
        return false;
    case HashBackend::IpsecMbAvx2:
        return avx2;
    case HashBackend::IpsecMbAvx512:
        return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl");
    }
    return false;
}

HashLanes::HashLanes(HashBackend backend) : m_backend(backend), m_manager(alloc_mb_mgr(0))
{
    TARN_ASSERT(m_manager && cpuRuns(backend));
    if (backend == HashBackend::IpsecMbAvx512) {
        init_mb_mgr_avx512(m_manager.get());
    } else {
        init_mb_mgr_avx2(m_manager.get());
    }
}

HashLanes& HashLanes::ofThread(HashBackend backend)
{
    thread_local std::array<std::optional<HashLanes>, 4> lanes;
    std::optional<HashLanes>& mine = lanes[static_cast<std::size_t>(backend)];
    if (!mine) mine.emplace(backend);
    return *mine;
}

std::size_t HashLanes::width() const
{
    if (m_backend == HashBackend::IpsecMbAvx512) return 16;
    return (m_manager->features & IMB_FEATURE_SHANI) != 0 ? 2 : 8;
}

void HashLanes::hashTwice(std::span<const ByteView> messages, std::span<Hash256> out)
{
    std::array<Hash256, kMaxBatch> once;
    for (std::size_t done = 0; done < messages.size(); done += kMaxBatch) {
        const std::size_t count = std::min(kMaxBatch, messages.size() - done);
        for (std::size_t i = 0; i < count; ++i)
            submit(messages[done + i], once[i]);
        finishAll();
        for (std::size_t i = 0; i < count; ++i)
            submit(once[i], out[done + i]);
        finishAll();
    }
}

/// Takes a message into the next free lane. Both arguments stay where they are until finishAll(),
/// and `out` holds the hash only after it.
void HashLanes::submit(ByteView message, Hash256& out)
{
    IMB_JOB* job = IMB_GET_NEXT_JOB(m_manager.get());
    job->cipher_mode = IMB_CIPHER_NULL;
    job->cipher_direction = IMB_DIR_ENCRYPT;
    job->chain_order = IMB_ORDER_HASH_CIPHER;
    job->hash_alg = IMB_AUTH_SHA_256;
    job->src = reinterpret_cast<const std::uint8_t*>(message.data());
    job->hash_start_src_offset_in_bytes = 0;
    job->msg_len_to_hash_in_bytes = message.size();
    job->auth_tag_output = reinterpret_cast<std::uint8_t*>(out.mutableView().data());
    job->auth_tag_output_len_in_bytes = Hash256::kSize;
    // The checked call refuses more than 65534 bytes, a limit of other algorithms: plain SHA-256
    // counts in 64 bits. available() and the tests hold it to OpenSSL above that length.
    job = IMB_SUBMIT_JOB_NOCHECK(m_manager.get());
    while (job != nullptr)
        job = IMB_GET_COMPLETED_JOB(m_manager.get());
}

void HashLanes::finishAll()
{
    while (IMB_FLUSH_JOB(m_manager.get()) != nullptr) {
    }
}

} // namespace tarn::crypto
