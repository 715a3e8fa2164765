#include "core/net/tor_reply.h"

#include <algorithm>
#include <charconv>

namespace tarn::net {

namespace {

constexpr std::size_t kMostBytes = 64 * 1024;
constexpr std::size_t kMostLines = 256;
constexpr std::size_t kNonceBytes = 32;
constexpr std::size_t kServiceIdCharacters = 56;

Error misbehaved(std::string_view what)
{
    return Error(ErrorCode::PeerMisbehaved, "control port: " + std::string(what));
}

std::optional<unsigned> statusOf(std::string_view line)
{
    if (line.size() < 4 ||
        !std::all_of(line.begin(), line.begin() + 3, [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    unsigned status = 0;
    for (const char c : line.substr(0, 3))
        status = status * 10 + static_cast<unsigned>(c - '0');
    if (status < 200 || status > 699) return std::nullopt;
    return status;
}

/// Text in double quotes at the start of `text`; a backslash stands before what means itself.
std::optional<std::string> unquoted(std::string_view text)
{
    std::string out;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') return out;
        if (text[i] == '\\' && ++i == text.size()) return std::nullopt;
        out += text[i];
    }
    return std::nullopt;
}

/// Where the word that starts at `at` ends: quotes hold blanks together.
std::size_t wordEnd(std::string_view line, std::size_t at)
{
    bool quoted = false;
    for (; at < line.size(); ++at) {
        if (quoted && line[at] == '\\')
            ++at;
        else if (line[at] == '"')
            quoted = !quoted;
        else if (line[at] == ' ' && !quoted)
            break;
    }
    return std::min(at, line.size());
}

const std::string* lineOf(const TorReply& reply, std::string_view start)
{
    for (const std::string& line : reply.lines)
        if (line.starts_with(start)) return &line;
    return nullptr;
}

bool lists(std::string_view all, std::string_view word)
{
    while (!all.empty()) {
        const std::size_t comma = std::min(all.find(','), all.size());
        if (all.substr(0, comma) == word) return true;
        all.remove_prefix(std::min(comma + 1, all.size()));
    }
    return false;
}

std::optional<unsigned> hexDigit(char c)
{
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
    return std::nullopt;
}

std::optional<Bytes> fromHex(std::string_view text)
{
    Bytes out;
    if (text.size() % 2 != 0) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const std::optional<unsigned> high = hexDigit(text[i]);
        const std::optional<unsigned> low = hexDigit(text[i + 1]);
        if (!high || !low) return std::nullopt;
        out.push_back(static_cast<std::byte>(*high * 16 + *low));
    }
    return out;
}

Result<Bytes> hexValue(std::string_view line, std::string_view key)
{
    const std::optional<std::string> text = torValue(line, key);
    const std::optional<Bytes> bytes = text ? fromHex(*text) : std::nullopt;
    if (!bytes || bytes->size() != kNonceBytes)
        return misbehaved("expected 32 bytes of hexadecimal in " + std::string(key));
    return *bytes;
}

} // namespace

Result<bool> TorReplyReader::take(std::string_view line)
{
    m_bytes += line.size() + 1;
    if (m_bytes > kMostBytes || m_reply.lines.size() >= kMostLines)
        return misbehaved("an answer without end");
    if (m_inData) {
        m_inData = line != ".";
        return false;
    }
    const std::optional<unsigned> status = statusOf(line);
    if (!status) return misbehaved("not a Tor's answer");
    if (m_reply.status != 0 && m_reply.status != *status) return misbehaved("two answers in one");
    m_reply.status = *status;
    m_reply.lines.emplace_back(line.substr(4));
    switch (line[3]) {
    case ' ':
        return true;
    case '-':
        return false;
    case '+':
        m_inData = true;
        return false;
    default:
        return misbehaved("not a Tor's answer");
    }
}

std::optional<std::string> torValue(std::string_view line, std::string_view key)
{
    std::size_t at = 0;
    while (at < line.size()) {
        const std::size_t end = wordEnd(line, at);
        std::string_view word = line.substr(at, end - at);
        at = end + 1;
        if (!word.starts_with(key) || !word.substr(key.size()).starts_with('=')) continue;
        word.remove_prefix(key.size() + 1);
        if (word.starts_with('"')) return unquoted(word);
        return std::string(word);
    }
    return std::nullopt;
}

std::string torQuoted(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

Result<TorProtocolInfo> parseTorProtocolInfo(const TorReply& reply)
{
    const std::string* line = lineOf(reply, "AUTH ");
    if (line == nullptr) return misbehaved("it does not say how to log in");
    TorProtocolInfo out;
    const std::string methods = torValue(*line, "METHODS").value_or("");
    out.none = lists(methods, "NULL");
    out.safeCookie = lists(methods, "SAFECOOKIE");
    out.password = lists(methods, "HASHEDPASSWORD");
    out.cookieFile = torValue(*line, "COOKIEFILE").value_or("");
    return out;
}

Result<TorChallenge> parseTorChallenge(const TorReply& reply)
{
    const std::string* line = lineOf(reply, "AUTHCHALLENGE ");
    if (line == nullptr) return misbehaved("no challenge");
    TorChallenge out;
    TARN_TRY(out.serverHash, hexValue(*line, "SERVERHASH"));
    TARN_TRY(out.serverNonce, hexValue(*line, "SERVERNONCE"));
    return out;
}

Result<TorBootstrap> parseTorBootstrap(const TorReply& reply)
{
    constexpr unsigned kWhole = 100;
    const std::string* line = lineOf(reply, "status/bootstrap-phase=");
    const std::string text = line != nullptr ? torValue(*line, "PROGRESS").value_or("") : "";
    TorBootstrap out;
    const char* const end = text.data() + text.size();
    const auto [at, failed] = std::from_chars(text.data(), end, out.percent);
    if (failed != std::errc() || at != end || out.percent > kWhole)
        return misbehaved("it does not say how far it is");
    out.summary = torValue(*line, "SUMMARY").value_or("");
    return out;
}

Result<std::string> parseTorServiceId(const TorReply& reply)
{
    const std::string* line = lineOf(reply, "ServiceID=");
    const std::string id = line != nullptr ? torValue(*line, "ServiceID").value_or("") : "";
    const bool base32 = std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
    });
    if (id.size() != kServiceIdCharacters || !base32)
        return misbehaved("no name for the onion service");
    return id;
}

} // namespace tarn::net
