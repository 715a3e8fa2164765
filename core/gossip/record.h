// record: a statement that one key signed and that anybody may hand on. Pure, any thread.
// Source: design.md section 5; core/doc/protocol/gossip.md.
//
//   SignedRecord{payload, public_key, signature}, protobuf; the signature covers
//   "tarn signed record v1" 0x00 and the exact bytes of the payload
#pragma once

#include "core/base/clock.h"
#include "core/crypto/ed25519.h"

#include <memory>

namespace tarn::gossip {

using crypto::Ed25519PublicKey;

/// Numbers beyond these are read as well; a set without a rule for them refuses them.
enum class RecordKind : std::uint32_t {
    Announcement = 1, ///< of a storage server (server_announcement.h)
    Certificate = 2,  ///< this one and the rest: core/membership
    Revocation = 3,
    Departure = 4,
    Invite = 5,
    Admission = 6, ///< only inside of others
};

inline constexpr std::size_t kMaxRecordBytes = 16 * 1024;
inline constexpr std::size_t kMaxSubjectBytes = 64;
inline constexpr std::uint64_t kMaxSequence = (1ULL << 48U) - 1;

struct RecordContent
{
    RecordKind kind = RecordKind::Announcement;
    Bytes subject;              ///< whom it is about; 1 to 64 bytes
    std::uint64_t sequence = 1; ///< 1 to kMaxSequence; the highest counts
    std::int64_t issued = 0;    ///< seconds since 1970, by the signer's clock
    std::int64_t expires = 0;   ///< the same; 0: never
    Bytes body;                 ///< by kind
    friend bool operator==(const RecordContent&, const RecordContent&) = default;
};

/// Which record, in 16 bytes: what nodes tell each other before they send any.
struct RecordName
{
    std::uint64_t slot = 0;    ///< hash of kind, subject and signer: what it replaces
    std::uint64_t version = 0; ///< 48 bits of sequence, 16 of a hash of the payload
    friend auto operator<=>(const RecordName&, const RecordName&) = default;
};

/// One whose signature is right; only openRecord() and signRecord() make them.
class Record
{
public:
    const RecordContent& content() const { return m_content; }
    const Ed25519PublicKey& signer() const { return m_signer; }
    ByteView payload() const { return m_payload; }
    const crypto::Ed25519Signature& signature() const { return m_signature; }
    RecordName name() const { return m_name; }
    /// Of the SignedRecord.
    std::size_t wireSize() const;
    /// The same kind, subject and signer.
    bool replaces(const Record& other) const;
    /// Of those that replace each other the greatest counts, everywhere the same: by sequence,
    /// then by the bytes of the payload (a signer that used a number twice).
    bool isNewerThan(const Record& other) const;

private:
    friend struct RecordMaker;
    Record() = default;

    RecordContent m_content;
    Ed25519PublicKey m_signer;
    Bytes m_payload;
    crypto::Ed25519Signature m_signature;
    RecordName m_name;
};

using RecordPtr = std::shared_ptr<const Record>;

/// \return InvalidInput: a field out of its bounds, or above kMaxRecordBytes.
Result<RecordPtr> signRecord(const crypto::Ed25519Key& key, RecordContent content);

/// \return InvalidInput: not a SignedRecord.  Corrupt: the signature is wrong.
Result<RecordPtr> openRecord(ByteView signedRecord);
/// The same of its three parts.
Result<RecordPtr> openRecord(ByteView payload, ByteView publicKey, ByteView signature);

/// The SignedRecord that openRecord() reads.
Bytes encodeRecord(const Record& record);

/// What a signer writes next: greater than all before, however its clock jumps.
/// \param last  the last one that it used or saw; 0: none.
std::uint64_t nextSequence(std::uint64_t last, WallTime now);

} // namespace tarn::gossip
