#include "core/wire/announcement.h"

#include "core/codec/base32.h"
#include "core/crypto/sha256.h"

#include <algorithm>

namespace tarn::wire {

namespace {

constexpr std::string_view kFurlScheme = "pb://";
constexpr std::string_view kIdPrefix = "v0-";
constexpr std::size_t kIdCharacters = 52;

bool isAlphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string lowered(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

/// What YAML takes in escaped form only, or for the end of a line, in UTF-8: U+0080 to U+009F,
/// U+2028, U+2029, U+FFFE, U+FFFF. \return the escape, or nothing.
std::string_view escapeAt(std::string_view text)
{
    struct Escape
    {
        std::string_view utf8;
        std::string_view escape;
    };
    static constexpr Escape kEscapes[] = {{"\xe2\x80\xa8", "\\u2028"},
                                          {"\xe2\x80\xa9", "\\u2029"},
                                          {"\xef\xbf\xbe", "\\ufffe"},
                                          {"\xef\xbf\xbf", "\\uffff"}};
    for (const Escape& one : kEscapes)
        if (text.starts_with(one.utf8)) return one.escape;
    return {};
}

bool isControlAt(std::string_view text)
{
    return text.size() > 1 && text[0] == '\xc2' && static_cast<unsigned char>(text[1]) < 0xa0;
}

/// A double-quoted YAML scalar; other non-ASCII UTF-8 stays as it is.
std::string quoted(std::string_view text)
{
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out = "\"";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (const std::string_view escape = escapeAt(text.substr(i)); !escape.empty()) {
            out += escape;
            i += 2;
            continue;
        }
        if (isControlAt(text.substr(i))) continue; // U+0080 + n is 0xc2, 0x80 + n
        const bool control = i > 0 && isControlAt(text.substr(i - 1));
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7f || control) {
            out += "\\x";
            out += kHex[byte >> 4U];
            out += kHex[byte & 15U];
        } else {
            out += c;
        }
    }
    return out + "\"";
}

} // namespace

Result<TubId> tubIdOf(std::string_view furl)
{
    const std::size_t at = furl.find('@');
    if (!furl.starts_with(kFurlScheme) || at == std::string_view::npos) {
        return Error(ErrorCode::InvalidInput,
                     "anonymous-storage-FURL: expected pb://TUBID@HINTS/SWISSNUM");
    }
    const std::string id = lowered(furl.substr(kFurlScheme.size(), at - kFurlScheme.size()));
    const Result<Bytes> bytes = codec::decodeBase32Lax(id);
    if (!bytes || bytes->size() != TubId::kSize) {
        return Error(ErrorCode::InvalidInput,
                     "anonymous-storage-FURL: expected a TUBID of 32 base32 characters");
    }
    return TubId::from(*bytes);
}

std::string furlFor(const TubId& tubId, const std::vector<Nurl>& nurls)
{
    std::string out(kFurlScheme);
    out += codec::encodeBase32(tubId.view()) + "@";
    for (std::size_t i = 0; i < nurls.size(); ++i)
        out += (i > 0 ? "," : "") + textOf(locationOf(nurls[i]));
    return out + "/" + (nurls.empty() ? "none" : nurls.front().swissnum);
}

Result<Bytes> permutationSeedOf(const Announcement& announcement)
{
    if (announcement.permutationSeedBase32) {
        Result<Bytes> seed = codec::decodeBase32Lax(*announcement.permutationSeedBase32);
        if (seed) return seed;
        return Error(ErrorCode::InvalidInput, "permutation-seed-base32: expected base32");
    }
    const std::string_view id = announcement.serverId;
    const std::string_view key = id.substr(std::min(kIdPrefix.size(), id.size()));
    if (id.starts_with(kIdPrefix) && key.size() == kIdCharacters &&
        std::all_of(key.begin(), key.end(), isAlphanumeric)) {
        Result<Bytes> seed = codec::decodeBase32Lax(lowered(key));
        if (seed) return seed;
    }
    const Hash256 hash = crypto::sha256(asBytes(id));
    return toBytes(hash.view());
}

namespace {

std::string entryOf(const Announcement& announcement)
{
    std::string out = "  " + quoted(announcement.serverId) + ":\n    ann:\n";
    if (!announcement.nickname.empty())
        out += "      nickname: " + quoted(announcement.nickname) + "\n";
    out += "      anonymous-storage-FURL: " + quoted(announcement.furl) + "\n";
    out += std::string("      anonymous-storage-NURLs:") +
           (announcement.nurls.empty() ? " []\n" : "\n");
    for (const std::string& nurl : announcement.nurls)
        out += "      - " + quoted(nurl) + "\n";
    if (announcement.permutationSeedBase32)
        out +=
            "      permutation-seed-base32: " + quoted(*announcement.permutationSeedBase32) + "\n";
    if (!announcement.certificates.empty()) out += "      grid-manager-certificates:\n";
    for (const grid_manager::SignedCertificate& one : announcement.certificates) {
        out += "      - certificate: " + quoted(one.certificate) + "\n";
        out += "        signature: " + quoted(one.signature) + "\n";
    }
    return out;
}

} // namespace

std::string serversYaml(const Announcement& announcement)
{
    return "storage:\n" + entryOf(announcement);
}

std::string serversYaml(const std::vector<Announcement>& announcements)
{
    if (announcements.empty()) return "storage: {}\n";
    std::string out = "storage:\n";
    for (const Announcement& announcement : announcements)
        out += entryOf(announcement);
    return out;
}

} // namespace tarn::wire
