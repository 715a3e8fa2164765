// store_paths: where things lie below the storage directory. Pure.
// Source: Tahoe-LAFS allmydata.storage.server; the "tarn-" names are ours, Tahoe ignores them.
#pragma once

#include "core/base/ids.h"

#include <optional>
#include <string>
#include <string_view>

namespace tarn::storage {

inline constexpr const char* kSharesDirectory = "shares";
inline constexpr const char* kIncomingDirectory = "shares/incoming";
inline constexpr const char* kAdvisoriesDirectory = "corruption-advisories";
inline constexpr const char* kJournalDirectory = "tarn-journal";
inline constexpr const char* kLockFile = "tarn-lock";
inline constexpr const char* kUsageFile = "tarn-usage";

/// 26 characters of lower-case base32.
std::string nameOf(const StorageIndex& index);

/// "shares/PP"
std::string prefixDirectory(const StorageIndex& index);
/// "shares/PP/SSSS": holds the shares of one storage index.
std::string bucketDirectory(const StorageIndex& index);
/// "shares/PP/SSSS/NUM"
std::string sharePath(const StorageIndex& index, ShareNumber share);
/// "shares/incoming/SSSS.NUM"
std::string incomingPath(const StorageIndex& index, ShareNumber share);
/// "shares/incoming/NAME.new": a file that is about to take a name.
std::string stagedPath(std::string_view uniqueName);

/// "directory/name"
std::string below(std::string_view directory, std::string_view name);
/// The path without its last component; "" for a single one.
std::string parentOf(const std::string& path);
/// The path as logs may have it: of a storage index its first five characters,
/// "shares/ab/abcde../3".
std::string shownPath(std::string_view path);
/// A share number as Tahoe writes it: decimal, no leading zero, below 2^32.
std::optional<ShareNumber> parseShareName(std::string_view name);
/// The 1024 prefix directories' names, in order of their 10 bits.
std::string prefixName(unsigned number);
/// Which of the 1024 an index belongs to.
unsigned prefixNumber(const StorageIndex& index);

} // namespace tarn::storage
