#include "core/gossip/record.h"

#include "core/crypto/sha256.h"
#include "core/wire/gossip.pb.h"

#include <algorithm>

namespace tarn::gossip {

namespace {

constexpr std::string_view kContext{"tarn signed record v1\0", 22};
constexpr unsigned kVersionHashBits = 16;
constexpr std::int64_t kMaxTime = 1LL << 40U; // 36,800 years

Error refused(const std::string& what)
{
    return Error(ErrorCode::InvalidInput, "record: " + what);
}

Bytes signedBytes(ByteView payload)
{
    Bytes out = toBytes(kContext);
    append(out, payload);
    return out;
}

Result<void> checkBounds(const RecordContent& content)
{
    if (content.subject.empty() || content.subject.size() > kMaxSubjectBytes)
        return refused("expected a subject of 1 to 64 bytes");
    if (content.sequence == 0 || content.sequence > kMaxSequence)
        return refused("sequence number out of bounds");
    const bool timesFit = content.issued >= 0 && content.issued <= kMaxTime &&
                          content.expires >= 0 && content.expires <= kMaxTime;
    if (!timesFit) return refused("time out of bounds");
    if (content.expires != 0 && content.expires <= content.issued)
        return refused("expires before it was issued");
    return ok();
}

std::string payloadOf(const RecordContent& content)
{
    wire::proto::RecordPayload out;
    out.set_kind(static_cast<std::uint32_t>(content.kind));
    out.set_subject(std::string(asText(content.subject)));
    out.set_sequence(content.sequence);
    out.set_issued(content.issued);
    out.set_expires(content.expires);
    out.set_body(std::string(asText(content.body)));
    return out.SerializeAsString();
}

Result<RecordContent> parsePayload(ByteView payload)
{
    wire::proto::RecordPayload in;
    if (!in.ParseFromArray(payload.data(), static_cast<int>(payload.size())))
        return refused("the payload is not a RecordPayload");
    RecordContent out;
    out.kind = static_cast<RecordKind>(in.kind());
    out.subject = toBytes(in.subject());
    out.sequence = in.sequence();
    out.issued = in.issued();
    out.expires = in.expires();
    out.body = toBytes(in.body());
    TARN_TRY_VOID(checkBounds(out));
    return out;
}

std::uint64_t slotOf(const RecordContent& content, const Ed25519PublicKey& signer)
{
    Bytes text;
    appendBig(text, static_cast<std::uint32_t>(content.kind));
    append(text, signer.view());
    append(text, content.subject);
    return loadBig<std::uint64_t>(crypto::sha256(text).view(), 0);
}

std::uint64_t versionOf(std::uint64_t sequence, ByteView payload)
{
    const Hash256 hash = crypto::sha256(payload);
    return (sequence << kVersionHashBits) | loadBig<std::uint16_t>(hash.view(), 0);
}

std::size_t varintSize(std::size_t value)
{
    std::size_t size = 1;
    for (; value >= 0x80; value >>= 7U)
        ++size;
    return size;
}

std::size_t fieldSize(std::size_t size)
{
    return 1 + varintSize(size) + size;
}

} // namespace

struct RecordMaker
{
    static RecordPtr make(RecordContent content, const Ed25519PublicKey& signer, ByteView payload,
                          const crypto::Ed25519Signature& signature)
    {
        std::shared_ptr<Record> out(new Record);
        out->m_name = {slotOf(content, signer), versionOf(content.sequence, payload)};
        out->m_content = std::move(content);
        out->m_signer = signer;
        out->m_payload = toBytes(payload);
        out->m_signature = signature;
        return out;
    }
};

std::size_t Record::wireSize() const
{
    return fieldSize(m_payload.size()) + fieldSize(Ed25519PublicKey::kSize) +
           fieldSize(crypto::Ed25519Signature::kSize);
}

bool Record::replaces(const Record& other) const
{
    return m_content.kind == other.m_content.kind && m_signer == other.m_signer &&
           m_content.subject == other.m_content.subject;
}

bool Record::isNewerThan(const Record& other) const
{
    if (m_name.version != other.m_name.version) return m_name.version > other.m_name.version;
    return std::lexicographical_compare(other.m_payload.begin(), other.m_payload.end(),
                                        m_payload.begin(), m_payload.end());
}

Result<RecordPtr> signRecord(const crypto::Ed25519Key& key, RecordContent content)
{
    TARN_TRY_VOID(checkBounds(content));
    const std::string payload = payloadOf(content);
    const crypto::Ed25519Signature signature = key.sign(signedBytes(asBytes(payload)));
    RecordPtr out =
        RecordMaker::make(std::move(content), key.publicKey(), asBytes(payload), signature);
    if (out->wireSize() > kMaxRecordBytes) return refused("larger than 16 KiB");
    return out;
}

Result<RecordPtr> openRecord(ByteView payload, ByteView publicKey, ByteView signature)
{
    if (fieldSize(payload.size()) + fieldSize(publicKey.size()) + fieldSize(signature.size()) >
        kMaxRecordBytes)
        return refused("larger than 16 KiB");
    const Result<Ed25519PublicKey> key = Ed25519PublicKey::from(publicKey);
    if (!key) return refused("expected a public key of 32 bytes");
    const Result<crypto::Ed25519Signature> sign = crypto::Ed25519Signature::from(signature);
    if (!sign) return refused("expected a signature of 64 bytes");
    TARN_TRY(RecordContent content, parsePayload(payload));
    if (!crypto::verifyEd25519(*key, signedBytes(payload), *sign))
        return Error(ErrorCode::Corrupt, "record: the signature is wrong");
    return RecordMaker::make(std::move(content), *key, payload, *sign);
}

Result<RecordPtr> openRecord(ByteView signedRecord)
{
    if (signedRecord.size() > kMaxRecordBytes) return refused("larger than 16 KiB");
    wire::proto::SignedRecord in;
    if (!in.ParseFromArray(signedRecord.data(), static_cast<int>(signedRecord.size())))
        return refused("not a SignedRecord");
    return openRecord(asBytes(in.payload()), asBytes(in.public_key()), asBytes(in.signature()));
}

Bytes encodeRecord(const Record& record)
{
    wire::proto::SignedRecord out;
    out.set_payload(std::string(asText(record.payload())));
    out.set_public_key(std::string(asText(record.signer().view())));
    out.set_signature(std::string(asText(record.signature().view())));
    return toBytes(out.SerializeAsString());
}

std::uint64_t nextSequence(std::uint64_t last, WallTime now)
{
    const std::int64_t seconds = std::max<std::int64_t>(unixSeconds(now), 1);
    return std::min(std::max(last + 1, static_cast<std::uint64_t>(seconds)), kMaxSequence);
}

} // namespace tarn::gossip
