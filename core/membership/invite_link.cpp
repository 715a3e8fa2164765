#include "core/membership/invite_link.h"

#include "core/codec/base64.h"
#include "core/crypto/sha256.h"
#include "core/membership/names.h"
#include "core/wire/membership.pb.h"

#include <algorithm>

namespace tarn::membership {

namespace {

namespace proto = wire::proto;

constexpr std::int64_t kMaxTime = 1LL << 40U;
constexpr std::size_t kMaxLocation = 300;
constexpr std::size_t kCheckBytes = 4;

Error refused(const std::string& why)
{
    return Error(ErrorCode::InvalidInput, "invite link: " + why);
}

Result<void> checkHint(const InviteHint& hint)
{
    if (hint.location.port == 0) return refused("a hint without a port");
    if (hint.ticket.size() > kMaxTicketBytes) return refused("a ticket beyond 256 bytes");
    if (!hint.relay && !hint.ticket.empty()) return refused("a ticket without a relay");
    return ok();
}

Result<void> check(const InviteLink& link)
{
    TARN_TRY_VOID(checkName("name of the grid", link.gridName));
    if (link.expires <= 0 || link.expires > kMaxTime) return refused("expires out of bounds");
    if (link.hints.size() > kMaxHints) return refused("more than 4 hints");
    for (const InviteHint& hint : link.hints)
        TARN_TRY_VOID(checkHint(hint));
    return ok();
}

void writeHint(const InviteHint& hint, proto::InviteHint& into)
{
    into.set_location(wire::textOf(hint.location));
    if (hint.node) into.set_node(textOf(hint.node->view()));
    if (hint.relay) into.set_relay(textOf(hint.relay->view()));
    into.set_ticket(textOf(ByteView(hint.ticket)));
}

Result<std::optional<Ed25519PublicKey>> readKey(const std::string& bytes)
{
    std::optional<Ed25519PublicKey> out;
    if (bytes.empty()) return out;
    const Result<Ed25519PublicKey> key = Ed25519PublicKey::from(asBytes(bytes));
    if (!key) return refused("a key that is not 32 bytes");
    out = *key;
    return out;
}

Result<InviteHint> readHint(const proto::InviteHint& in)
{
    if (in.location().size() > kMaxLocation) return refused("a location that is none");
    const Result<wire::Location> location = wire::parseLocation(in.location());
    if (!location) return refused("a location that is none");
    InviteHint out;
    out.location = *location;
    TARN_TRY(out.node, readKey(in.node()));
    TARN_TRY(out.relay, readKey(in.relay()));
    out.ticket = toBytes(in.ticket());
    return out;
}

Result<InviteLink> readLink(const proto::InviteLink& in)
{
    const auto grid = GridId::from(asBytes(in.grid()));
    const auto inviter = Ed25519PublicKey::from(asBytes(in.inviter()));
    const auto id = InviteId::from(asBytes(in.id()));
    const auto token = InviteToken::from(asBytes(in.token()));
    if (!grid || !inviter || !id || !token) return refused("a field of another length");
    InviteLink out;
    out.grid = *grid;
    out.gridName = in.grid_name();
    out.inviter = *inviter;
    out.id = *id;
    out.token = *token;
    out.expires = in.expires();
    if (in.hints_size() > static_cast<int>(kMaxHints)) return refused("more than 4 hints");
    for (const proto::InviteHint& hint : in.hints()) {
        TARN_TRY(InviteHint one, readHint(hint));
        out.hints.push_back(std::move(one));
    }
    return out;
}

} // namespace

Result<Secret> inviteText(const InviteLink& link)
{
    TARN_TRY_VOID(check(link));
    proto::InviteLink out;
    out.set_grid(textOf(link.grid.view()));
    out.set_grid_name(link.gridName);
    out.set_inviter(textOf(link.inviter.view()));
    out.set_id(textOf(link.id.view()));
    out.set_token(textOf(link.token.view()));
    out.set_expires(link.expires);
    for (const InviteHint& hint : link.hints)
        writeHint(hint, *out.add_hints());
    const Hash256 hash = crypto::sha256(asBytes(out.SerializeAsString()));
    out.set_check(textOf(hash.view().first(kCheckBytes)));
    const std::string text =
        std::string(kInvitePrefix) + codec::encodeBase64Url(asBytes(out.SerializeAsString()));
    if (text.size() > kMaxInviteText) return refused("longer than 4096 characters");
    return Secret(text);
}

Result<InviteLink> parseInvite(std::string_view text)
{
    if (!text.starts_with(kInvitePrefix) || text.size() > kMaxInviteText)
        return refused("expected \"tarn://join/1#\" and at most 4096 characters");
    const Result<Bytes> bytes = codec::decodeBase64Url(text.substr(kInvitePrefix.size()));
    if (!bytes) return refused("not base64url: was it copied whole?");
    proto::InviteLink in;
    if (!in.ParseFromArray(bytes->data(), static_cast<int>(bytes->size())))
        return refused("not an InviteLink: was it copied whole?");
    TARN_TRY(InviteLink out, readLink(in));
    TARN_TRY_VOID(check(out));
    TARN_TRY(const Secret again, inviteText(out));
    if (asText(again.view()) != text) return refused("not as it was written: was it copied whole?");
    return out;
}

} // namespace tarn::membership
