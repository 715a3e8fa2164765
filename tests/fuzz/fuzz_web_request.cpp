// Any text as what the web API reads of a request's head: path, query, Range, when_done, Host,
// origin. What is read prints back to the same, and nothing leads outside.
#include "client-gateway/web/arguments.h"
#include "client-gateway/web/content_type.h"
#include "client-gateway/web/host_check.h"
#include "client-gateway/web/range_header.h"
#include "client-gateway/web/route.h"
#include "client-gateway/web/when_done.h"
#include "core/base/check.h"
#include "core/net/http_message.h"

#include <algorithm>

using namespace tarn;
using namespace tarn::gateway::web;

namespace {

void checkRange(std::string_view text, std::uint64_t size)
{
    const RangeAnswer answer = answerRange(text, size);
    const PartOfFile* part = std::get_if<PartOfFile>(&answer);
    if (!part) return;
    TARN_ASSERT(part->first <= part->last && part->last < size);
    const std::string again =
        "bytes=" + std::to_string(part->first) + "-" + std::to_string(part->last);
    TARN_ASSERT(answerRange(again, size) == answer);
}

void checkQuery(std::string_view text)
{
    const Result<Arguments> arguments = Arguments::parse(text);
    if (!arguments) {
        TARN_ASSERT(arguments.error().code() == ErrorCode::InvalidInput);
        return;
    }
    std::string printed;
    for (const auto& [name, value] : *arguments)
        printed += net::percentEncode(name) + "=" + net::percentEncode(value) + "&";
    const Result<Arguments> again = Arguments::parse(printed);
    TARN_ASSERT(again);
    TARN_ASSERT(std::equal(arguments->begin(), arguments->end(), again->begin(), again->end()));
    static_cast<void>(formatOf(*arguments));
    const Result<std::string> page = whenDone(*arguments, "URI:LIT:kr");
    TARN_ASSERT(page.has_value() == checkWhenDone(*arguments).has_value());
    if (page) TARN_ASSERT(staysHere(*page));
}

void checkPath(std::string_view text)
{
    const Result<Route> route = parseRoute(text);
    if (!route) {
        TARN_ASSERT(route.error().code() == ErrorCode::InvalidInput);
        return;
    }
    using Kind = Route::Kind;
    if (route->kind != Kind::Object && route->kind != Kind::File) return;
    std::string printed = route->kind == Kind::Object ? "/uri/" : "/file/";
    printed += net::percentEncode(route->cap);
    for (const std::string& name : route->names)
        printed += "/" + net::percentEncode(name);
    // An empty capability needs something behind it to be told from none.
    if (route->cap.empty() && route->names.empty()) return;
    const Result<Route> again = parseRoute(printed);
    TARN_ASSERT(again && again->kind == route->kind);
    TARN_ASSERT(again->cap == route->cap && again->names == route->names);
}

/// What a browser would leave out of a reference before it looks at it.
void checkReference(std::string_view text)
{
    if (!staysHere(text)) return;
    for (const char c : text)
        TARN_ASSERT(c > ' ' && c < 0x7f && c != '\\');
    TARN_ASSERT(!text.starts_with("//") && !text.starts_with(':'));
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos)
        TARN_ASSERT(text.substr(0, colon).find_first_of("/?#") != std::string_view::npos);
}

/// Only the name of this machine and address literals: no name that somebody's DNS answers.
void checkHost(std::string_view text)
{
    if (!hostAllowed(text, "127.0.0.1")) return;
    std::string_view host = trim(text);
    host = host.starts_with('[') ? host.substr(1, host.find(']') - 1)
                                 : host.substr(0, host.rfind(':'));
    host = host.substr(0, host.find('%')); // the zone of a link-local address
    if (equalIgnoringCase(host, "localhost")) return;
    TARN_ASSERT(host.find_first_not_of("0123456789abcdefABCDEF.:") == std::string_view::npos);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const std::uint64_t fileSize : {0ULL, 1ULL, 1000ULL, ~0ULL})
        checkRange(text, fileSize);
    checkRange("bytes=" + std::string(text), 1000);
    checkQuery(text);
    checkPath(text);
    checkPath("/uri/" + std::string(text));
    checkReference(text);
    checkHost(text);
    TARN_ASSERT(!contentTypeOf(text).empty());
    return 0;
}
