#include "client-gateway/web/when_done.h"

#include "core/net/http_message.h"

#include <algorithm>

namespace tarn::gateway::web {

namespace {

/// Browsers drop some of the others before they look at a reference, and read "\" as "/".
bool isPlain(char c)
{
    return c > 0x20 && c < 0x7f && c != '\\';
}

} // namespace

bool staysHere(std::string_view reference)
{
    if (!std::all_of(reference.begin(), reference.end(), isPlain)) return false;
    if (reference.starts_with("//")) return false;
    // A colon in the first segment ends a scheme (RFC 3986 section 4.2).
    const std::string_view first = reference.substr(0, reference.find_first_of("/?#"));
    return first.find(':') == std::string_view::npos;
}

Result<void> checkWhenDone(const Arguments& arguments)
{
    const std::string* asked = arguments.find("when_done");
    if (!asked || staysHere(*asked)) return ok();
    return Error(ErrorCode::InvalidInput,
                 "when_done= must be a path on this gateway, such as /uri/%(uri)s");
}

Result<std::string> whenDone(const Arguments& arguments, std::string_view cap)
{
    TARN_TRY_VOID(checkWhenDone(arguments));
    const std::string* asked = arguments.find("when_done");
    if (!asked) return std::string();
    std::string out = *asked;
    constexpr std::string_view kPlace = "%(uri)s";
    const std::string quoted = net::percentEncode(cap);
    for (std::size_t at = 0; (at = out.find(kPlace, at)) != std::string::npos; at += quoted.size())
        out.replace(at, kPlace.size(), quoted);
    return out;
}

} // namespace tarn::gateway::web
