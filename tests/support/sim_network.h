// sim_network: a network of named nodes in one thread and virtual time. Dialling makes socket
// pairs; a pump between them adds latency, bandwidth and faults. Same seed, same run.
#pragma once

#include "core/base/clock.h"
#include "core/net/dialer.h"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <string>

namespace tarn::test {

/// How two nodes are connected, in each direction.
struct SimLink
{
    Duration latency{};        ///< one way
    double bytesPerSecond = 0; ///< 0: unlimited
    double refuseChance = 0;   ///< of each dial
    double cutChance = 0;      ///< of each piece (up to 64 KiB) that passes
};

class SimNetwork
{
public:
    using Accept = std::function<void(net::Stream)>;

    /// `clock` outlives the network and its connections.
    SimNetwork(asio::any_io_executor executor, Clock& clock, std::uint64_t seed);
    ~SimNetwork();
    SimNetwork(const SimNetwork&) = delete;
    SimNetwork& operator=(const SimNetwork&) = delete;

    /// Dialling Location{node, port} hands the far end of a new connection to `accept`.
    void listen(const std::string& node, std::uint16_t port, Accept accept);
    void stopListening(const std::string& node, std::uint16_t port);
    /// Dials as `node`. Must not outlive the network. Locations in order, each once.
    std::unique_ptr<net::Dialer> dialerFor(std::string node);

    void setDefaultLink(const SimLink& link);
    void setLink(const std::string& a, const std::string& b, const SimLink& link);

    /// Connections of the node break, new ones are refused, until started again.
    void stopNode(const std::string& node);
    void startNode(const std::string& node);
    /// All connections between the two break now.
    void cut(const std::string& a, const std::string& b);
    /// Nothing passes between the two and nobody is told, until heal(). New dials hang.
    void blackHole(const std::string& a, const std::string& b);
    /// Black hole between this node and everybody else.
    void isolate(const std::string& node);
    void heal();

    std::size_t connections() const;
    std::uint64_t bytesCarried() const;
    unsigned dials() const;

private:
    struct Core;
    class SimDialer;
    std::shared_ptr<Core> m_core;
};

} // namespace tarn::test
