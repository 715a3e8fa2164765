// share_finder: learns which servers hold shares of one file, asking no more of them than needed.
// Source: spec 03 section 5; allmydata.immutable.downloader.finder.
#pragma once

#include "client-gateway/async/signal.h"
#include "client-gateway/async/task_group.h"
#include "client-gateway/server_set.h"
#include "client-gateway/transfer_log.h"
#include "core/base/clock.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tarn::gateway {

struct FinderSettings
{
    std::size_t outstanding = 10;                      ///< queries at once, late ones not counted
    Duration lateAfter = std::chrono::seconds(1);      ///< then one more server is asked instead
    Duration queryDeadline = std::chrono::seconds(10); ///< then the server counts as failed
};

struct FoundShare
{
    ShareNumber share;
    ServerPtr server;
};

/// Engine thread. Asks the servers in the given order; how many at once follows how many shares
/// are wanted. Answers of late servers still count.
class ShareFinder
{
public:
    /// \param ordered  all servers, best first.  \param total  N; higher numbers are ignored.
    /// \param log  may be null.
    ShareFinder(const asio::any_io_executor& engine, Clock& clock, StorageIndex index,
                std::uint32_t total, std::vector<ServerPtr> ordered, FinderSettings settings,
                TransferLogPtr log);
    ~ShareFinder();

    /// All found so far, in the order found; it only grows.
    const std::vector<FoundShare>& found() const;
    /// Waits until `distinct` different share numbers are found and `copies` entries in all, or
    /// all servers have answered or failed.
    asio::awaitable<void> want(std::size_t distinct, std::size_t copies);
    /// Notified whenever a server has answered or failed.
    Signal& changed();
    /// Every server has answered or failed.
    bool exhausted() const;

    std::uint32_t serversAsked() const;
    std::uint32_t serversAnswered() const;
    /// "server v0-abc: refused": one line per server that gave no answer.
    const std::vector<std::string>& problems() const;

private:
    struct State;

    static asio::awaitable<void> query(std::shared_ptr<State> state, ServerPtr server);
    void askMore(std::size_t missing);

    std::shared_ptr<State> m_state;
    TaskGroup m_queries;
};

} // namespace tarn::gateway
