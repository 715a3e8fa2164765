// static_dialer: dials what was configured and nothing else: each address of a peer once, with a
// deadline, over the route of its network.
#pragma once

#include "core/base/random.h"
#include "core/net/dialer.h"
#include "core/net/name_resolver.h"
#include "core/net/outgoing.h"

#include <memory>

namespace tarn::net {

/// Engine thread. An address that cannot be reached is logged once, and once more when it can.
class StaticDialer final : public Dialer
{
public:
    /// `clock` and `random` outlive the dialer. `random` makes what tells Tor which connections may
    /// share a circuit: those to the same address, until this object goes.
    /// \param resolver  null: names are not looked up.
    StaticDialer(Outgoing outgoing, Clock& clock, Random& random,
                 std::unique_ptr<NameResolver> resolver = nullptr);
    ~StaticDialer() override;

    asio::awaitable<Result<Stream>> dial(std::vector<Location> locations) override;

private:
    struct Core;
    struct Race;
    static asio::awaitable<Result<Stream>> attempt(std::shared_ptr<Core> core, Location location,
                                                   std::size_t choice);
    static asio::awaitable<Result<Stream>> connectNamed(std::shared_ptr<Core> core,
                                                        Location location);
    static asio::awaitable<Result<Stream>> connectAny(std::shared_ptr<Core> core,
                                                      Location location);
    static asio::awaitable<Result<Stream>> inOrder(std::shared_ptr<Core> core,
                                                   std::vector<Location> locations);
    static asio::awaitable<Result<Stream>> race(std::shared_ptr<Core> core,
                                                std::vector<Location> locations);

    std::shared_ptr<Core> m_core; ///< losers of a race may end after the dialer
};

} // namespace tarn::net
