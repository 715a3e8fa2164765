// Any bytes as a signed record, an archive and an announcement: refused with the right code, or the
// same record when written and read again. A second half signs the bytes, so that bodies are
// reached, too.
#include "client-gateway/servers_file.h"
#include "core/base/check.h"
#include "core/gossip/record_archive.h"
#include "core/gossip/server_announcement.h"

namespace {

using namespace tarn;
using namespace tarn::gossip;

void checkRecord(const Record& record)
{
    const Bytes written = encodeRecord(record);
    TARN_ASSERT(written.size() == record.wireSize());
    const Result<RecordPtr> again = openRecord(written);
    TARN_ASSERT(again && (*again)->name() == record.name());
    TARN_ASSERT((*again)->content() == record.content());
    TARN_ASSERT(!(*again)->isNewerThan(record) && !record.isNewerThan(**again));
}

/// What introducers export is a servers.yaml, whatever was announced.
void checkExport(const wire::Announcement& entry)
{
    const Result<gateway::ServersFile> file = gateway::parseServersFile(wire::serversYaml(entry));
    TARN_ASSERT(file);
    for (const gateway::ServerEntry& server : file->servers) {
        TARN_ASSERT(server.id == entry.serverId && server.nurls == entry.nurls);
        TARN_ASSERT(server.certificates == entry.certificates);
    }
    TARN_ASSERT(entry.nurls.empty() || file->servers.size() == 1);
}

void checkBody(ByteView body)
{
    static const crypto::Ed25519Key key =
        crypto::Ed25519Key::fromSeed(crypto::Ed25519Seed::prefixOf(zeroBytes(32)));
    RecordContent content;
    content.subject = toBytes(key.publicKey().view());
    content.issued = 1'800'000'000;
    content.expires = content.issued + 3600;
    content.body = toBytes(body);
    const Result<RecordPtr> record = signRecord(key, std::move(content));
    if (!record) return;
    checkRecord(**record);
    const Result<ServerAnnouncement> server = readAnnouncement(**record);
    if (!server) {
        TARN_ASSERT(server.error().code() == ErrorCode::InvalidInput);
        return;
    }
    const WallTime now{std::chrono::seconds(1'800'000'000)};
    const Result<RecordPtr> again = signAnnouncement(key, *server, 1, now);
    TARN_ASSERT(again);
    const Result<ServerAnnouncement> read = readAnnouncement(**again);
    TARN_ASSERT(read && *read == *server);
    const wire::Announcement entry = asServerEntry((*again)->signer(), *server);
    for (const std::string& nurl : entry.nurls)
        TARN_ASSERT(wire::parseNurl(nurl));
    checkExport(entry);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ByteView input = std::as_bytes(std::span(data, size));
    const Result<RecordPtr> record = openRecord(input);
    if (record)
        checkRecord(**record);
    else
        TARN_ASSERT(record.error().code() == ErrorCode::InvalidInput ||
                    record.error().code() == ErrorCode::Corrupt);
    const Result<RecordArchive> archive = decodeArchive(input);
    if (archive) {
        const Result<RecordArchive> again = decodeArchive(encodeArchive(*archive));
        TARN_ASSERT(again && again->records.size() == archive->records.size());
        TARN_ASSERT(again->damaged == 0 && again->cursor == archive->cursor);
    }
    checkBody(input);
    return 0;
}
