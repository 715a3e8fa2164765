// statement_codec: fields that the protobuf messages of core/wire/membership.proto share. For the
// .cpp files of this folder. Pure, any thread.
#pragma once

#include "core/gossip/record.h"
#include "core/membership/terms.h"

#include <optional>
#include <string>

namespace tarn::wire::proto {
class MembershipTerms;
}

namespace tarn::membership {

/// InvalidInput with "membership: " in front.
Error refusedStatement(const std::string& why);

std::string protoBytes(ByteView bytes);

void writeTerms(const Terms& terms, wire::proto::MembershipTerms& into);
/// \return InvalidInput: as checkTerms().
Result<Terms> readTerms(const wire::proto::MembershipTerms& from);

/// \return InvalidInput: not 32 bytes; says of whom.
Result<Ed25519PublicKey> readKey(std::string_view bytes, const char* whose);
/// None where there are no bytes. \return InvalidInput: neither 0 nor 32 bytes.
Result<std::optional<Ed25519PublicKey>> readOptionalKey(std::string_view bytes, const char* whose);
/// \return InvalidInput: not 16 bytes, or another grid.
Result<void> checkGrid(std::string_view bytes, const GridId& grid);

/// A record about `subject` with the times of `now` and `now + life`; no life: it never expires.
struct StatementHead
{
    gossip::RecordKind kind;
    ByteView subject;
    std::uint64_t sequence = 1;
    WallTime now;
    std::optional<Duration> life;
};
Result<gossip::RecordPtr> signStatement(const crypto::Ed25519Key& key, const StatementHead& head,
                                        const std::string& body);

/// \return InvalidInput: another kind.
Result<void> checkKind(const gossip::Record& record, gossip::RecordKind kind);

} // namespace tarn::membership
