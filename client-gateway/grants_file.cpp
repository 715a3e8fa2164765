#include "client-gateway/grants_file.h"

#include "core/codec/base64.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

constexpr std::size_t kMaxText = 256; ///< of an id and of a swissnum

bool isServerId(std::string_view text)
{
    return !text.empty() && text.size() <= kMaxText &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// Up to the next `end`, which is taken away, too.
std::string_view takeUntil(std::string_view& text, char end)
{
    const std::size_t at = std::min(text.find(end), text.size());
    const std::string_view out = text.substr(0, at);
    text.remove_prefix(std::min(at + 1, text.size()));
    return out;
}

} // namespace

bool isSwissnum(std::string_view text)
{
    if (text.size() > kMaxText) return false;
    wire::Nurl nurl;
    nurl.host = "h";
    nurl.port = 1;
    nurl.swissnum = std::string(text);
    const Result<wire::Nurl> again = wire::parseNurl(wire::textOf(nurl));
    return again && again->swissnum == text;
}

Result<Grants> parseGrants(std::string_view text)
{
    Grants out;
    for (int line = 1; !text.empty(); ++line) {
        std::string_view rest = takeUntil(text, '\n');
        const std::string_view id = takeUntil(rest, ' ');
        const Result<Bytes> hash = codec::decodeBase64Url(takeUntil(rest, ' '));
        if (!isServerId(id) || !hash || hash->size() != wire::SpkiHash::kSize || !isSwissnum(rest))
            return Error(ErrorCode::InvalidInput, "line " + std::to_string(line) +
                                                      ": expected a server id, a key hash and a "
                                                      "swissnum");
        Grant grant;
        grant.key = wire::SpkiHash::prefixOf(*hash);
        grant.swissnum = Secret(rest);
        out.insert_or_assign(std::string(id), std::move(grant));
    }
    return out;
}

Secret grantsText(const Grants& grants)
{
    std::string out;
    for (const auto& [id, grant] : grants) {
        out += id + " " + codec::encodeBase64Url(grant.key.view()) + " ";
        out += asText(grant.swissnum.view());
        out += '\n';
    }
    Secret text(out);
    wipe(std::as_writable_bytes(std::span(out)));
    return text;
}

} // namespace tarn::gateway
