#include "core/gossip/record_archive.h"

#include "core/wire/gossip.pb.h"

#include <limits>

namespace tarn::gossip {

namespace {

constexpr std::size_t kMaxCursorBytes = 64;

Error notAnArchive()
{
    return Error(ErrorCode::InvalidInput, "not a list of signed records");
}

} // namespace

Bytes encodeArchive(const RecordArchive& archive)
{
    wire::proto::RecordArchive out;
    for (const RecordPtr& record : archive.records) {
        wire::proto::SignedRecord& one = *out.add_records();
        one.set_payload(std::string(asText(record->payload())));
        one.set_public_key(std::string(asText(record->signer().view())));
        one.set_signature(std::string(asText(record->signature().view())));
    }
    out.set_cursor(archive.cursor);
    out.set_more(archive.more);
    return toBytes(out.SerializeAsString());
}

Result<RecordArchive> decodeArchive(ByteView bytes)
{
    wire::proto::RecordArchive in;
    if (bytes.size() > std::numeric_limits<int>::max() ||
        !in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
        in.cursor().size() > kMaxCursorBytes)
        return notAnArchive();
    RecordArchive out;
    out.cursor = in.cursor();
    out.more = in.more();
    for (const wire::proto::SignedRecord& one : in.records()) {
        Result<RecordPtr> record =
            openRecord(asBytes(one.payload()), asBytes(one.public_key()), asBytes(one.signature()));
        if (record)
            out.records.push_back(*std::move(record));
        else
            ++out.damaged;
    }
    return out;
}

} // namespace tarn::gossip
