#include "core/node/open_dialer.h"

#include "core/net/cares_resolver.h"

namespace tarn::node {

Result<std::unique_ptr<net::StaticDialer>> openDialer(const asio::any_io_executor& engine,
                                                      net::Outgoing outgoing, Clock& clock,
                                                      Random& random)
{
    std::unique_ptr<net::NameResolver> resolver;
    if (!outgoing.nameServers.empty()) {
        TARN_TRY(resolver, net::CaresResolver::open(engine, outgoing.nameServers, clock));
    }
    return std::make_unique<net::StaticDialer>(std::move(outgoing), clock, random,
                                               std::move(resolver));
}

} // namespace tarn::node
