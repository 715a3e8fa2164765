// hash_lanes: one libipsec-mb manager, which hashes several messages with SHA-256 side by side.
// For multi_hash.cpp only.
#pragma once

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/crypto/multi_hash.h"

#include <memory>
#include <span>

struct IMB_MGR;

namespace tarn::crypto {

/// Not for two threads at once.
class HashLanes
{
public:
    /// Messages between two flushes: whole sets of any number of lanes.
    static constexpr std::size_t kMaxBatch = 128;

    /// \param backend  one of libipsec-mb's that cpuRuns().
    explicit HashLanes(HashBackend backend);

    /// The lanes that this thread keeps.
    static HashLanes& ofThread(HashBackend backend);
    /// Whether the CPU and the system have what the manager's code needs.
    static bool cpuRuns(HashBackend backend);

    /// How many messages are hashed side by side.
    std::size_t width() const;
    /// out[i] = SHA256(SHA256(messages[i])). \param out  as many as messages.
    void hashTwice(std::span<const ByteView> messages, std::span<Hash256> out);

private:
    void submit(ByteView message, Hash256& out);
    void finishAll();

    struct Free
    {
        void operator()(IMB_MGR* manager) const;
    };
    HashBackend m_backend;
    std::unique_ptr<IMB_MGR, Free> m_manager;
};

} // namespace tarn::crypto
