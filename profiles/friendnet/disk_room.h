// disk_room: whether this node's own disk can take anything more, and what its owner may do where
// it cannot. Pure, but for the look at the disk.
#pragma once

#include "core/base/result.h"
#include "storage-server/disk_store.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tarn::profiles {

/// With less room than that not even a folder is sure to be stored. Bytes.
inline constexpr std::uint64_t kLeastRoom = 1'000'000;

/// What limits the shares on this disk.
struct DiskLimits
{
    std::string directory;                ///< where the shares are
    std::string config;                   ///< path of node.toml
    std::uint64_t reserved = 0;           ///< bytes kept free
    std::optional<std::uint64_t> offered; ///< bytes; absent: as much as the disk has
};

/// \param free  bytes that the disk has; absent: not known.
/// \return for people: what is full, how much is missing, what to do. Empty: there is room, or
///         nobody knows yet.
std::string roomProblem(const storage::StoreStatus& store, const DiskLimits& limits,
                        std::optional<std::uint64_t> free);

/// Bytes that may be written where `directory` is. Absent: the disk does not say. Blocking.
std::optional<std::uint64_t> freeOnDiskBlocking(const std::string& directory);

} // namespace tarn::profiles
