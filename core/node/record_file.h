// record_file: signed records in one file of the state directory, replaced as a whole. Blocking.
#pragma once

#include "core/gossip/record_archive.h"

#include <string>

namespace tarn::node {

/// A missing file is an empty archive.
/// \return InvalidInput: not an archive.  IoFailure.
Result<gossip::RecordArchive> readRecordsBlocking(const std::string& path);

/// On disk when it returns: the old file or the new one survives a crash. Mode 0600.
Result<void> writeRecordsBlocking(const std::string& path,
                                  const std::vector<gossip::RecordPtr>& records);

} // namespace tarn::node
