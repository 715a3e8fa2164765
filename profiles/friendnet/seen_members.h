// seen_members: when each member was seen last, over restarts of this node: shares of a member that
// nobody has seen for long are let go. Engine thread. Source: design.md section 7.
//
//   STATE/seen    a line for each: "v0-... SECONDS" since 1970; written once an hour and at the end
#pragma once

#include "core/base/executor.h"
#include "core/base/task_group.h"
#include "core/crypto/ed25519.h"
#include "core/node/state_dir.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::profiles {

inline constexpr std::string_view kSeenFile = "seen";

using SeenTimes = std::map<crypto::Ed25519PublicKey, std::int64_t>; ///< Unix seconds

std::string seenText(const SeenTimes& times);
/// \return InvalidInput: another text.
Result<SeenTimes> parseSeen(std::string_view text);
/// A missing file: nobody; so is one that cannot be read, which is logged. Blocking.
SeenTimes readSeenBlocking(const node::StateDir& dir);

class SeenMembers
{
public:
    static constexpr std::size_t kMost = 16384; ///< those seen last are kept

    struct Parts
    {
        asio::any_io_executor engine;
        Clock& clock;
        WorkPool& diskPool;
        const node::StateDir& dir;
    };
    /// What `parts` refers to outlives it. \param times  as they are on disk.
    SeenMembers(Parts parts, SeenTimes times);

    void start();
    /// Writes what is not on disk.
    asio::awaitable<void> stop();

    void note(const crypto::Ed25519PublicKey& member);
    std::optional<std::int64_t> lastSeen(const crypto::Ed25519PublicKey& member) const;
    /// Since when a member is waited for: it was seen then, or heard of for the first time.
    std::int64_t waitedForSince(const crypto::Ed25519PublicKey& member);

private:
    asio::awaitable<void> keep();
    asio::awaitable<void> write();
    void forgetOldest();

    Parts m_parts;
    SeenTimes m_times;
    bool m_changed = false;
    TaskGroup m_tasks;
};

} // namespace tarn::profiles
