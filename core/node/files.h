// files: small files of a node, written so that a crash leaves the old or the new one, whole.
// For settings, keys and addresses; shares have their own ways (storage-server). Blocking.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret.h"

#include <sys/types.h>

#include <string>

namespace tarn::node {

inline constexpr mode_t kPrivateFile = 0600;
inline constexpr mode_t kPrivateFolder = 0700;

/// \return NotFound: no such file.  InvalidInput: above `limit` bytes, or not a regular file.
Result<Bytes> readFileBlocking(const std::string& path, std::size_t limit);

/// The same for keys and tokens.
/// \return InvalidInput besides: group or others may read or write it; says how to mend that.
Result<Secret> readPrivateFileBlocking(const std::string& path, std::size_t limit);

/// Temporary file beside it, fsync, rename, fsync of the folder.
Result<void> writeFileBlocking(const std::string& path, ByteView content, mode_t mode);

/// Makes the folder and its missing parents; an existing one is left as it is.
Result<void> makeFolderBlocking(const std::string& path, mode_t mode);

bool existsBlocking(const std::string& path);

} // namespace tarn::node
