#include "core/net/http_parse.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace tarn::net {

namespace {

constexpr std::uint64_t kMaxLength = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kMaxMethod = 32;

Error invalid(std::string message)
{
    return Error(ErrorCode::InvalidInput, std::move(message));
}

bool isTokenChar(char c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
    return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool isToken(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), isTokenChar);
}

/// Visible characters, space, tab and bytes above 0x7f.
bool isFieldChar(char c)
{
    const auto value = static_cast<unsigned char>(c);
    return value == '\t' || (value >= 0x20 && value != 0x7f);
}

bool isFieldText(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), isFieldChar);
}

bool isTarget(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        const auto value = static_cast<unsigned char>(c);
        return value > 0x20 && value != 0x7f;
    });
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

/// Cuts the next line off `text`. \return InvalidInput: no CRLF, or a CR or LF elsewhere.
Result<std::string_view> takeLine(std::string_view& text)
{
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || end == 0 || text[end - 1] != '\r')
        return invalid("a line must end with CR LF");
    const std::string_view line = text.substr(0, end - 1);
    if (line.find('\r') != std::string_view::npos) return invalid("bare CR in a line");
    text.remove_prefix(end + 1);
    return line;
}

/// "HTTP/1.1" -> 1.
Result<unsigned> parseVersion(std::string_view text)
{
    if (text == "HTTP/1.1") return 1U;
    if (text == "HTTP/1.0") return 0U;
    const bool shaped = text.size() == 8 && text.starts_with("HTTP/") && text[5] >= '0' &&
                        text[5] <= '9' && text[6] == '.' && text[7] >= '0' && text[7] <= '9';
    if (!shaped) return invalid("bad HTTP version");
    return Error(ErrorCode::Unsupported, "only HTTP/1.0 and HTTP/1.1 are spoken here");
}

Result<void> parseField(std::string_view line, HttpHeaders& headers)
{
    if (line.starts_with(' ') || line.starts_with('\t')) return invalid("folded header field");
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return invalid("header field without a colon");
    const std::string_view name = line.substr(0, colon);
    if (!isToken(name)) return invalid("bad header field name");
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!isFieldText(value)) return invalid("control character in a header field");
    headers.add(std::string(name), std::string(value));
    return ok();
}

/// "http://host/path" -> "/path", its authority into Host (RFC 9112 3.2.2).
Result<void> toOriginForm(RequestHead& head)
{
    if (head.target.starts_with('/')) return ok();
    if (head.target == "*" && head.method == "OPTIONS") return ok();
    const std::size_t scheme = head.target.find("://");
    const bool absolute =
        scheme != std::string::npos && (equalIgnoringCase(head.target.substr(0, scheme), "http") ||
                                        equalIgnoringCase(head.target.substr(0, scheme), "https"));
    if (!absolute) return invalid("the request target must begin with a slash");
    const std::size_t begin = scheme + 3;
    const std::size_t end = std::min(head.target.find_first_of("/?", begin), head.target.size());
    std::string authority = head.target.substr(begin, end - begin);
    if (authority.empty()) return invalid("empty authority in the request target");
    std::string path = head.target.substr(end);
    head.target = path.starts_with('/') ? std::move(path) : "/" + path;
    head.headers.set("Host", std::move(authority));
    return ok();
}

Result<void> checkHost(const RequestHead& head)
{
    const std::size_t hosts = head.headers.all("host").size();
    if (hosts > 1) return invalid("more than one Host");
    if (hosts == 0 && head.minorVersion > 0) return invalid("no Host");
    return ok();
}

/// The one Content-Length, if any.
Result<std::optional<std::uint64_t>> contentLengthOf(const HttpHeaders& headers)
{
    const std::vector<std::string_view> values = headers.all("content-length");
    if (values.empty()) return std::optional<std::uint64_t>();
    if (values.size() > 1) return invalid("more than one Content-Length");
    const std::string_view text = values.front();
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (error != std::errc() || end != text.data() + text.size() || length > kMaxLength)
        return invalid("bad Content-Length");
    return std::optional<std::uint64_t>(length);
}

/// True for chunked. \return InvalidInput, Unsupported.
Result<bool> chunkedOf(const HttpHeaders& headers, unsigned minorVersion)
{
    const std::vector<std::string_view> values = headers.all("transfer-encoding");
    if (values.empty()) return false;
    if (minorVersion == 0) return invalid("Transfer-Encoding in HTTP/1.0");
    if (headers.find("content-length")) return invalid("Content-Length beside Transfer-Encoding");
    if (values.size() > 1) return invalid("more than one Transfer-Encoding");
    if (!equalIgnoringCase(values.front(), "chunked"))
        return Error(ErrorCode::Unsupported, "the only transfer coding spoken here is chunked");
    return true;
}

Error misbehaved(const Error& error)
{
    return Error(ErrorCode::PeerMisbehaved, error.message());
}

} // namespace

