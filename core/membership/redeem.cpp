#include "core/membership/redeem.h"

#include "core/codec/utf8.h"
#include "core/membership/certificate.h"
#include "core/membership/names.h"
#include "core/wire/membership.pb.h"

namespace tarn::membership {

namespace {

namespace proto = wire::proto;

constexpr std::string_view kContext{"tarn invite redeem v1\0", 22};
constexpr std::size_t kMaxReason = 256;

Error refused(const std::string& why)
{
    return Error(ErrorCode::InvalidInput, "request to redeem an invite: " + why);
}

Error misbehaved(const std::string& why)
{
    return Error(ErrorCode::PeerMisbehaved, "answer to the invite: " + why);
}

/// The one part of variable length stands between its own length and the end.
Bytes signedBytes(const RedeemRequest& request, ByteView exporter)
{
    Bytes out = toBytes(kContext);
    append(out, request.grid.view());
    append(out, request.invite.view());
    append(out, request.node.view());
    appendBig(out, static_cast<std::uint32_t>(request.nickname.size()));
    append(out, asBytes(request.nickname));
    append(out, exporter);
    return out;
}

Result<gossip::RecordPtr> readRecord(const std::string& bytes)
{
    Result<gossip::RecordPtr> out = gossip::openRecord(asBytes(bytes));
    if (!out) return misbehaved(out.error().message());
    return out;
}

} // namespace

Result<RedeemRequest> makeRedeem(const InviteLink& link, const crypto::Ed25519Key& node,
                                 const std::string& nickname, ByteView exporter)
{
    TARN_TRY_VOID(checkName("nickname", nickname));
    RedeemRequest out;
    out.grid = link.grid;
    out.invite = link.id;
    out.node = node.publicKey();
    out.nickname = nickname;
    const Bytes text = signedBytes(out, exporter);
    out.inviteSignature = inviteKeyOf(link.grid, link.id, link.token).sign(text);
    out.nodeSignature = node.sign(text);
    return out;
}

Result<void> checkRedeem(const RedeemRequest& request, const Ed25519PublicKey& inviteKey,
                         ByteView exporter)
{
    const Bytes text = signedBytes(request, exporter);
    if (!crypto::verifyEd25519(inviteKey, text, request.inviteSignature))
        return Error(ErrorCode::Unauthorized, "not signed with the key of the invite");
    if (!crypto::verifyEd25519(request.node, text, request.nodeSignature))
        return Error(ErrorCode::Unauthorized, "not signed with the key of the node");
    return ok();
}

Bytes encodeRedeem(const RedeemRequest& request)
{
    proto::RedeemRequest out;
    out.set_grid(textOf(request.grid.view()));
    out.set_invite(textOf(request.invite.view()));
    out.set_node(textOf(request.node.view()));
    out.set_nickname(request.nickname);
    out.set_invite_signature(textOf(request.inviteSignature.view()));
    out.set_node_signature(textOf(request.nodeSignature.view()));
    return toBytes(out.SerializeAsString());
}

Result<RedeemRequest> decodeRedeem(ByteView bytes)
{
    proto::RedeemRequest in;
    const bool read = bytes.size() <= kMaxRedeemBytes &&
                      in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    if (!read) return refused("not a RedeemRequest");
    const auto grid = GridId::from(asBytes(in.grid()));
    const auto invite = InviteId::from(asBytes(in.invite()));
    const auto node = Ed25519PublicKey::from(asBytes(in.node()));
    const auto byInvite = crypto::Ed25519Signature::from(asBytes(in.invite_signature()));
    const auto byNode = crypto::Ed25519Signature::from(asBytes(in.node_signature()));
    if (!grid || !invite || !node || !byInvite || !byNode)
        return refused("a field of another length");
    TARN_TRY_VOID(checkName("nickname", in.nickname()));
    RedeemRequest out;
    out.grid = *grid;
    out.invite = *invite;
    out.node = *node;
    out.nickname = in.nickname();
    out.inviteSignature = *byInvite;
    out.nodeSignature = *byNode;
    return out;
}

Bytes encodeAnswer(const RedeemAnswer& answer)
{
    proto::RedeemAnswer out;
    out.set_outcome(static_cast<std::uint32_t>(answer.outcome));
    out.set_reason(answer.reason);
    if (answer.certificate)
        out.set_certificate(textOf(ByteView(gossip::encodeRecord(*answer.certificate))));
    for (const gossip::RecordPtr& record : answer.records)
        out.add_records(textOf(ByteView(gossip::encodeRecord(*record))));
    return toBytes(out.SerializeAsString());
}

Result<RedeemAnswer> decodeAnswer(ByteView bytes)
{
    proto::RedeemAnswer in;
    const bool read = bytes.size() <= kMaxAnswerBytes &&
                      in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    if (!read) return misbehaved("not a RedeemAnswer");
    if (in.outcome() < 1 || in.outcome() > 3) return misbehaved("an unknown outcome");
    if (in.reason().size() > kMaxReason || !codec::isUtf8(asBytes(in.reason())))
        return misbehaved("a reason that is no text");
    if (in.records_size() > static_cast<int>(kMaxAnswerRecords))
        return misbehaved("more than 64 records");
    RedeemAnswer out;
    out.outcome = static_cast<RedeemOutcome>(in.outcome());
    out.reason = in.reason();
    const bool isWelcome = out.outcome == RedeemOutcome::Welcome;
    if (isWelcome == in.certificate().empty())
        return misbehaved("a certificate belongs to a welcome");
    if (!isWelcome) return out;
    TARN_TRY(out.certificate, readRecord(in.certificate()));
    for (const std::string& bytesOfOne : in.records()) {
        TARN_TRY(gossip::RecordPtr one, readRecord(bytesOfOne));
        out.records.push_back(std::move(one));
    }
    return out;
}

Result<Lineage> checkWelcome(const InviteLink& link, const Ed25519PublicKey& node,
                             const RedeemAnswer& answer)
{
    if (answer.certificate == nullptr) return misbehaved("no welcome");
    LineageReader reader(link.grid);
    const Result<Certificate> certificate = openCertificate(reader, *answer.certificate);
    if (!certificate) return misbehaved(certificate.error().message());
    const Admission& own = certificate->lineage.own();
    if (own.member != node) return misbehaved("the certificate of another node");
    if (own.inviter != link.inviter || own.invite != link.id)
        return misbehaved("admitted by another invite");
    return certificate->lineage;
}

} // namespace tarn::membership
