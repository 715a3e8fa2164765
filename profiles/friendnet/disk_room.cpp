#include "profiles/friendnet/disk_room.h"

#include "core/base/quantity.h"

#include <filesystem>

namespace tarn::profiles {

std::string roomProblem(const storage::StoreStatus& store, const DiskLimits& limits,
                        std::optional<std::uint64_t> free)
{
    if (store.health.state != storage::StoreState::Healthy) return store.health.reason;
    if (store.availableSpace >= kLeastRoom || store.counting) return {};
    const std::string room = "; room for at least " + humanSize(kLeastRoom) + " is needed: ";
    const std::uint64_t wanted = limits.reserved + kLeastRoom;
    if (free && *free < wanted) {
        return "this node's own disk is full: " + limits.directory + " has " + humanSize(*free) +
               " free, of which [storage] reserved_space keeps " + humanSize(limits.reserved) +
               room + "free " + humanSize(wanted - *free) + " there, or lower reserved_space in " +
               limits.config + " and start the node again";
    }
    if (limits.offered) {
        return "what this node offers is used up: " + humanSize(store.usedSpace.value_or(0)) +
               " of " + humanSize(*limits.offered) + room + "raise [storage] offer in " +
               limits.config + " and start the node again, or limit members";
    }
    return "this node's own disk takes no shares" + room + "see its log";
}

std::optional<std::uint64_t> freeOnDiskBlocking(const std::string& directory)
{
    std::error_code failed;
    const std::filesystem::space_info space = std::filesystem::space(directory, failed);
    if (failed) return std::nullopt;
    return space.available;
}

} // namespace tarn::profiles
