// Any string parses to something that prints to a string that parses to the same thing.
#include "core/base/check.h"
#include "core/cap/parse.h"
#include "core/cap/unknown_node.h"

using namespace tarn::cap;

namespace {

void checkRoundTrip(std::string_view text, ParseContext context)
{
    const Cap cap = parseCap(text, context);
    const std::string printed = printCap(cap);
    TARN_ASSERT(parseCap(printed, context) == cap);
    TARN_ASSERT(!isUnknown(cap) || printed == text);
    const Cap weaker = readOnlyOf(cap);
    TARN_ASSERT(isReadOnly(weaker) && readOnlyOf(weaker) == weaker);
    if (const auto verifier = verifyOf(cap)) {
        TARN_ASSERT(isVerifier(*verifier) && verifyOf(*verifier) == *verifier);
        TARN_ASSERT(parseCap(printCap(*verifier)) == *verifier);
        TARN_ASSERT(storageIndexOf(cap) == storageIndexOf(*verifier));
    }
    TARN_ASSERT(!shortId(cap).empty());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(data, data + size);
    checkRoundTrip(text, ParseContext::Anywhere);
    checkRoundTrip(text, ParseContext::DeepImmutable);
    const std::size_t half = size / 2;
    for (const ParseContext context : {ParseContext::Anywhere, ParseContext::DeepImmutable}) {
        const UnknownNode node = makeUnknownNode(text.substr(0, half), text.substr(half), context);
        TARN_ASSERT(!node.problem || (!node.rw && !node.ro));
    }
    return 0;
}
