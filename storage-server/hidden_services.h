// hidden_services: the onion service and the I2P destination of a storage server.
//
//   private/onion.key   base32 of the 32 bytes of an Ed25519 key, made at the first start
//   private/i2p.key     destination and keys in I2P's base64, made by the router at the first start
#pragma once

#include "core/net/sam_session.h"
#include "core/node/state_dir.h"
#include "storage-server/service_config.h"

#include <memory>
#include <optional>

namespace tarn::storage {

/// Where the services of this configuration are, as far as their keys exist already.
/// \return InvalidInput: a key that is none. Blocking.
Result<std::vector<wire::Location>> hiddenLocations(const node::StateDir& dir,
                                                    const HiddenConfig& config);

/// Of Tor's control port; empty: it has none. Blocking.
/// \return InvalidInput: the file is not there, not private, or empty.
Result<Secret> readTorPassword(const node::StateDir& dir, const OnionConfig& config);

/// Makes the onion key where it is missing. Blocking.
Result<void> makeOnionKey(const node::StateDir& dir, const HiddenConfig& config, Random& random);

/// What running services need.
struct HiddenParts
{
    asio::any_io_executor executor;
    WorkPool& files;
    Clock& clock;
    Random& random;
};

/// Engine thread; destruction ends the services.
class HiddenServices
{
public:
    /// Makes the I2P destination where it is missing, which takes a router that answers.
    /// \param target  the listener that the services lead to.
    /// \return the router's errors at a first start; later ones are logged and tried again.
    static asio::awaitable<Result<std::unique_ptr<HiddenServices>>>
    start(HiddenParts parts, const node::StateDir& dir, HiddenConfig config, net::Endpoint target);

private:
    HiddenServices() = default;
    Result<void> startOnion(HiddenParts& parts, const node::StateDir& dir,
                            const OnionConfig& config, const net::Endpoint& target);
    asio::awaitable<Result<void>> startI2p(HiddenParts& parts, const node::StateDir& dir,
                                           I2pConfig config, net::Endpoint target);

    std::unique_ptr<net::OnionService> m_onion;
    std::unique_ptr<net::SamSession> m_i2p;
};

} // namespace tarn::storage
