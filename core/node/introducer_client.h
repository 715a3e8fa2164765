// introducer_client: what servers and clients say to one introducer, over HTTPS pinned to its key.
// Source: core/doc/protocol/introducer.md.
#pragma once

#include "core/base/executor.h"
#include "core/gossip/record_archive.h"
#include "core/net/connection_pool.h"
#include "core/wire/introducer_url.h"

namespace tarn::node {

/// How an introducer does, for status pages.
struct IntroducerStatus
{
    std::string place;                ///< "192.0.2.1:41200"
    std::optional<WallTime> lastGood; ///< when it last did what it was asked
    std::string problem;              ///< of the last attempt, empty after a good one
};

/// Engine thread.
class IntroducerClient
{
public:
    /// \param software  told to the introducer: "tarn-gateway/0.1.0". `pool`, `cpuPool` and `clock`
    ///                  outlive the client.
    IntroducerClient(net::ConnectionPool& pool, WorkPool& cpuPool, Clock& clock,
                     wire::IntroducerUrl url, std::string software);

    const IntroducerStatus& status() const { return m_status; }

    /// \return null: it has that one now, on disk. Else the newer one that it has.
    ///         Unauthorized: this key is not allowed there.  InvalidInput: refused, with its
    ///         reason.  NoSpace: it is full.  Others as the connection.
    asio::awaitable<Result<gossip::RecordPtr>> announce(gossip::RecordPtr record);

    /// What is new since `cursor` (empty: everything); waits for it up to `wait`.
    /// \param id  of this subscriber, at random for as long as it runs; at most 32 characters of
    ///            a URL.
    asio::awaitable<Result<gossip::RecordArchive>> subscribe(std::string cursor, std::string id,
                                                             Duration wait);

private:
    struct Answer
    {
        unsigned status = 0;
        Bytes body;
    };
    asio::awaitable<Result<Answer>> ask(net::RequestHead head, Bytes body);
    void note(const Result<void>& outcome);

    net::ConnectionPool& m_pool;
    WorkPool& m_cpuPool;
    Clock& m_clock;
    wire::IntroducerUrl m_url;
    std::string m_software;
    IntroducerStatus m_status;
};

} // namespace tarn::node
