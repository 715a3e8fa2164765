#include "core/node/record_file.h"

#include "core/node/files.h"

namespace tarn::node {

namespace {

constexpr std::size_t kMaxBytes = 64U << 20U;

} // namespace

Result<gossip::RecordArchive> readRecordsBlocking(const std::string& path)
{
    const Result<Bytes> bytes = readFileBlocking(path, kMaxBytes);
    if (!bytes && bytes.error().code() == ErrorCode::NotFound) return gossip::RecordArchive();
    if (!bytes) return bytes.error();
    Result<gossip::RecordArchive> archive = gossip::decodeArchive(*bytes);
    if (!archive) return std::move(archive).error().within(path);
    return archive;
}

Result<void> writeRecordsBlocking(const std::string& path,
                                  const std::vector<gossip::RecordPtr>& records)
{
    gossip::RecordArchive archive;
    archive.records = records;
    return writeFileBlocking(path, gossip::encodeArchive(archive), kPrivateFile);
}

} // namespace tarn::node
