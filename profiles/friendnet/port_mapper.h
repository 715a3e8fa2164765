// port_mapper: has the router let members in, for as long as the node runs: asks by each protocol
// that it may speak, sees to it that the door stays open, closes it at the end. Engine thread; who
// asks blocks a thread of its own.
#pragma once

#include "core/base/executor.h"
#include "core/base/signal.h"
#include "core/base/task_group.h"
#include "profiles/friendnet/router_protocol.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tarn::profiles {

class PortMapper
{
public:
    using Protocols = std::vector<std::unique_ptr<RouterProtocol>>;
    struct Parts
    {
        asio::any_io_executor engine;
        Clock& clock;
        /// Made when a router is asked for the first time.
        std::function<std::unique_ptr<WorkPool>()> makePool;
        std::function<Protocols()> makeProtocols;
        /// Another door, or none any more.
        std::function<void(const std::optional<RouterDoor>&)> changed;
    };
    enum class State { Off, Looking, Open, None, Failed };

    /// What `parts` refers to outlives it.
    explicit PortMapper(Parts parts);
    ~PortMapper();

    void start();
    /// \param innerPort  0: no door is wanted; one that is open is closed.
    void want(std::uint16_t innerPort);
    /// Another network, or the owner asks: now.
    void again();
    /// Closes the door.
    asio::awaitable<void> stop();

    State state() const { return m_state; }
    const std::optional<RouterDoor>& door() const { return m_door; }
    const std::string& reason() const { return m_reason; } ///< of None and Failed

private:
    struct Worker;
    struct Asked
    {
        std::optional<RouterDoor> door;
        std::size_t protocol = 0; ///< by which it was opened
        bool found = false;       ///< there is a router that speaks one
        std::string reason;
    };
    asio::awaitable<void> run();
    asio::awaitable<void> askOnce();
    asio::awaitable<void> closeOnce();
    asio::awaitable<Result<void>> ended();
    asio::awaitable<void> pause(Duration time);
    Duration rest() const;
    void settle(Asked asked);

    Parts m_parts;
    std::shared_ptr<Worker> m_worker; ///< jobs that hang may end later
    std::uint16_t m_wanted = 0;
    std::uint16_t m_openFor = 0;
    std::optional<RouterDoor> m_door;
    State m_state = State::Off;
    std::string m_reason;
    unsigned m_failures = 0;
    std::uint64_t m_asks = 0; ///< counts again() and want()
    Signal m_wake;
    bool m_stopping = false;
    TaskGroup m_tasks;
};

/// "off", "looking", "open", "none", "failed".
std::string_view nameOf(PortMapper::State state);

} // namespace tarn::profiles
