// root_directory: the directory of one's own files. Its capability stays in the state directory,
// where the command line finds it under the name tahoe:. Engine thread.
//
//   private/root_dir.cap    as Tahoe-LAFS's old nodes have it
#pragma once

#include "client-gateway/dirs/directory_service.h"
#include "core/base/executor.h"
#include "core/node/state_dir.h"

#include <functional>

namespace tarn::profiles {

/// Blocking.
bool hasRootDirectory(const node::StateDir& dir);
/// Its capability; empty: there is none yet. Blocking.
Result<Secret> readRootCapBlocking(const node::StateDir& dir);

struct RootDirectoryParts
{
    gateway::DirectoryService& directories;
    const node::StateDir& dir;
    WorkPool& diskPool;
    Clock& clock;
};

/// Makes it where there is none; tries until there are servers enough. All of `parts` outlives it.
asio::awaitable<void> makeRootDirectory(RootDirectoryParts parts, std::function<void()> onMade);

} // namespace tarn::profiles
