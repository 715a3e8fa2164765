// announcement: what a storage server tells clients about itself. Pure, any thread.
// Source: specs 10 (sections 1, 3, 4) and 10a. Reading and printing YAML is not done here.
#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/grid_manager/certificate.h"
#include "core/wire/nurl.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::wire {

struct Announcement
{
    std::string serverId; ///< "v0-" and 52 base32 characters, or any text of an operator
    std::string nickname;
    std::string furl; ///< anonymous-storage-FURL: "pb://TUBID@hints/swissnum"; never dialled
    std::vector<std::string> nurls;
    std::optional<std::string> permutationSeedBase32;
    std::vector<grid_manager::SignedCertificate> certificates; ///< grid-manager-certificates
};

/// The 20 bytes from which clients derive lease secrets and write enablers.
/// \return InvalidInput: no "pb://", no '@', or not 32 base32 characters between them.
Result<TubId> tubIdOf(std::string_view furl);

/// "pb://TUBID@tcp:host:port,tcp:host:port/swissnum", built from the NURLs of one account.
/// \param nurls  empty: "pb://TUBID@/none".
std::string furlFor(const TubId& tubId, const std::vector<Nurl>& nurls);

/// The bytes that place this server in the permuted order: the announced seed; else the key in a
/// "v0-..." server id; else SHA-256 of the id.
/// \return InvalidInput: the announced seed is not base32.
Result<Bytes> permutationSeedOf(const Announcement& announcement);

/// The servers.yaml text of one server, beginning "storage:".
std::string serversYaml(const Announcement& announcement);
/// The same of several.
std::string serversYaml(const std::vector<Announcement>& announcements);

} // namespace tarn::wire
