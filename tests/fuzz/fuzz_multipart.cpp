// Any bytes as a multipart body: the same parts, or the same refusal, come out however the bytes
// arrive.
#include "client-gateway/web/multipart.h"

#include <algorithm>
#include <cstdlib>
#include <string>

using namespace tarn;
using namespace tarn::gateway::web;

namespace {

constexpr std::string_view kBoundary = "XX";

/// A trace of everything that was found; content is joined.
std::string trace(std::string_view text, std::size_t step)
{
    using Kind = MultipartEvent::Kind;
    std::string out;
    MultipartParser parser(kBoundary);
    while (!text.empty()) {
        parser.feed(asBytes(text.substr(0, step)));
        text.remove_prefix(std::min(step, text.size()));
        for (;;) {
            const Result<MultipartEvent> event = parser.next();
            if (!event) return out + "\x01refused";
            if (event->kind == Kind::NeedMore) break;
            if (event->kind == Kind::End) return out + "\x01" + "end";
            if (event->kind == Kind::PartHead)
                out +=
                    "\x01part " + event->head.name + "\x02" + event->head.fileName.value_or("\x03");
            if (event->kind == Kind::Data) out += asText(event->data);
            if (event->kind == Kind::PartEnd) out += "\x01part end";
        }
    }
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (trace(text, std::max<std::size_t>(size, 1)) != trace(text, 1)) std::abort();
    static_cast<void>(multipartBoundary(text));
    return 0;
}
