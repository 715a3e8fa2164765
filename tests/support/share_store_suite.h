// share_store_suite: what every ShareStore must do, as checks that any implementation can be put
// through: on disk, in memory, over HTTP.
#pragma once

#include "core/storage_api/share_store.h"

#include <functional>
#include <string>
#include <vector>

namespace tarn::test {

struct SuiteHost
{
    storage_api::ShareStore& store;
    /// Moves the store's time. Empty: checks that need it are left out.
    std::function<void(Duration)> advance;
};

struct SuiteCheck
{
    const char* name;
    bool needsTime;
    /// \return "" when the store did as it must, else where and what it did not. Needs a fresh
    ///         store with at least 64 MiB of space.
    asio::awaitable<std::string> (*run)(SuiteHost& host);
};

const std::vector<SuiteCheck>& shareStoreSuite();

/// Values for tests, different for each seed.
StorageIndex suiteIndex(std::uint8_t seed);
storage_api::LeaseSecrets suiteLeases(std::uint8_t seed);
Bytes suiteBytes(std::size_t size, std::uint64_t seed);

} // namespace tarn::test
