// daemon: the frame of every daemon. The main thread waits for signals; the engine thread runs
// the role; pools do the blocking work.
//
//   SIGTERM, SIGINT   stop(): finish or abort cleanly; after 10 s the process ends anyway
//   SIGHUP            reload()
//   SIGPIPE           ignored
#pragma once

#include "core/base/executor.h"
#include "core/base/log.h"
#include "core/base/random.h"
#include "core/node/outcome.h"
#include "core/node/sd_notify.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tarn::node {

/// What a role is given; outlives it.
struct DaemonContext
{
    asio::any_io_executor engine;
    WorkPool& cpuPool;
    WorkPool& diskPool;
    Clock& clock;
    Random& random;
};

/// All methods run on the engine thread, as does the destructor.
class DaemonRole
{
public:
    virtual ~DaemonRole() = default;
    /// Returns when requests are served. \return for the service manager: "serving on ...".
    /// An error ends the daemon with exitCodeOf(it); each of its problems is a line of the log.
    virtual asio::awaitable<Result<std::string>> start() = 0;
    /// A failure leaves everything as it was and is logged.
    virtual asio::awaitable<Result<void>> reload() = 0;
    /// Closes every listener and connection, so that the engine runs out of work.
    virtual asio::awaitable<void> stop() = 0;
};

struct DaemonOptions
{
    unsigned cpuThreads = 2;
    unsigned diskThreads = 4;
    Duration stopLimit = std::chrono::seconds(10);
};

/// Runs one role until it is told to stop. Call it from main(), once, before other threads exist.
ExitCode
runDaemon(const std::function<Result<std::unique_ptr<DaemonRole>>(DaemonContext&)>& makeRole,
          DaemonOptions options, const ServiceManager& manager);

} // namespace tarn::node
