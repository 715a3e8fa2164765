#include "core/membership/certificate.h"

#include "core/membership/lineage_codec.h"
#include "core/membership/statement_codec.h"
#include "core/wire/membership.pb.h"

namespace tarn::membership {

namespace {

constexpr std::int64_t kLifeSeconds =
    std::chrono::duration_cast<std::chrono::seconds>(kCertificateLife).count();

/// Whether the issuer was ever given the right; whether it lost it, revocations say.
Result<void> checkIssuer(const Certificate& certificate)
{
    const Ed25519PublicKey& issuer = certificate.issuer;
    const Lineage& lineage = certificate.lineage;
    if (issuer == lineage.member() && !lineage.own().isFounding())
        return refusedStatement("nobody vouches for itself");
    if (certificate.issuerLineage) {
        const Admission& own = certificate.issuerLineage->own();
        if (own.member != issuer) return refusedStatement("the lineage of another issuer");
        if (!own.terms.mayIssue()) return refusedStatement("the issuer may not issue");
        return ok();
    }
    if (!lineage.positionOf(issuer)) return refusedStatement("an issuer without a lineage");
    return ok();
}

} // namespace

Result<gossip::RecordPtr> signCertificate(const crypto::Ed25519Key& issuer, const Lineage& member,
                                          const Lineage* own, std::uint64_t sequence, WallTime now)
{
    wire::proto::Certificate body;
    writeLineage(member, *body.mutable_lineage());
    const bool shown = member.positionOf(issuer.publicKey()).has_value();
    if (!shown && own != nullptr) writeLineage(*own, *body.mutable_issuer_lineage());
    const StatementHead head{gossip::RecordKind::Certificate, member.member().view(), sequence, now,
                             kCertificateLife};
    TARN_TRY(gossip::RecordPtr out, signStatement(issuer, head, body.SerializeAsString()));
    LineageReader reader(gridIdOf(member.root()));
    TARN_TRY_VOID(discardValue(openCertificate(reader, *out)));
    return out;
}

Result<Certificate> openCertificate(LineageReader& reader, const gossip::Record& record)
{
    TARN_TRY_VOID(checkKind(record, gossip::RecordKind::Certificate));
    const gossip::RecordContent& content = record.content();
    wire::proto::Certificate in;
    if (!in.ParseFromArray(content.body.data(), static_cast<int>(content.body.size())))
        return refusedStatement("the body is not a Certificate");
    TARN_TRY(Lineage lineage, readLineage(reader, in.lineage()));
    if (!equal(content.subject, lineage.member().view()))
        return refusedStatement("a certificate of somebody else");
    Certificate out{std::move(lineage), record.signer(), std::nullopt, content.issued,
                    content.expires};
    if (in.issuer_lineage_size() > 0) {
        TARN_TRY(out.issuerLineage, readLineage(reader, in.issuer_lineage()));
    }
    TARN_TRY_VOID(checkIssuer(out));
    if (out.lineage.own().admitted > out.issued)
        return refusedStatement("issued before the member was admitted");
    if (out.expires == 0 || out.expires - out.issued > kLifeSeconds)
        return refusedStatement("certificates live 14 days at most");
    return out;
}

} // namespace tarn::membership
