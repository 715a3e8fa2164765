// Any text as an invite link, any bytes as the messages that redeem it: refused with the right
// code, or the same again when written. The bytes after the prefix are also tried as the message
// itself, so that its fields are reached.
#include "core/base/check.h"
#include "core/codec/base64.h"
#include "core/membership/invite_archive.h"
#include "core/membership/invite_link.h"
#include "core/membership/redeem.h"

namespace {

using namespace tarn;
using namespace tarn::membership;

void checkLink(std::string_view text)
{
    const Result<InviteLink> link = parseInvite(text);
    if (!link) {
        TARN_ASSERT(link.error().code() == ErrorCode::InvalidInput);
        return;
    }
    TARN_ASSERT(link->hints.size() <= kMaxHints && link->gridName.size() <= 64);
    TARN_ASSERT(asText((*inviteText(*link)).view()) == text);
}

void checkMessages(ByteView input)
{
    if (const Result<RedeemRequest> request = decodeRedeem(input)) {
        const Result<RedeemRequest> again = decodeRedeem(encodeRedeem(*request));
        TARN_ASSERT(again && again->nickname == request->nickname && again->node == request->node);
    } else {
        TARN_ASSERT(request.error().code() == ErrorCode::InvalidInput);
    }
    if (const Result<RedeemAnswer> answer = decodeAnswer(input)) {
        const Result<RedeemAnswer> again = decodeAnswer(encodeAnswer(*answer));
        TARN_ASSERT(again && again->outcome == answer->outcome);
        TARN_ASSERT(again->records.size() == answer->records.size());
    } else {
        TARN_ASSERT(answer.error().code() == ErrorCode::PeerMisbehaved);
    }
}

void checkBook(ByteView input)
{
    const Result<InviteBook> book = decodeInvites(GridId(), Ed25519PublicKey(), input);
    if (!book) return;
    const Secret written = encodeInvites(*book);
    const Result<InviteBook> again = decodeInvites(GridId(), Ed25519PublicKey(), written.view());
    TARN_ASSERT(again && again->invites().size() == book->invites().size());
    TARN_ASSERT(encodeInvites(*again).matches(written.view()));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ByteView input = std::as_bytes(std::span(data, size));
    checkLink(asText(input));
    checkLink(std::string(kInvitePrefix) + codec::encodeBase64Url(input));
    checkMessages(input);
    checkBook(input);
    return 0;
}
