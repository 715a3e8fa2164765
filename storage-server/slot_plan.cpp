#include "storage-server/slot_plan.h"

#include "storage-server/share_charge.h"
#include "storage-server/store_paths.h"

#include <algorithm>
#include <map>

namespace tarn::storage {

using storage_api::ReadTestWriteAnswer;
using storage_api::ReadVector;
using storage_api::ShareWrite;
using storage_api::TestVector;
using storage_api::WriteVector;

namespace {

constexpr std::uint64_t kDataOffset = share::kMutableContainerHeaderSize;

struct ExistingShare
{
    OpenShare open;
    MutableSlot slot;
};
using ExistingShares = std::map<ShareNumber, ExistingShare>;

/// More files than this are not held open at once.
constexpr std::size_t kMostOpen = 32;
/// More shares than this are not kept below one index.
constexpr std::size_t kMostShares = 4096;

Result<ExistingShares> collect(FileLayer& layer, const SlotRequest& request)
{
    ExistingShares out;
    TARN_TRY(const std::set<ShareNumber> numbers, listBucket(layer, request.index));
    for (const ShareNumber number : numbers) {
        ExistingShare share;
        TARN_TRY(share.open, openShare(layer, sharePath(request.index, number), OpenMode::Read));
        TARN_TRY(share.slot, loadMutableSlot(share.open));
        if (!constantTimeEqual(share.slot.header.writeEnabler.view(), request.writeEnabler))
            return Error(ErrorCode::Unauthorized, "another write enabler");
        if (out.size() >= kMostOpen) share.open.file.close();
        out.emplace(number, std::move(share));
    }
    return out;
}

Result<void> readExactly(FileLayer& layer, const SlotRequest& request, ShareNumber number,
                         const ExistingShare& share, std::uint64_t offset, MutableByteView into)
{
    if (into.empty()) return ok();
    if (share.open.file) return share.open.file.readExactlyAt(kDataOffset + offset, into);
    TARN_TRY(const File file, File::open(layer, sharePath(request.index, number), OpenMode::Read));
    return file.readExactlyAt(kDataOffset + offset, into);
}

std::uint64_t presentBytes(const MutableSlot& slot, std::uint64_t offset, std::uint64_t size)
{
    const std::uint64_t length = slot.header.dataLength;
    return offset >= length ? 0 : std::min(size, length - offset);
}

Result<bool> passes(FileLayer& layer, const SlotRequest& request, ShareNumber number,
                    const ExistingShare& share, const TestVector& test)
{
    const std::uint64_t size = presentBytes(share.slot, test.offset, test.size);
    if (size != test.specimen.size()) return false;
    Bytes piece(64 * 1024);
    for (std::uint64_t done = 0; done < size; done += piece.size()) {
        const auto count =
            static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), size - done));
        const MutableByteView part = MutableByteView(piece).first(count);
        TARN_TRY_VOID(readExactly(layer, request, number, share, test.offset + done, part));
        if (!equal(part, test.specimen.subspan(static_cast<std::size_t>(done), count)))
            return false;
    }
    return true;
}

Result<bool> testAll(FileLayer& layer, const SlotRequest& request, const ExistingShares& existing)
{
    for (const auto& [number, change] : request.vectors->shares) {
        const auto share = existing.find(number);
        for (const TestVector& test : change.tests) {
            if (share == existing.end()) {
                if (!test.specimen.empty()) return false;
                continue;
            }
            TARN_TRY(const bool good, passes(layer, request, number, share->second, test));
            if (!good) return false;
        }
    }
    return true;
}

Result<void> readAll(FileLayer& layer, const SlotRequest& request, const ExistingShares& existing,
                     ReadTestWriteAnswer& answer)
{
    std::uint64_t total = 0;
    for (const auto& [number, share] : existing) {
        std::vector<Bytes>& out = answer.readData[number];
        for (const ReadVector& read : request.vectors->reads) {
            const std::uint64_t size = presentBytes(share.slot, read.offset, read.size);
            total += size;
            if (total > kMostReadBytes)
                return Error(ErrorCode::InvalidInput, "the read vectors ask for too much");
            Bytes bytes(static_cast<std::size_t>(size));
            TARN_TRY_VOID(readExactly(layer, request, number, share, read.offset, bytes));
            out.push_back(std::move(bytes));
        }
    }
    return ok();
}

/// Moves the extra leases behind the new end of the data, if they are in the way.
void growCapacity(MutableSlot& slot, std::uint64_t dataEnd, WritePlan& plan)
{
    if (dataEnd <= slot.header.capacity()) return;
    Bytes block;
    appendBig<std::uint32_t>(block, static_cast<std::uint32_t>(slot.extras.size()));
    for (const std::optional<share::Lease>& lease : slot.extras)
        append(block, share::encodeMutableLease(lease));
    plan.writes.push_back({slot.header.extraLeases, {}, block.size()});
    slot.header.extraLeases = kDataOffset + dataEnd;
    plan.add(slot.header.extraLeases, std::move(block));
}

/// Bytes that fell out of the data when it was cut must not come back in a gap.
void zeroGap(const MutableSlot& slot, std::uint64_t offset, WritePlan& plan)
{
    const std::uint64_t begin = kDataOffset + slot.header.dataLength;
    const std::uint64_t end = std::min(kDataOffset + offset, slot.fileSize);
    if (begin < end) plan.writes.push_back({begin, {}, end - begin});
}

