#include "client-gateway/mutable/mutable_parts.h"

#include "core/codec/base32.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

MutableFile fileOf(const cap::MutableVerifyCap& cap)
{
    MutableFile file;
    file.format = cap.format;
    file.index = cap.index;
    file.fingerprint = cap.fingerprint;
    return file;
}

MutableFile fileOf(const cap::MutableReadCap& cap)
{
    MutableFile file = fileOf(cap::verifyCapOf(cap));
    file.readKey = cap.readKey;
    return file;
}

MutableFile fileOf(const cap::MutableWriteCap& cap)
{
    MutableFile file = fileOf(cap::readCapOf(cap));
    file.writeKey = cap.writeKey;
    return file;
}

} // namespace

MutableFile MutableFile::of(const MutableCap& cap)
{
    return std::visit([](const auto& one) { return fileOf(one); }, cap);
}

MutableFile MutableFile::of(const MutableReadable& cap)
{
    return std::visit([](const auto& one) { return fileOf(one); }, cap);
}

std::unique_ptr<TransferRecord> beginTransfer(const MutableParts& parts, const MutableFile& file,
                                              TransferKind kind, TransferLogPtr log,
                                              std::optional<std::uint64_t> size, std::string mode)
{
    TransferStart start;
    start.kind = kind;
    start.storageIndex = codec::encodeBase32(file.index);
    start.size = size;
    start.mode = std::move(mode);
    start.log = std::move(log);
    return beginTransfer(parts.watcher, std::move(start));
}

asio::awaitable<Gate::Permit> roomFor(Gate& gate, std::uint64_t bytes)
{
    constexpr std::uint64_t kFew = 16 * 1024 * 1024;
    if (bytes <= kFew) co_return Gate::Permit();
    co_return co_await gate.enter(bytes);
}

std::vector<ServerPtr> askingOrder(const MutableParts& parts, StorageIndex index)
{
    std::vector<ServerPtr> out = permutedOrder(index, parts.servers.servers());
    if (parts.home == nullptr) return out;
    std::stable_partition(out.begin(), out.end(), [&](const ServerPtr& server) {
        return server->id == parts.home->server;
    });
    return out;
}

storage_api::LeaseSecrets mutableLeases(const MutableParts& parts, const MutableFile& file,
                                        const Server& server)
{
    const crypto::LeaseSecrets ofFile = crypto::fileLeaseSecrets(parts.clientLeases, file.index);
    const crypto::LeaseSecrets bucket = crypto::bucketLeaseSecrets(ofFile, server.tubId);
    return storage_api::LeaseSecrets{bucket.renewal, bucket.cancel};
}

} // namespace tarn::gateway
