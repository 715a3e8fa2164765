// http_message: heads of HTTP/1.1 requests and answers as values (RFC 9112).
#pragma once

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::net {

struct HttpHeader
{
    std::string name;
    std::string value;
};

/// Order is kept; names compare without case.
class HttpHeaders
{
public:
    HttpHeaders() = default;
    HttpHeaders(std::initializer_list<HttpHeader> headers) : m_headers(headers) {}

    void add(std::string name, std::string value);
    void set(std::string name, std::string value); ///< replaces all of that name
    /// The first of that name, or null.
    const std::string* find(std::string_view name) const;
    std::vector<std::string_view> all(std::string_view name) const;
    auto begin() const { return m_headers.begin(); }
    auto end() const { return m_headers.end(); }
    std::size_t size() const { return m_headers.size(); }

private:
    std::vector<HttpHeader> m_headers;
};

struct RequestHead
{
    std::string method; ///< "GET"
    std::string target; ///< origin form, percent-encoded as sent: "/uri/URI%3ACHK...?t=json"
    HttpHeaders headers;
    unsigned minorVersion = 1; ///< of HTTP/1; set on received heads, sent ones are always 1.1
};

struct ResponseHead
{
    unsigned status = 0;
    std::string reason;
    HttpHeaders headers;
    std::optional<std::uint64_t> contentLength; ///< absent: chunked or until close
    unsigned minorVersion = 1;
};

/// Names compare so. ASCII only.
bool equalIgnoringCase(std::string_view a, std::string_view b);
/// True when a comma-separated list field (Connection, Upgrade) has this member, without case.
bool listHas(const HttpHeaders& headers, std::string_view name, std::string_view member);
/// The target's path, percent-encoded, without the query.
std::string_view pathOf(std::string_view target);
/// The query without "?", empty if none.
std::string_view queryOf(std::string_view target);
/// \param plusIsSpace  true in queries and forms.  \return InvalidInput: bad escape.
Result<std::string> percentDecode(std::string_view text, bool plusIsSpace);
/// Everything but unreserved characters (RFC 3986) becomes %XX.
std::string percentEncode(std::string_view text);
/// "OK" for 200 and so on.
std::string_view reasonPhrase(unsigned status);
/// "Sun, 06 Nov 1994 08:49:37 GMT", as Date and Last-Modified have it.
std::string httpDate(WallTime time);

} // namespace tarn::net
