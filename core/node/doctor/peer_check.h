// peer_check: is one configured peer there, with the key that was written down, and what time does
// it have. Engine thread.
#pragma once

#include "core/net/dialer.h"
#include "core/net/http_message.h"
#include "core/net/peer_key.h"
#include "core/node/doctor/finding.h"
#include "core/wire/introducer_url.h"
#include "core/wire/nurl.h"

#include <optional>
#include <string>

namespace tarn::node::doctor {

/// One way to one peer.
struct Peer
{
    std::string check; ///< the finding's name: "introducer 192.0.2.20:41200"
    net::PeerKey key;
    net::Location location;
    net::RequestHead request;
    unsigned expected = 200;  ///< the status of such a peer's answer
    std::string ifRefused;    ///< what to do about a 401 or 403
    std::string ifUnexpected; ///< what to do about another status
};

/// Asked for what an introducer answers with 405: it is there, and nothing is written down.
Peer peerOf(const wire::IntroducerUrl& url);
/// Asked for its version, which takes the credential of the NURL.
/// \param name  what people call it.
Peer peerOf(const wire::Nurl& nurl, const std::string& name);

struct PeerAnswer
{
    unsigned status = 0;
    std::optional<Duration> ahead; ///< of its clock before ours; absent: it told no time
};

/// Dials only `peer.location`, once; TLS pinned to its key.
/// \return as the dialer and the connection; Timeout after `limit`.
asio::awaitable<Result<PeerAnswer>> askPeer(net::Dialer& dialer, Clock& clock, Peer peer,
                                            Duration limit);

Finding judgePeer(const Peer& peer, const Result<PeerAnswer>& answer);

} // namespace tarn::node::doctor
