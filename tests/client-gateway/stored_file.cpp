#include "tests/client-gateway/stored_file.h"

namespace tarn::test {

StoredFile::StoredFile(GridBench& bench, std::size_t size) : plain(plaintext(size))
{
    const Result<gateway::UploadResult> result = bench.put(plain);
    if (!result) return;
    cap = result->readCap;
    verifyCap = result->verifyCap;
    index = storageIndexOf(cap);
    for (const auto& one : bench.servers)
        for (std::uint32_t number = 0; number < 256; ++number)
            if (one->memory->shareBytes(index, ShareNumber{number}) != nullptr)
                holders[ShareNumber{number}] = one.get();
}

Bytes& StoredFile::share(std::uint32_t number)
{
    const ShareNumber wanted{number};
    return *holders.at(wanted)->memory->shareBytes(index, wanted);
}

void StoredFile::remove(std::uint32_t number)
{
    const ShareNumber unwanted{number};
    holders.at(unwanted)->memory->removeShare(index, unwanted);
}

void failAll(BenchServer& server, Fault fault)
{
    server.store->setPlan([fault](StoreCall, std::uint64_t) { return fault; });
}

} // namespace tarn::test
