// stored_file: an immutable file on a grid bench, and who holds which share of it.
#pragma once

#include "tests/client-gateway/grid_bench.h"

#include <map>

namespace tarn::test {

struct StoredFile
{
    /// Stores seeded plaintext of that size; without success there are no holders.
    StoredFile(GridBench& bench, std::size_t size);

    /// \pre somebody holds it
    Bytes& share(std::uint32_t number);
    void remove(std::uint32_t number);

    Bytes plain;
    std::string cap;
    std::string verifyCap;
    StorageIndex index;
    std::map<ShareNumber, BenchServer*> holders;
};

/// Every request to the server has this fault from now on.
void failAll(BenchServer& server, Fault fault);

} // namespace tarn::test
