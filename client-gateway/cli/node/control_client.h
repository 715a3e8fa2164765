// control_client: what the command line asks of a running node's control API.
// Source: core/doc/protocol/control.md.
#pragma once

#include "client-gateway/cli/gateway_connections.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace tarn::gateway::cli {

/// Blocking. The node of one state directory; every call reads its token anew.
class ControlClient
{
public:
    ControlClient(std::string stateDirectory, Clock& clock)
        : m_state(std::move(stateDirectory)), m_clock(clock)
    {
    }

    /// \param body  JSON; empty: none.
    /// \return the answer's JSON.  PeerUnreachable: no node runs there; says what to do.  NotFound,
    ///         Conflict, InvalidInput, Unauthorized: the node's words.
    Result<nlohmann::json> ask(std::string_view method, std::string_view path,
                               const std::string& body = {});

    const std::string& stateDirectory() const { return m_state; }

private:
    struct Answer
    {
        unsigned status = 0;
        std::string body;
    };
    Result<Answer> send(std::string_view method, std::string_view path, const std::string& body);
    asio::awaitable<Result<Answer>> exchange(GatewayConnections& node, net::RequestHead head,
                                             std::string_view body);
    Error absent() const;

    std::string m_state;
    Clock& m_clock;
};

} // namespace tarn::gateway::cli
