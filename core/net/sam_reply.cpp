#include "core/net/sam_reply.h"

#include "core/base/secret.h"
#include "core/codec/base32.h"
#include "core/codec/base64.h"
#include "core/crypto/sha256.h"

#include <algorithm>

namespace tarn::net {

namespace {

/// Two public keys of fixed size, then a certificate: its type and its length.
constexpr std::size_t kKeysBytes = 384;
constexpr std::size_t kDestinationBytes = kKeysBytes + 3;
constexpr std::size_t kMostCharacters = 16 * 1024;

Error misbehaved()
{
    return Error(ErrorCode::PeerMisbehaved, "SAM: not a router's answer");
}

/// Takes one word; blanks in double quotes belong to it, a backslash in them stands before what
/// means itself. \return false: quotes that do not end.
bool takeWord(std::string_view& text, std::string& word)
{
    bool quoted = false;
    std::size_t at = 0;
    for (; at < text.size() && (quoted || text[at] != ' '); ++at) {
        if (text[at] == '"') {
            quoted = !quoted;
        } else {
            if (quoted && text[at] == '\\' && at + 1 < text.size()) ++at;
            word += text[at];
        }
    }
    text.remove_prefix(std::min(at + 1, text.size()));
    return !quoted;
}

} // namespace

std::string_view SamReply::value(std::string_view key) const
{
    for (const auto& [name, text] : values)
        if (name == key) return text;
    return {};
}

Result<SamReply> parseSamReply(std::string_view line)
{
    SamReply out;
    for (std::size_t count = 0; !line.empty(); ++count) {
        std::string word;
        if (!takeWord(line, word)) return misbehaved();
        if (count < 2) {
            if (word.empty()) return misbehaved();
            out.topic += (count > 0 ? " " : "") + word;
            continue;
        }
        if (word.empty()) continue;
        const std::size_t equals = word.find('=');
        if (equals == 0 || equals == std::string::npos) return misbehaved();
        const std::string key = word.substr(0, equals);
        const bool twice = std::any_of(out.values.begin(), out.values.end(),
                                       [&key](const auto& known) { return known.first == key; });
        if (twice) return misbehaved();
        out.values.emplace_back(key, word.substr(equals + 1));
    }
    if (out.topic.find(' ') == std::string::npos) return misbehaved();
    return out;
}

Result<std::string> i2pNameOf(std::string_view destination)
{
    const Error bad(ErrorCode::InvalidInput, "not a destination of I2P");
    if (destination.size() > kMostCharacters) return bad;
    std::string standard(destination);
    for (char& c : standard) {
        if (c == '+' || c == '/') return bad;
        if (c == '-') c = '+';
        if (c == '~') c = '/';
    }
    const Result<Bytes> bytes = codec::decodeBase64(standard);
    wipe(std::as_writable_bytes(std::span(standard)));
    if (!bytes || bytes->size() < kDestinationBytes) return bad;
    const std::size_t certificate = std::to_integer<std::size_t>((*bytes)[kKeysBytes + 1]) * 256 +
                                    std::to_integer<std::size_t>((*bytes)[kKeysBytes + 2]);
    if (bytes->size() < kDestinationBytes + certificate) return bad;
    const ByteView whole = ByteView(*bytes).first(kDestinationBytes + certificate);
    return codec::encodeBase32(crypto::sha256(whole).view()) + ".b32.i2p";
}

} // namespace tarn::net
