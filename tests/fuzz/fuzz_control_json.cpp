// fuzz_control_json: any text is refused, or the same value when printed and read again.
#include "core/base/check.h"
#include "core/control/connection_json.h"
#include "core/control/control_json.h"
#include "core/control/link_json.h"
#include "core/control/member_json.h"
#include "core/control/transfer_json.h"

#include <nlohmann/json.hpp>

#include <cstdint>

using namespace tarn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Result<nlohmann::json> value = control::parseObject(text);
    const Error error = control::readError(404, text);
    TARN_ASSERT(error.code() == ErrorCode::NotFound);
    if (!value) return 0;
    const auto member = control::readMemberView(*value);
    TARN_ASSERT(!member || *control::readMemberView(control::jsonOf(*member)) == *member);
    const auto invite = control::readInviteView(*value);
    TARN_ASSERT(!invite || *control::readInviteView(control::jsonOf(*invite)) == *invite);
    const auto request = control::readInviteRequest(*value);
    TARN_ASSERT(!request || *control::readInviteRequest(control::jsonOf(*request)) == *request);
    const auto change = control::readMemberChange(*value);
    TARN_ASSERT(!change || *control::readMemberChange(control::jsonOf(*change)) == *change);
    const auto link = control::readLinkView(*value);
    TARN_ASSERT(!link || *control::readLinkView(control::jsonOf(*link)) == *link);
    const auto given = control::readLinkRequest(*value);
    TARN_ASSERT(!given || *control::readLinkRequest(control::jsonOf(*given)) == *given);
    const auto client = control::readClientView(*value);
    TARN_ASSERT(!client || *control::readClientView(control::jsonOf(*client)) == *client);
    const auto wish = control::readClientRequest(*value);
    TARN_ASSERT(!wish || *control::readClientRequest(control::jsonOf(*wish)) == *wish);
    const auto paths = control::readConnectionView(*value);
    TARN_ASSERT(!paths || *control::readConnectionView(control::jsonOf(*paths)) == *paths);
    const auto transfer = control::readTransferView(*value);
    TARN_ASSERT(!transfer || *control::readTransferView(control::jsonOf(*transfer)) == *transfer);
    const auto chosen = control::readEncodingChoice(*value);
    TARN_ASSERT(!chosen || *control::readEncodingChoice(control::jsonOf(*chosen)) == *chosen);
    const auto encoding = control::readEncodingStatus(*value);
    TARN_ASSERT(!encoding || *control::readEncodingStatus(control::jsonOf(*encoding)) == *encoding);
    const Result<control::NodeStatus> status = control::readNodeStatus(*value);
    if (!status) return 0;
    const Result<nlohmann::json> printed =
        control::parseObject(control::printed(control::jsonOf(*status)));
    TARN_ASSERT(printed);
    const Result<control::NodeStatus> again = control::readNodeStatus(*printed);
    TARN_ASSERT(again && *again == *status);
    return 0;
}
