#include "client-gateway/web/multipart.h"

#include "client-gateway/web/arguments.h"

#include <algorithm>

namespace tarn::gateway::web {

namespace {

using Kind = MultipartEvent::Kind;

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kEnd = "\r\n\r\n"; ///< of a part's head

Error bad(std::string_view what)
{
    return Error(ErrorCode::InvalidInput, "multipart body: " + std::string(what));
}

/// Reads one token or quoted string at the front of `text` and removes it.
std::string takeValue(std::string_view& text)
{
    std::string out;
    if (!text.starts_with('"')) {
        const std::size_t end = std::min(text.find(';'), text.size());
        out = trim(text.substr(0, end));
        text.remove_prefix(end);
        return out;
    }
    text.remove_prefix(1);
    while (!text.empty() && text.front() != '"') {
        const bool escaped =
            text.size() > 1 && text.front() == '\\' && (text[1] == '"' || text[1] == '\\');
        if (escaped) text.remove_prefix(1);
        out += text.front();
        text.remove_prefix(1);
    }
    if (!text.empty()) text.remove_prefix(1);
    return out;
}

/// The parameter `wanted` of a header value such as `form-data; name="a"; filename="b"`.
std::optional<std::string> parameter(std::string_view value, std::string_view wanted)
{
    value.remove_prefix(std::min(value.find(';'), value.size()));
    while (!value.empty()) {
        value.remove_prefix(1); // the ';'
        const std::size_t equals = value.find('=');
        const std::size_t semicolon = value.find(';');
        if (equals == std::string_view::npos) return std::nullopt;
        if (semicolon < equals) {
            value.remove_prefix(semicolon);
            continue;
        }
        const std::string_view name = trim(value.substr(0, equals));
        value = value.substr(equals + 1);
        value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
        std::string content = takeValue(value);
        if (equalIgnoringCase(name, wanted)) return content;
        value.remove_prefix(std::min(value.find(';'), value.size()));
    }
    return std::nullopt;
}

Result<PartHead> parseHead(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t end = std::min(text.find("\r\n"), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 2, text.size()));
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) return bad("a header without a colon");
        if (!equalIgnoringCase(trim(line.substr(0, colon)), "Content-Disposition")) continue;
        const std::string_view value = trim(line.substr(colon + 1));
        std::optional<std::string> name = parameter(value, "name");
        if (!name) return bad("a part without a name");
        return PartHead{*std::move(name), parameter(value, "filename")};
    }
    return bad("a part without a Content-Disposition");
}

} // namespace

Result<std::string> multipartBoundary(std::string_view contentType)
{
    const std::string_view type = trim(contentType.substr(0, contentType.find(';')));
    if (!equalIgnoringCase(type, "multipart/form-data"))
        return bad("the Content-Type must be multipart/form-data");
    std::optional<std::string> boundary = parameter(contentType, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > 70)
        return bad("the Content-Type must name a boundary of 1 to 70 characters");
    return *std::move(boundary);
}

MultipartParser::MultipartParser(std::string_view boundary)
    : m_delimiter("\r\n--" + std::string(boundary)), m_buffer(toBytes("\r\n"))
{
    // The first boundary has no line before it: the buffer begins as if it had.
}

void MultipartParser::feed(ByteView bytes)
{
    m_buffer.erase(m_buffer.begin(), m_buffer.begin() + static_cast<std::ptrdiff_t>(m_at));
    m_at = 0;
    append(m_buffer, bytes);
}

Result<MultipartEvent> MultipartParser::next()
{
    switch (m_state) {
    case State::Preamble:
        return skipPreamble();
    case State::AfterBoundary:
        return afterBoundary();
    case State::Head:
        return head();
    case State::Body:
        return body();
    case State::Done:
        break;
    }
    m_at = m_buffer.size();
    MultipartEvent event;
    event.kind = Kind::End;
    return event;
}

std::string_view MultipartParser::pending() const
{
    return asText(m_buffer).substr(m_at);
}

Result<MultipartEvent> MultipartParser::skipPreamble()
{
    const std::size_t found = pending().find(m_delimiter);
    if (found == std::string_view::npos) {
        const std::size_t keep = std::min(pending().size(), m_delimiter.size() - 1);
        m_at = m_buffer.size() - keep;
        return MultipartEvent{};
    }
    m_at += found + m_delimiter.size();
    m_state = State::AfterBoundary;
    return afterBoundary();
}

Result<MultipartEvent> MultipartParser::afterBoundary()
{
    const std::string_view text = pending();
    const std::size_t spaces = std::min(text.find_first_not_of(" \t"), text.size());
    if (spaces > kMaxHeadBytes) return bad("too much space after a boundary");
    if (text.size() < spaces + 2) return MultipartEvent{};
    const std::string_view mark = text.substr(spaces, 2);
    if (mark == "--") {
        m_state = State::Done;
        return next();
    }
    if (mark != "\r\n") return bad("a boundary does not end its line");
    if (++m_parts > kMaxParts) return bad("more than 200 parts");
    m_at += spaces; // the line end stays: it may also end an empty head
    m_state = State::Head;
    return head();
}

Result<MultipartEvent> MultipartParser::head()
{
    const std::string_view text = pending();
    const std::size_t end = text.find(kEnd);
    if (std::min(end, text.size()) > kMaxHeadBytes) return bad("a part's head is too long");
    if (end == std::string_view::npos) return MultipartEvent{};
    MultipartEvent event;
    event.kind = Kind::PartHead;
    const std::size_t begin = std::min(end, kLineEnd.size());
    TARN_TRY(event.head, parseHead(text.substr(begin, end - begin)));
    m_at += end + kEnd.size();
    m_state = State::Body;
    return event;
}

Result<MultipartEvent> MultipartParser::body()
{
    const std::string_view text = pending();
    const std::size_t found = text.find(m_delimiter);
    MultipartEvent event;
    if (found == 0) {
        m_at += m_delimiter.size();
        m_state = State::AfterBoundary;
        event.kind = Kind::PartEnd;
        return event;
    }
    // A boundary may be cut by the end of what has arrived.
    const std::size_t certain = text.size() - std::min(text.size(), m_delimiter.size() - 1);
    const std::size_t length = found == std::string_view::npos ? certain : found;
    if (length == 0) return event;
    event.kind = Kind::Data;
    event.data = asBytes(text.substr(0, length));
    m_at += length;
    return event;
}

} // namespace tarn::gateway::web
