// fuzz_member_texts: what an owner chose, what a member says of an account, links that members give
// each other: any text is refused, or the same when written and read again.
#include "core/base/check.h"
#include "core/node/account_report.h"
#include "core/node/member_choices.h"
#include "core/node/shared_links.h"

#include <cstdint>

using namespace tarn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Result<node::AccountReport> report = node::decodeReport(text);
    TARN_ASSERT(!report || *node::decodeReport(node::encodeReport(*report)) == *report);
    const Result<node::SharedLink> link = node::decodeShare(text);
    TARN_ASSERT(!link || *node::decodeShare(node::encodeShare(*link)) == *link);
    const Result<node::SharedLinks> links = node::parseLinks(text);
    if (links) {
        const Secret written = node::linksText(*links);
        TARN_ASSERT(*node::parseLinks(asText(written.view())) == *links);
    }
    const Result<node::MemberChoices> choices = node::parseChoices(text);
    if (!choices) return 0;
    const Result<node::MemberChoices> again = node::parseChoices(node::choicesText(*choices));
    TARN_ASSERT(again);
    for (const auto& [key, choice] : *choices)
        TARN_ASSERT(choice == node::MemberChoice() || again->at(key) == choice);
    return 0;
}
