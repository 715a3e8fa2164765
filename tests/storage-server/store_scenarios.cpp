#include "tests/storage-server/store_scenarios.h"

#include <QtTest/QTest>

#include <algorithm>

namespace tarn::test {

using namespace storage_api;

void makeTwoSlots(StoreRig& rig, std::uint8_t index)
{
    ReadTestWrite request = slotWrite(0, 0, asBytes("zero zero zero"));
    request.shares[ShareNumber{1}].writes.push_back({0, asBytes("one")});
    static_cast<void>(rig.change(index, request));
}

ReadTestWrite threeChanges()
{
    ReadTestWrite request = slotWrite(0, 2, asBytes("CHANGED"));
    request.shares[ShareNumber{1}].newLength = 0;
    request.shares[ShareNumber{2}].writes.push_back({0, asBytes("created")});
    return request;
}

namespace {

const Bytes& large()
{
    static const Bytes kLarge = suiteBytes(1'500'000, 77);
    return kLarge;
}

void nothing(StoreRig& /*rig*/) {}

void twoSlots(StoreRig& rig)
{
    makeTwoSlots(rig, 1);
}

void largeSlot(StoreRig& rig)
{
    static_cast<void>(rig.change(1, slotWrite(0, 0, large())));
}

void oneShare(StoreRig& rig)
{
    rig.put(1, 0, asBytes("a share"));
}

void keepNoFilesOpen(StoreRig& rig)
{
    rig.config().maximumOpenFiles = 0;
    rig.store().reconfigure(rig.config());
}

void oneShareLongAgo(StoreRig& rig)
{
    oneShare(rig);
    rig.clock().jumpWall(std::chrono::hours(1000));
}

bool uploadInPieces(StoreRig& rig)
{
    const Bytes data = suiteBytes(3000, 1);
    if (!rig.allocate(1, {ShareNumber{0}}, 3000)) return false;
    if (!rig.writePiece(1, 0, 2000, ByteView(data).subspan(2000))) return false;
    const auto last = rig.writePiece(1, 0, 0, ByteView(data).first(2000));
    return last && last->required.empty();
}

bool abortedUpload(StoreRig& rig)
{
    if (!rig.allocate(1, {ShareNumber{0}}, 3000)) return false;
    if (!rig.writePiece(1, 0, 0, suiteBytes(2000, 1))) return false;
    auto aborting =
        rig.store().abortShare(suiteIndex(1), ShareNumber{0}, asBytes("an upload secret 001"));
    return bool(rig.run(std::move(aborting)));
}

bool advisory(StoreRig& rig)
{
    const auto index = suiteIndex(1);
    auto advising =
        rig.store().adviseCorrupt(ShareKind::Immutable, index, ShareNumber{0}, "bad hash");
    return bool(rig.run(std::move(advising)));
}

} // namespace

const std::vector<Scenario>& storeScenarios()
{
    static const std::vector<Scenario> kAll{
        {"upload in one piece", nothing,
         [](StoreRig& rig) { return rig.put(1, 0, suiteBytes(3000, 1)); }},
        {"upload in pieces", nothing, uploadInPieces},
        {"upload in pieces, closed between", keepNoFilesOpen, uploadInPieces},
        {"upload, aborted", nothing, abortedUpload},
        {"advisory", oneShare, advisory},
        {"lease renewed", oneShareLongAgo, [](StoreRig& rig) { return bool(rig.addLease(1, 1)); }},
        {"large upload", nothing, [](StoreRig& rig) { return rig.put(1, 0, large()); }},
        {"new slot", nothing,
         [](StoreRig& rig) { return bool(rig.change(1, slotWrite(0, 0, asBytes("x")))); }},
        {"overwrite", twoSlots,
         [](StoreRig& rig) { return bool(rig.change(1, slotWrite(0, 5, asBytes("y")))); }},
        {"delete", twoSlots,
         [](StoreRig& rig) {
             ReadTestWrite request;
             request.shares[ShareNumber{1}].newLength = 0;
             return bool(rig.change(1, request));
         }},
        {"three shares", twoSlots,
         [](StoreRig& rig) { return bool(rig.change(1, threeChanges())); }},
        {"new large slot", nothing,
         [](StoreRig& rig) { return bool(rig.change(1, slotWrite(0, 0, large()))); }},
        {"new large slot, staged", nothing,
         [](StoreRig& rig) { return bool(rig.changeStaged(1, 0, 100, large())); }},
        {"large slot replaced, staged", largeSlot,
         [](StoreRig& rig) {
             const Bytes other(large().rbegin(), large().rend());
             return bool(rig.changeStaged(1, 0, 100, other));
         }},
        {"in a large slot", largeSlot,
         [](StoreRig& rig) {
             const ByteView data = ByteView(large()).first(600'000);
             return bool(rig.change(1, slotWrite(0, 1'200'000, data)));
         }},
        {"within a large slot", largeSlot,
         [](StoreRig& rig) {
             ReadTestWrite request = slotWrite(0, 700'000, ByteView(large()).first(300'000));
             request.shares[ShareNumber{0}].writes.push_back({0, asBytes("head")});
             return bool(rig.change(1, request));
         }},
        {"within two slots", twoSlots,
         [](StoreRig& rig) {
             ReadTestWrite request = slotWrite(0, 5, asBytes("y"));
             request.shares[ShareNumber{1}].writes.push_back({1, asBytes("NETWORKS")});
             return bool(rig.change(1, request));
         }},
        {"most of a large slot", largeSlot,
         [](StoreRig& rig) {
             const ByteView data = ByteView(large()).first(1'200'000);
             return bool(rig.change(1, slotWrite(0, 100'000, data)));
         }},
        {"another lease", oneShare, [](StoreRig& rig) { return bool(rig.addLease(1, 2)); }},
        {"another lease on slots", twoSlots,
         [](StoreRig& rig) { return bool(rig.addLease(1, 2)); }},
    };
    return kAll;
}

const Scenario& scenarioCalled(std::string_view name)
{
    return *std::find_if(storeScenarios().begin(), storeScenarios().end(),
                         [&](const Scenario& scenario) { return scenario.name == name; });
}

std::pair<Files, Files> undisturbed(const Scenario& scenario)
{
    StoreRig rig;
    if (!rig.open()) return {};
    scenario.prepare(rig);
    Files before = rig.snapshot();
    const bool done = scenario.act(rig);
    return {std::move(before), done ? rig.snapshot() : Files()};
}

std::map<std::string, std::size_t> sizesOf(const Files& files)
{
    std::map<std::string, std::size_t> out;
    for (const auto& [name, bytes] : files)
        out[name] = bytes.size();
    return out;
}

std::size_t bytesIn(const Files& files)
{
    std::size_t size = 0;
    for (const auto& [name, bytes] : files)
        size += bytes.size();
    return size;
}

void addScenarioRows()
{
    QTest::addColumn<int>("number");
    for (std::size_t i = 0; i < storeScenarios().size(); ++i)
        QTest::newRow(storeScenarios()[i].name) << static_cast<int>(i);
}

} // namespace tarn::test