Result<HttpHeaders> parseFields(std::string_view text, std::size_t maxHeaders)
{
    HttpHeaders headers;
    while (!text.empty()) {
        TARN_TRY(const std::string_view line, takeLine(text));
        if (headers.size() == maxHeaders) return invalid("too many header fields");
        TARN_TRY_VOID(parseField(line, headers));
    }
    return headers;
}

Result<RequestHead> parseRequestHead(std::string_view text, std::size_t maxHeaders)
{
    TARN_TRY(const std::string_view line, takeLine(text));
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return invalid("bad request line");
    RequestHead head;
    head.method = line.substr(0, first);
    head.target = line.substr(first + 1, last - first - 1);
    if (!isToken(head.method) || head.method.size() > kMaxMethod) return invalid("bad method");
    if (!isTarget(head.target)) return invalid("bad request target");
    TARN_TRY(head.minorVersion, parseVersion(line.substr(last + 1)));
    TARN_TRY(head.headers, parseFields(text, maxHeaders));
    TARN_TRY_VOID(checkHost(head));
    TARN_TRY_VOID(toOriginForm(head));
    return head;
}

Result<ResponseHead> parseResponseHead(std::string_view text, std::size_t maxHeaders)
{
    const Result<std::string_view> line = takeLine(text);
    if (!line) return misbehaved(line.error());
    const Result<unsigned> version = parseVersion(line->substr(0, 8));
    if (!version) return misbehaved(version.error());
    ResponseHead head;
    head.minorVersion = *version;
    const std::string_view rest = line->substr(8);
    const bool shaped = rest.size() >= 4 && rest[0] == ' ' &&
                        std::all_of(rest.begin() + 1, rest.begin() + 4,
                                    [](char c) { return c >= '0' && c <= '9'; }) &&
                        (rest.size() == 4 || rest[4] == ' ');
    if (!shaped || rest[1] == '0') return Error(ErrorCode::PeerMisbehaved, "bad status line");
    std::from_chars(rest.data() + 1, rest.data() + 4, head.status);
    head.reason = rest.size() > 5 ? rest.substr(5) : std::string_view();
    if (!isFieldText(head.reason)) return Error(ErrorCode::PeerMisbehaved, "bad reason phrase");
    Result<HttpHeaders> headers = parseFields(text, maxHeaders);
    if (!headers) return misbehaved(headers.error());
    head.headers = *std::move(headers);
    return head;
}

Result<BodyFraming> framingOf(const RequestHead& head)
{
    TARN_TRY(const bool chunked, chunkedOf(head.headers, head.minorVersion));
    if (chunked) return BodyFraming{BodyFraming::Kind::Chunked, 0};
    TARN_TRY(const std::optional<std::uint64_t> length, contentLengthOf(head.headers));
    if (!length || *length == 0) return BodyFraming{};
    return BodyFraming{BodyFraming::Kind::Length, *length};
}

Result<BodyFraming> framingOf(const ResponseHead& head, std::string_view requestMethod)
{
    const Result<bool> chunked = chunkedOf(head.headers, head.minorVersion);
    if (!chunked) return misbehaved(chunked.error());
    const Result<std::optional<std::uint64_t>> length = contentLengthOf(head.headers);
    if (!length) return misbehaved(length.error());
    const bool bodiless =
        requestMethod == "HEAD" || head.status < 200 || head.status == 204 || head.status == 304;
    if (bodiless) return BodyFraming{};
    if (*chunked) return BodyFraming{BodyFraming::Kind::Chunked, 0};
    if (!*length) return BodyFraming{BodyFraming::Kind::UntilClose, 0};
    if (**length == 0) return BodyFraming{};
    return BodyFraming{BodyFraming::Kind::Length, **length};
}

bool keepsAlive(unsigned minorVersion, const HttpHeaders& headers)
{
    return minorVersion > 0 && !listHas(headers, "connection", "close");
}

Result<void> appendField(std::string& to, const HttpHeader& header)
{
    if (!isToken(header.name) || !isFieldText(header.value))
        return invalid("character not allowed in header field " + percentEncode(header.name));
    to += header.name;
    to += ": ";
    to += header.value;
    to += "\r\n";
    return ok();
}

Result<std::string> formatRequestHead(const RequestHead& head)
{
    if (!isToken(head.method)) return invalid("bad method");
    if (!isTarget(head.target)) return invalid("bad request target");
    std::string out;
    out.reserve(head.method.size() + head.target.size() + 512);
    out += head.method;
    out += ' ';
    out += head.target;
    out += " HTTP/1.1\r\n";
    for (const HttpHeader& header : head.headers)
        TARN_TRY_VOID(appendField(out, header));
    return out;
}

Result<std::uint64_t> parseChunkSize(std::string_view line)
{
    const std::size_t semicolon = line.find(';');
    const std::string_view digits = line.substr(0, semicolon);
    const bool hex = !digits.empty() && digits.size() <= 16 &&
                     digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    if (!hex) return invalid("bad chunk size");
    if (semicolon != std::string_view::npos && !isFieldText(line.substr(semicolon)))
        return invalid("bad chunk extension");
    std::uint64_t size = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
    if (size > kMaxLength) return invalid("chunk too large");
    return size;
}

} // namespace tarn::net
