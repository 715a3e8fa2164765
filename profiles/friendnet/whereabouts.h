// whereabouts: what this node knows of where it is: looks at its interfaces now and then, takes
// what its router and other members say, and tells when the addresses to announce are others.
// Engine thread.
#pragma once

#include "core/base/executor.h"
#include "core/base/task_group.h"
#include "profiles/friendnet/own_addresses.h"

#include <functional>

namespace tarn::profiles {

class Whereabouts
{
public:
    struct Parts
    {
        asio::any_io_executor engine;
        Clock& clock;
        WorkPool& diskPool;
        /// localAddressesBlocking(), but in tests.
        std::function<std::vector<LocalAddress>()> readLocal;
        std::function<void()> changed; ///< what told() returns is another
        std::function<void()> moved;   ///< the interfaces' addresses are others, or the router's
    };
    struct Settings
    {
        ReachConfig reach;
        std::optional<std::vector<wire::Location>> entered;
        HostPort listen;         ///< with its real port
        bool ipv6 = false;       ///< see AddressFacts
        bool looksAround = true; ///< false: nothing but `entered` and `listen` counts
    };
    /// What `parts` refers to outlives it.
    Whereabouts(Parts parts, Settings settings);

    /// Looks once. \return when that is done.
    asio::awaitable<void> start();
    asio::awaitable<void> stop();
    void configure(Settings settings);
    /// Looks at the interfaces soon.
    void look();

    void noteDoor(std::optional<RouterDoor> door);
    /// What a member has signed; in place of what was said of that address and port before.
    void noteProof(AddressProof proof);

    const Settings& settings() const { return m_settings; }
    const std::vector<LocalAddress>& local() const { return m_local; }
    const std::optional<RouterDoor>& door() const { return m_door; }
    /// Addresses as which members see this node, the latest first.
    std::vector<asio::ip::address> seenAs() const;
    /// Of this machine, without those that its owner excluded.
    std::vector<asio::ip::address> usable() const;
    std::vector<OwnAddress> addresses() const;
    std::vector<wire::Location> told() const { return toldOf(addresses()); }

private:
    bool looks() const { return m_settings.looksAround && m_settings.reach.interfaces; }
    asio::awaitable<void> watch();
    asio::awaitable<void> readOnce();
    void settle();

    Parts m_parts;
    Settings m_settings;
    std::vector<LocalAddress> m_local;
    std::optional<RouterDoor> m_door;
    std::vector<AddressProof> m_proofs;
    std::vector<wire::Location> m_last;
    bool m_reading = false;
    bool m_stopping = false;
    TaskGroup m_tasks;
};

} // namespace tarn::profiles
