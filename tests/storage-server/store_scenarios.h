// store_scenarios: every operation that changes the disk, with what has to be there before it; for
// tests that make its file operations fail one by one.
#pragma once

#include "tests/support/store_rig.h"

namespace tarn::test {

/// One operation and what it needs to be there before.
struct Scenario
{
    const char* name;
    void (*prepare)(StoreRig& rig);
    /// \return whether the store said that it is done.
    bool (*act)(StoreRig& rig);
};

const std::vector<Scenario>& storeScenarios();
const Scenario& scenarioCalled(std::string_view name);

/// Slots 0 and 1 of an index, and a request that changes 0, deletes 1 and makes 2.
void makeTwoSlots(StoreRig& rig, std::uint8_t index);
storage_api::ReadTestWrite threeChanges();

/// What is on disk before and after an undisturbed run; nothing after one that fails.
std::pair<Files, Files> undisturbed(const Scenario& scenario);

std::size_t bytesIn(const Files& files);
std::map<std::string, std::size_t> sizesOf(const Files& files);
/// A data row for each scenario, in a column "number".
void addScenarioRows();

} // namespace tarn::test