void planWrites(MutableSlot& slot, const ShareWrite& change, WritePlan& plan)
{
    std::uint64_t dataEnd = 0;
    for (const WriteVector& write : change.writes)
        dataEnd = std::max<std::uint64_t>(dataEnd, write.offset + write.data.size());
    growCapacity(slot, dataEnd, plan);
    for (const WriteVector& write : change.writes) {
        const std::uint64_t end = write.offset + write.data.size();
        if (end >= slot.header.dataLength) {
            if (write.offset > slot.header.dataLength) zeroGap(slot, write.offset, plan);
            slot.header.dataLength = end;
        }
        if (!write.data.empty()) plan.writes.push_back({kDataOffset + write.offset, write.data, 0});
    }
    if (change.newLength && *change.newLength < slot.header.dataLength)
        slot.header.dataLength = *change.newLength;
}

Result<void> checkLimits(const ShareWrite& change)
{
    for (const WriteVector& write : change.writes) {
        if (write.offset > share::kMaxMutableShareSize ||
            write.data.size() > share::kMaxMutableShareSize - write.offset)
            return Error(ErrorCode::InvalidInput, "a write beyond the largest share");
    }
    return ok();
}

MutableSlot newSlot(const SlotRequest& request)
{
    MutableSlot slot;
    slot.header.server = request.lease.server;
    Bytes enabler = toBytes(request.writeEnabler);
    enabler.resize(std::max<std::size_t>(enabler.size(), 32), std::byte{0});
    slot.header.writeEnabler = crypto::WriteEnabler::prefixOf(enabler);
    wipe(enabler);
    return slot;
}

/// The lengths and, in a new container, all else of the header.
void planHeader(const MutableSlot& slot, bool fresh, WritePlan& plan)
{
    Bytes header = share::encodeMutableHeader(slot.header);
    if (fresh) {
        plan.add(0, std::move(header));
        return;
    }
    constexpr std::size_t kLengthsOffset = 84;
    plan.add(kLengthsOffset, toBytes(ByteView(header).subspan(kLengthsOffset, 16)));
}

FileChange planShare(const SlotRequest& request, ShareNumber number, const ShareWrite& change,
                     const ExistingShare* existing, WritePlan& plan, std::uint64_t& charge)
{
    const bool fresh = existing == nullptr;
    MutableSlot slot = fresh ? newSlot(request) : existing->slot;
    plan.size = slot.fileSize;
    if (fresh) plan.add(slot.header.extraLeases, zeroBytes(4));
    planWrites(slot, change, plan);
    planMutableLease(slot, request.lease, plan);
    planHeader(slot, fresh, plan);
    charge = chargeOf(slot);
    FileChange out;
    out.kind = fresh ? FileChange::Kind::Create : FileChange::Kind::Edit;
    out.place = sharePath(request.index, number);
    out.writes = plan.writes;
    out.size = plan.size;
    return out;
}

} // namespace

Result<SlotPlan> planSlot(FileLayer& layer, const SlotRequest& request)
{
    SlotPlan plan;
    TARN_TRY(const ExistingShares existing, collect(layer, request));
    TARN_TRY(plan.answer.success, testAll(layer, request, existing));
    TARN_TRY_VOID(readAll(layer, request, existing, plan.answer));
    if (!plan.answer.success) return plan;
    if (existing.size() + request.vectors->shares.size() > kMostShares)
        return Error(ErrorCode::NoSpace, "too many shares below one storage index");
    for (const auto& [number, change] : request.vectors->shares) {
        const auto found = existing.find(number);
        const ExistingShare* share = found == existing.end() ? nullptr : &found->second;
        const auto oldSize = static_cast<std::int64_t>(share == nullptr ? 0 : share->slot.fileSize);
        if (change.newLength == std::uint64_t(0)) {
            if (share == nullptr) continue;
            plan.changes.push_back(
                {FileChange::Kind::Remove, sharePath(request.index, number), {}, 0});
            plan.growth -= oldSize;
            plan.gone.push_back({request.index, number});
            continue;
        }
        TARN_TRY_VOID(checkLimits(change));
        WritePlan& writes = plan.owned.emplace_back();
        ShareCharge& charge = plan.charges.emplace_back();
        charge.share = number;
        plan.changes.push_back(planShare(request, number, change, share, writes, charge.charge));
        plan.growth += static_cast<std::int64_t>(writes.size) - oldSize;
    }
    return plan;
}

Result<Bytes> imageAfter(FileLayer& layer, const FileChange& change, std::uint64_t limit)
{
    if (change.size > limit) return Error(ErrorCode::InvalidInput, "too large for an image");
    Bytes image = zeroBytes(static_cast<std::size_t>(change.size));
    if (change.kind == FileChange::Kind::Edit) {
        TARN_TRY(const File file, File::open(layer, change.place, OpenMode::Read));
        TARN_TRY_VOID(file.readAt(0, image));
    }
    for (const FileWrite& write : change.writes) {
        const auto at = image.begin() + static_cast<std::ptrdiff_t>(write.offset);
        if (write.zeros > 0) {
            std::fill_n(at, write.zeros, std::byte{0});
        } else {
            std::copy(write.bytes.begin(), write.bytes.end(), at);
        }
    }
    return image;
}

} // namespace tarn::storage
