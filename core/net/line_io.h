// line_io: dialogues in lines of text, before something better speaks on the socket.
#pragma once

#include "core/net/socket_io.h"

#include <string>

namespace tarn::net {

/// One line without its end ("\n" or "\r\n"). Nothing behind it is read.
/// \return PeerMisbehaved: longer than `limit` bytes, or with control characters.
///         PeerUnreachable, Timeout, Cancelled as the socket says.
asio::awaitable<Result<std::string>> receiveLine(SocketIo& io, std::size_t limit);

} // namespace tarn::net
