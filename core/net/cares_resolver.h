// cares_resolver: asks the configured name servers and nobody else, with c-ares: no resolv.conf, no
// hosts file, no search domains.
#pragma once

#include "core/base/clock.h"
#include "core/net/address.h"
#include "core/net/name_resolver.h"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <vector>

namespace tarn::net {

/// Engine thread. Each server is asked twice, 2 s each, over UDP; over TCP what is long.
class CaresResolver final : public NameResolver
{
public:
    /// \param servers  not empty.  `clock` outlives the resolver.
    /// \return IoFailure: c-ares cannot be set up.
    static Result<std::unique_ptr<CaresResolver>>
    open(asio::any_io_executor executor, const std::vector<Endpoint>& servers, Clock& clock);
    /// Waiting questions end with Cancelled.
    ~CaresResolver() override;

    asio::awaitable<Result<std::vector<asio::ip::address>>> resolve(std::string name) override;

private:
    struct Core;
    explicit CaresResolver(std::shared_ptr<Core> core) : m_core(std::move(core)) {}

    std::shared_ptr<Core> m_core;
};

} // namespace tarn::net
