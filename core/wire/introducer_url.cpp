#include "core/wire/introducer_url.h"

#include "core/codec/base64.h"

namespace tarn::wire {

namespace {

constexpr std::string_view kScheme = "tarn-intro://";

} // namespace

/// Between scheme and path a NURL has the same form.
Result<IntroducerUrl> parseIntroducerUrl(std::string_view text)
{
    const std::string_view rest = text.substr(std::min(kScheme.size(), text.size()));
    if (text.starts_with(kScheme) && rest.find('/') == std::string_view::npos) {
        Result<Nurl> nurl = parseNurl("pb://" + std::string(rest) + "/x#v=1");
        if (nurl) return IntroducerUrl{nurl->spkiHash, std::move(nurl->host), nurl->port};
    }
    return Error(ErrorCode::InvalidInput,
                 "expected \"tarn-intro://SPKIHASH@HOST:PORT\", as the introducer's "
                 "introducer.url has it, got \"" +
                     std::string(text) + "\"");
}

Location locationOf(const IntroducerUrl& url)
{
    return {url.host, url.port, networkOfHost(url.host)};
}

std::string placeOf(const IntroducerUrl& url)
{
    return placeOf(locationOf(url));
}

std::string textOf(const IntroducerUrl& url)
{
    return std::string(kScheme) + codec::encodeBase64Url(url.spkiHash.view()) + "@" + placeOf(url);
}

} // namespace tarn::wire
