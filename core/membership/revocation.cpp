#include "core/membership/revocation.h"

#include "core/membership/lineage_codec.h"
#include "core/membership/statement_codec.h"
#include "core/wire/membership.pb.h"

namespace tarn::membership {

namespace {

Result<void> checkForEver(const gossip::Record& record)
{
    if (record.content().expires != 0) return refusedStatement("expected one that never expires");
    return ok();
}

/// Both messages have the same fields.
template <class Message>
Result<Message> parseBody(const LineageReader& reader, const gossip::Record& record)
{
    TARN_TRY_VOID(checkForEver(record));
    const Bytes& body = record.content().body;
    Message out;
    if (!out.ParseFromArray(body.data(), static_cast<int>(body.size())))
        return refusedStatement("the body is not what its kind says");
    TARN_TRY_VOID(checkGrid(out.grid(), reader.grid()));
    return out;
}

Result<void> checkSigner(const Revocation& revocation, const GridId& grid)
{
    if (gridIdOf(revocation.subject) == grid) return refusedStatement("nobody revokes the founder");
    if (!revocation.lineage) {
        if (gridIdOf(revocation.signer) != grid)
            return refusedStatement("only the founder revokes without a lineage");
        return ok();
    }
    const Lineage& lineage = *revocation.lineage;
    if (lineage.member() != revocation.subject) return refusedStatement("the lineage of another");
    const std::optional<std::size_t> at = lineage.positionOf(revocation.signer);
    if (!at || revocation.signer == revocation.subject)
        return refusedStatement("the signer does not stand above the subject");
    return ok();
}

} // namespace

Result<gossip::RecordPtr> signRevocation(const crypto::Ed25519Key& signer, const GridId& grid,
                                         const Ed25519PublicKey& key, const Lineage* subject,
                                         std::uint64_t sequence, WallTime now)
{
    wire::proto::Revocation body;
    body.set_grid(protoBytes(grid));
    if (subject != nullptr) writeLineage(*subject, *body.mutable_lineage());
    const StatementHead head{gossip::RecordKind::Revocation, key.view(), sequence, now,
                             std::nullopt};
    TARN_TRY(gossip::RecordPtr out, signStatement(signer, head, body.SerializeAsString()));
    LineageReader reader(grid);
    TARN_TRY_VOID(discardValue(openRevocation(reader, *out)));
    return out;
}

Result<Revocation> openRevocation(LineageReader& reader, const gossip::Record& record)
{
    TARN_TRY_VOID(checkKind(record, gossip::RecordKind::Revocation));
    TARN_TRY(const wire::proto::Revocation in, parseBody<wire::proto::Revocation>(reader, record));
    Revocation out;
    TARN_TRY(out.subject, readKey(asText(record.content().subject), "the subject"));
    out.signer = record.signer();
    out.issued = record.content().issued;
    if (in.lineage_size() > 0) {
        TARN_TRY(out.lineage, readLineage(reader, in.lineage()));
    }
    TARN_TRY_VOID(checkSigner(out, reader.grid()));
    return out;
}

Result<gossip::RecordPtr> signDeparture(const crypto::Ed25519Key& key, const Lineage& own,
                                        std::uint64_t sequence, WallTime now)
{
    const GridId grid = gridIdOf(own.root());
    wire::proto::Departure body;
    body.set_grid(protoBytes(grid));
    writeLineage(own, *body.mutable_lineage());
    const StatementHead head{gossip::RecordKind::Departure, key.publicKey().view(), sequence, now,
                             std::nullopt};
    TARN_TRY(gossip::RecordPtr out, signStatement(key, head, body.SerializeAsString()));
    LineageReader reader(grid);
    TARN_TRY_VOID(discardValue(openDeparture(reader, *out)));
    return out;
}

Result<Departure> openDeparture(LineageReader& reader, const gossip::Record& record)
{
    TARN_TRY_VOID(checkKind(record, gossip::RecordKind::Departure));
    TARN_TRY(const wire::proto::Departure in, parseBody<wire::proto::Departure>(reader, record));
    TARN_TRY(Lineage lineage, readLineage(reader, in.lineage()));
    const bool own = lineage.member() == record.signer() &&
                     equal(record.content().subject, record.signer().view());
    if (!own) return refusedStatement("nobody leaves for another");
    return Departure{std::move(lineage), record.content().issued};
}

} // namespace tarn::membership
