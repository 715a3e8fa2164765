#include "core/wire/nurl.h"

#include "core/codec/base64.h"

#include <algorithm>
#include <charconv>

namespace tarn::wire {

namespace {

constexpr std::string_view kFragment = "#v=1";
constexpr std::size_t kHashCharacters = 43;
constexpr std::size_t kMaxHost = 255;

std::string_view schemeOf(Network network)
{
    switch (network) {
    case Network::Tcp:
        return "pb://";
    case Network::Tor:
        return "pb+tor://";
    case Network::I2p:
        return "pb+i2p://";
    }
    return "";
}

Error bad(std::string_view what)
{
    return Error(ErrorCode::InvalidInput, "NURL: " + std::string(what));
}

bool isAlphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool isNameCharacter(char c)
{
    return isAlphanumeric(c) || c == '.' || c == '-' || c == '_';
}

bool isIpv6Character(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
           c == '.';
}

/// What may stand in a path segment without being escaped (RFC 3986).
bool isSegmentCharacter(char c)
{
    constexpr std::string_view kOthers = "-._~!$&'()*+,;=:@";
    return isAlphanumeric(c) || kOthers.find(c) != std::string_view::npos;
}

Result<Network> takeScheme(std::string_view& text)
{
    for (const Network network : {Network::Tcp, Network::Tor, Network::I2p}) {
        if (!text.starts_with(schemeOf(network))) continue;
        text.remove_prefix(schemeOf(network).size());
        return network;
    }
    return bad("expected pb://, pb+tor:// or pb+i2p://");
}

/// Splits `text` at the first `mark`, which it drops.
std::optional<std::string_view> takeUntil(std::string_view& text, char mark)
{
    const std::size_t at = text.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view head = text.substr(0, at);
    text.remove_prefix(at + 1);
    return head;
}

Result<std::string> parseHost(std::string_view text)
{
    const bool bracketed = text.starts_with('[') && text.ends_with(']') && text.size() > 2;
    if (bracketed) {
        text = text.substr(1, text.size() - 2);
        const bool v6 = std::all_of(text.begin(), text.end(), isIpv6Character) &&
                        text.find(':') != std::string_view::npos;
        if (!v6) return bad("expected an IPv6 address between the brackets");
        return std::string(text);
    }
    if (text.empty() || text.size() > kMaxHost ||
        !std::all_of(text.begin(), text.end(), isNameCharacter))
        return bad("expected an address or a name before the port");
    return std::string(text);
}

Result<std::uint16_t> parsePort(std::string_view text)
{
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, port, 10);
    if (error != std::errc() || at != end || port == 0 || text.front() == '0')
        return bad("expected a port from 1 to 65535");
    return port;
}

} // namespace

Result<Nurl> parseNurl(std::string_view text)
{
    Nurl out;
    TARN_TRY(out.network, takeScheme(text));

    const std::optional<std::string_view> hash = takeUntil(text, '@');
    if (!hash || hash->size() != kHashCharacters)
        return bad("expected 43 characters of base64url before '@'");
    const Result<Bytes> hashBytes = codec::decodeBase64Url(*hash);
    if (!hashBytes) return bad("the key hash before '@' is not base64url");
    out.spkiHash = SpkiHash::prefixOf(*hashBytes);

    std::optional<std::string_view> place = takeUntil(text, '/');
    if (!place) return bad("expected host:port and '/' after '@'");
    const std::size_t colon = place->rfind(':');
    if (colon == std::string_view::npos) return bad("the port is missing");
    TARN_TRY(out.host, parseHost(place->substr(0, colon)));
    TARN_TRY(out.port, parsePort(place->substr(colon + 1)));

    if (!text.ends_with(kFragment)) return bad("expected #v=1 at the end");
    text.remove_suffix(kFragment.size());
    if (text.empty() || !std::all_of(text.begin(), text.end(), isSegmentCharacter))
        return bad("expected a swissnum of one path segment after '/'");
    out.swissnum = std::string(text);
    return out;
}

Location locationOf(const Nurl& nurl)
{
    Location out;
    out.host = nurl.host;
    out.port = nurl.port;
    const Network own = networkOfHost(nurl.host);
    out.network = own != Network::Tcp ? own : nurl.network;
    return out;
}

std::string placeOf(const Nurl& nurl)
{
    return placeOf(locationOf(nurl));
}

std::string textOf(const Nurl& nurl)
{
    return std::string(schemeOf(nurl.network)) + codec::encodeBase64Url(nurl.spkiHash.view()) +
           "@" + placeOf(nurl) + "/" + nurl.swissnum + std::string(kFragment);
}

} // namespace tarn::wire
