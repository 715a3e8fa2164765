// name_resolver: names to numeric addresses, where an operator has configured name servers.
#pragma once

#include "core/base/result.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <string>
#include <vector>

namespace tarn::net {

namespace asio = boost::asio;

class NameResolver
{
public:
    virtual ~NameResolver() = default;
    /// \return at least one address, IPv4 before IPv6.  NotFound: the name has none.
    ///         Timeout, PeerUnreachable: no name server answers.  InvalidInput: not a name.
    virtual asio::awaitable<Result<std::vector<asio::ip::address>>> resolve(std::string name) = 0;
};

} // namespace tarn::net
