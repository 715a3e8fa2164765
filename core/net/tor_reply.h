// tor_reply: what a Tor says on its control port. Pure, any thread.
// Source: control-spec.txt of the Tor project, sections 2.3, 3.21 and 3.24.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::net {

struct TorReply
{
    unsigned status = 0;            ///< 200 to 699
    std::vector<std::string> lines; ///< without status and mark; data below a "+" is left out

    bool good() const { return status == 250; }
};

/// Takes a reply line by line.
class TorReplyReader
{
public:
    /// \return true: the reply is whole.  PeerMisbehaved: not such a line, another status than
    ///         before, or more than a reply of ours may have.
    Result<bool> take(std::string_view line);
    const TorReply& reply() const { return m_reply; }

private:
    TorReply m_reply;
    std::size_t m_bytes = 0;
    bool m_inData = false;
};

/// What follows the first word in lines like `AUTH METHODS=COOKIE COOKIEFILE="/run/x"`: the value
/// of `key`, unquoted. \return none: no such key, or a quoted text that does not end.
std::optional<std::string> torValue(std::string_view line, std::string_view key);

/// A text in double quotes, as commands take it.
std::string torQuoted(std::string_view text);

struct TorProtocolInfo
{
    bool none = false;       ///< anybody may command it
    bool safeCookie = false; ///< who can read the cookie file may
    bool password = false;
    std::string cookieFile;
};

/// \return PeerMisbehaved: no AUTH line.
Result<TorProtocolInfo> parseTorProtocolInfo(const TorReply& reply);

struct TorChallenge
{
    Bytes serverHash;  ///< 32 bytes
    Bytes serverNonce; ///< 32 bytes
};

/// \return PeerMisbehaved: not the answer to AUTHCHALLENGE.
Result<TorChallenge> parseTorChallenge(const TorReply& reply);

/// How far a Tor has come into its network.
struct TorBootstrap
{
    unsigned percent = 0; ///< 100: it is there
    std::string summary;  ///< Tor's words
};

/// \return PeerMisbehaved: not the answer to GETINFO status/bootstrap-phase.
Result<TorBootstrap> parseTorBootstrap(const TorReply& reply);

/// "abc...xyz" of the answer to ADD_ONION. \return PeerMisbehaved: none such.
Result<std::string> parseTorServiceId(const TorReply& reply);

} // namespace tarn::net
