#include "tests/client-gateway/mutable_bench.h"

#include "core/crypto/key_derivation.h"

namespace tarn::test {

using namespace gateway;

EncodingParameters encodingOf(std::uint32_t needed, std::uint32_t total)
{
    EncodingParameters encoding;
    encoding.needed = needed;
    encoding.happy = 1;
    encoding.total = total;
    return encoding;
}

StorageIndex indexOf(const cap::MutableWriteCap& cap)
{
    return cap::verifyCapOf(cap::readCapOf(cap)).index;
}

asio::awaitable<Result<void>> updateWith(MutableService& files, cap::MutableWriteCap cap,
                                         std::uint64_t offset, Bytes patch)
{
    BytesSource source(patch);
    co_return co_await files.update(cap, offset, source);
}

asio::awaitable<Result<void>> overwriteWith(MutableService& files, cap::MutableWriteCap cap,
                                            Bytes plain)
{
    BytesSource source(plain);
    co_return co_await files.overwrite(cap, source);
}

std::unique_ptr<Grid> MutableBench::otherGateway(std::size_t keysAhead)
{
    NodeSecrets secrets;
    secrets.leaseSecret = Secret(zeroBytes(32));
    GridSettings settings = grid->settings();
    settings.keysAhead = keysAhead;
    const GridParts parts{clock, random, *pool, *pool, set, engine.get_executor()};
    return std::make_unique<Grid>(parts, std::move(secrets), std::move(settings));
}

Result<cap::MutableWriteCap> MutableBench::create(ByteView plain, cap::MutableFormat format)
{
    BytesSource source(plain);
    MutableCreation how;
    how.format = format;
    return wait(files().create(source, std::move(how)));
}

Result<MutableContents> MutableBench::readBack(const cap::MutableWriteCap& cap)
{
    return wait(files().read(cap::readCapOf(cap), std::uint64_t{1} << 30U));
}

Result<void> MutableBench::overwrite(const cap::MutableWriteCap& cap, ByteView plain)
{
    return wait(overwriteWith(files(), cap, toBytes(plain)));
}

Result<void> MutableBench::update(const cap::MutableWriteCap& cap, std::uint64_t offset,
                                  ByteView plain)
{
    return wait(updateWith(files(), cap, offset, toBytes(plain)));
}

CheckResult MutableBench::check(const MutableCap& cap, bool verify)
{
    CheckOptions options;
    options.verify = verify;
    const auto result = wait(files().check(cap, options));
    return result ? *result : CheckResult();
}

RepairResult MutableBench::repair(const MutableCap& cap)
{
    CheckOptions options;
    options.verify = true;
    const auto result = wait(files().checkAndRepair(cap, options));
    return result ? *result : RepairResult();
}

bool MutableBench::put(const cap::MutableWriteCap& cap, std::uint32_t number, ByteView bytes)
{
    const Server& server = *servers[number]->server;
    const crypto::WriteEnabler enabler = crypto::writeEnablerFor(cap.writeKey, server.tubId);
    storage_api::ReadTestWrite request;
    storage_api::WriteVector whole;
    whole.data = bytes;
    request.shares[ShareNumber{number}].writes.push_back(whole);
    const storage_api::LeaseSecrets leases;
    const auto done =
        wait(server.store().readTestWrite(indexOf(cap), leases, enabler.view(), request));
    return done && done->success;
}

Bytes* MutableBench::share(const cap::MutableWriteCap& cap, std::uint32_t number)
{
    for (const auto& one : servers)
        if (Bytes* bytes = one->memory->shareBytes(indexOf(cap), ShareNumber{number})) return bytes;
    return nullptr;
}

void MutableBench::lose(const cap::MutableWriteCap& cap, std::uint32_t number)
{
    for (const auto& one : servers)
        one->memory->removeShare(indexOf(cap), ShareNumber{number});
}

std::uint64_t MutableBench::bytesWritten() const
{
    std::uint64_t sum = 0;
    for (const auto& one : servers)
        sum += one->store->bytesWritten();
    return sum;
}

std::uint64_t MutableBench::bytesRead() const
{
    std::uint64_t sum = 0;
    for (const auto& one : servers)
        sum += one->store->bytesRead();
    return sum;
}

} // namespace tarn::test
