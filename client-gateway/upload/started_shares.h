// started_shares: every share upload that this gateway has begun on some server and that is not
// complete yet. What is left when it goes is aborted, so that nothing half stays behind.
#pragma once

#include "client-gateway/server_set.h"
#include "client-gateway/transfer_log.h"
#include "core/base/clock.h"

#include <boost/asio/any_io_executor.hpp>

#include <map>
#include <string>

namespace tarn::gateway {

/// Engine thread. The aborting goes on after destruction, on the engine, each request with a
/// deadline.
class StartedShares
{
public:
    /// \param log  of what is aborted; may be null.
    StartedShares(asio::any_io_executor engine, Clock& clock, Duration deadline, StorageIndex index,
                  TransferLogPtr log)
        : m_engine(std::move(engine)), m_clock(clock), m_deadline(deadline), m_index(index),
          m_log(std::move(log))
    {
    }
    ~StartedShares();
    StartedShares(const StartedShares&) = delete;
    StartedShares& operator=(const StartedShares&) = delete;

    /// Before the request is sent: its answer may get lost.
    void started(const ServerPtr& server, ShareNumber share, const Bytes& uploadSecret);
    /// Complete, or known never to have begun: nothing to abort.
    void forget(const ServerPtr& server, ShareNumber share);
    /// Aborts it in the background.
    void abort(const ServerPtr& server, ShareNumber share);

private:
    struct Started
    {
        ServerPtr server;
        ShareNumber share;
        Bytes uploadSecret;
    };
    using Place = std::pair<std::string, ShareNumber>; ///< server id, share

    void spawnAbort(Started one) const;

    asio::any_io_executor m_engine;
    Clock& m_clock;
    Duration m_deadline;
    StorageIndex m_index;
    TransferLogPtr m_log;
    std::map<Place, Started> m_started;
};

} // namespace tarn::gateway
