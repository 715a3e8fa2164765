// http_parse: heads of HTTP/1.1 messages, text <-> values, and how their bodies end. Pure.
// Source: RFC 9112, read strictly: whatever two parsers could read differently is refused
// (bare LF, obs-fold, space before a colon, two lengths, a length beside chunked).
#pragma once

#include "core/net/http_message.h"

#include <string_view>

namespace tarn::net {

/// How the body of one message ends.
struct BodyFraming
{
    enum class Kind { None, Length, Chunked, UntilClose } kind = Kind::None;
    std::uint64_t length = 0; ///< with Length
};

/// \param text  the start line and fields, each with its CRLF, without the empty line.
/// \return InvalidInput: malformed, or more than `maxHeaders` (answer 400).
///         Unsupported: not HTTP/1.0 or 1.1 (answer 505).
/// A target in absolute form becomes origin form, its authority the Host.
Result<RequestHead> parseRequestHead(std::string_view text, std::size_t maxHeaders);
/// \return PeerMisbehaved.
Result<ResponseHead> parseResponseHead(std::string_view text, std::size_t maxHeaders);

/// Trailer fields after a chunked body, as the head's fields. \return InvalidInput.
Result<HttpHeaders> parseFields(std::string_view text, std::size_t maxHeaders);

/// \return InvalidInput: contradictory or malformed (400).  Unsupported: a coding that is not
///         chunked (501).
Result<BodyFraming> framingOf(const RequestHead& head);
/// \param requestMethod  answers to HEAD have no body. \return PeerMisbehaved.
Result<BodyFraming> framingOf(const ResponseHead& head, std::string_view requestMethod);

/// True when the connection goes on after this message.
bool keepsAlive(unsigned minorVersion, const HttpHeaders& headers);

/// "GET /x HTTP/1.1\r\n" + fields, no empty line.
/// \return InvalidInput: a line break or control character in any part, a bad name or target.
Result<std::string> formatRequestHead(const RequestHead& head);
Result<void> appendField(std::string& to, const HttpHeader& header);

/// The size at the beginning of a chunk. \param line  without CRLF. \return InvalidInput.
Result<std::uint64_t> parseChunkSize(std::string_view line);

} // namespace tarn::net
