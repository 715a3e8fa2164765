#include "core/membership/statement_codec.h"

#include "core/wire/membership.pb.h"

namespace tarn::membership {

Error refusedStatement(const std::string& why)
{
    return Error(ErrorCode::InvalidInput, "membership: " + why);
}

std::string protoBytes(ByteView bytes)
{
    return textOf(bytes);
}

void writeTerms(const Terms& terms, wire::proto::MembershipTerms& into)
{
    into.set_role(static_cast<std::uint32_t>(terms.role));
    into.set_depth(terms.depth);
    into.set_quota(terms.quotaBytes);
}

Result<Terms> readTerms(const wire::proto::MembershipTerms& from)
{
    Terms out;
    out.role = static_cast<Role>(from.role());
    out.depth = from.depth();
    out.quotaBytes = from.quota();
    TARN_TRY_VOID(checkTerms(out));
    return out;
}

Result<Ed25519PublicKey> readKey(std::string_view bytes, const char* whose)
{
    Result<Ed25519PublicKey> out = Ed25519PublicKey::from(asBytes(bytes));
    if (!out) return refusedStatement(std::string("expected 32 bytes as the key of ") + whose);
    return out;
}

Result<std::optional<Ed25519PublicKey>> readOptionalKey(std::string_view bytes, const char* whose)
{
    std::optional<Ed25519PublicKey> out;
    if (bytes.empty()) return out;
    TARN_TRY(out, readKey(bytes, whose));
    return out;
}

Result<void> checkGrid(std::string_view bytes, const GridId& grid)
{
    if (!equal(asBytes(bytes), grid.view())) return refusedStatement("of another grid");
    return ok();
}

Result<gossip::RecordPtr> signStatement(const crypto::Ed25519Key& key, const StatementHead& head,
                                        const std::string& body)
{
    gossip::RecordContent content;
    content.kind = head.kind;
    content.subject = toBytes(head.subject);
    content.sequence = head.sequence;
    content.issued = unixSeconds(head.now);
    content.expires = head.life ? unixSeconds(head.now + *head.life) : 0;
    content.body = toBytes(body);
    return gossip::signRecord(key, std::move(content));
}

Result<void> checkKind(const gossip::Record& record, gossip::RecordKind kind)
{
    if (record.content().kind != kind) return refusedStatement("another kind of record");
    return ok();
}

} // namespace tarn::membership
