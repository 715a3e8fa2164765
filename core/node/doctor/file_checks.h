// file_checks: what can be wrong with a daemon's folders and files: owner, mode, keys, room, and a
// disk that does not keep what it was given. Blocking. Nothing stays that was not there.
#pragma once

#include "core/node/doctor/finding.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::node::doctor {

/// "state": it is there, it is this role's, and only its owner can look into it. One that is not
/// there yet is unknown: the first start makes it.
Finding checkStateFolder(const std::string& path, std::string_view role);

/// "keys": private/ and every file in it are their owner's alone, and that owner's whose state
/// directory it is. A problem for each that is not; else one finding.
Findings checkPrivateFiles(const std::string& stateFolder);

/// "identity": key, certificate and tubid can be read and belong together.
Finding checkIdentity(const std::string& stateFolder, std::string_view role);

/// A file with credentials that is not in private/: no others may read it.
/// \param check  the finding's name.
Finding checkHeldFile(const std::string& check, const std::string& path);

struct DiskNeed
{
    std::string folder;          ///< or, where that is not made yet, what it will be in
    std::uint64_t leastFree = 0; ///< bytes
    std::string setting;         ///< "[storage] reserved_space": what asks for them; empty: none
};

/// "disk space" and "disk writes": room, and a file that is written, synced and gone again.
Findings checkDisk(const DiskNeed& need);

/// The start of a listener: the address exists here and may be used. Sends nothing.
/// \param address  numeric.
/// \param setting  the finding's name: "[listen] storage".
Finding checkListenAddress(const std::string& setting, const std::string& host, std::uint16_t port);

} // namespace tarn::node::doctor
