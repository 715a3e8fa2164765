// onion_service: keeps an onion service that leads to a listener of ours, made through a Tor's
// control port with a key of ours; made again whenever the Tor comes back.
#pragma once

#include "core/crypto/ed25519.h"
#include "core/net/tor_control.h"
#include "core/wire/location.h"

#include <memory>
#include <string>

namespace tarn::net {

struct OnionSettings
{
    ControlAddress control;
    std::uint16_t port = 0; ///< of the onion address
};

/// Where a service with this key is reached.
wire::Location onionLocation(const crypto::Ed25519Seed& seed, std::uint16_t port);

/// Engine thread.
class OnionService
{
public:
    /// Begins at once. All references outlive the service. \param files  reads Tor's cookie.
    /// \param target  what the service leads to; all addresses stand for loopback.
    OnionService(asio::any_io_executor executor, OnionSettings settings, crypto::Ed25519Seed seed,
                 Secret password, Endpoint target, WorkPool& files, Clock& clock, Random& random);
    /// The service ends, as soon as the engine has seen to it.
    ~OnionService();
    OnionService(const OnionService&) = delete;
    OnionService& operator=(const OnionService&) = delete;

    /// Empty while it is published, else why not.
    const std::string& trouble() const;

private:
    struct Core;
    static asio::awaitable<Result<void>> keep(std::shared_ptr<Core> core);
    static asio::awaitable<Result<void>> serve(std::shared_ptr<Core> core);

    std::shared_ptr<Core> m_core;
};

} // namespace tarn::net
