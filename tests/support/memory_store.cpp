#include "tests/support/memory_store.h"

#include <deque>

namespace tarn::test {

using namespace storage_api;

namespace {

constexpr Duration kUploadTimeout = std::chrono::minutes(30);
constexpr std::int64_t kLeaseSeconds = std::int64_t(31) * 24 * 3600;
constexpr std::uint64_t kLongestMutable = 69'105'000'000'000'000U;

Bytes cut(const Bytes& data, std::uint64_t offset, std::uint64_t size)
{
    if (offset >= data.size()) return {};
    const std::uint64_t count = std::min<std::uint64_t>(size, data.size() - offset);
    return toBytes(
        ByteView(data).subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(count)));
}

/// The parts of `missing` before and behind `range`.
std::vector<ByteRange> without(const std::vector<ByteRange>& missing, ByteRange range)
{
    std::vector<ByteRange> left;
    for (const ByteRange one : missing) {
        const ByteRange before{one.begin, std::min(one.end, range.begin)};
        const ByteRange behind{std::max(one.begin, range.end), one.end};
        if (before.begin < before.end) left.push_back(before);
        if (behind.begin < behind.end) left.push_back(behind);
    }
    return left;
}

/// The parts of `range` that are not missing.
std::vector<ByteRange> received(const std::vector<ByteRange>& missing, ByteRange range)
{
    std::vector<ByteRange> there{range};
    for (const ByteRange one : missing)
        there = without(there, one);
    return there;
}

Error noShare()
{
    return Error(ErrorCode::NotFound, "no such share");
}

Error otherKind()
{
    return Error(ErrorCode::Unsupported, "the share is of the other kind");
}

} // namespace

void MemoryStore::expireUploads()
{
    std::erase_if(m_uploads, [this](const auto& entry) {
        return m_clock.now() - entry.second.lastWrite >= kUploadTimeout;
    });
}

void MemoryStore::addOrRenew(Share& share, const LeaseSecrets& secrets) const
{
    const std::int64_t expires = unixSeconds(m_clock.wallNow()) + kLeaseSeconds;
    for (Lease& lease : share.leases) {
        if (!(lease.secrets.renew == secrets.renew)) continue;
        lease.expires = std::max(lease.expires, expires);
        return;
    }
    share.leases.push_back({secrets, expires});
}

asio::awaitable<Result<ServerVersion>> MemoryStore::version()
{
    expireUploads();
    const std::uint64_t used = usedSpace();
    const std::uint64_t left = m_capacity > used ? m_capacity - used : 0;
    co_return ServerVersion{left, kLongestMutable, left, "memory"};
}

asio::awaitable<Result<std::set<ShareNumber>>> MemoryStore::listShares(ShareKind kind,
                                                                       StorageIndex index)
{
    std::set<ShareNumber> out;
    const auto bucket = m_buckets.find(index);
    if (bucket == m_buckets.end()) co_return out;
    for (const auto& [number, share] : bucket->second) {
        if (kind == ShareKind::Immutable && share.kind != kind) co_return otherKind();
        out.insert(number);
    }
    co_return out;
}

asio::awaitable<Result<AllocateAnswer>>
MemoryStore::allocate(StorageIndex index, std::set<ShareNumber> shares, std::uint64_t allocatedSize,
                      LeaseSecrets leases, ByteView uploadSecret)
{
    expireUploads();
    AllocateAnswer answer;
    if (const auto bucket = m_buckets.find(index); bucket != m_buckets.end()) {
        for (const auto& [number, share] : bucket->second)
            if (share.kind != ShareKind::Immutable) co_return otherKind();
        for (auto& [number, share] : bucket->second) {
            answer.alreadyHave.insert(number);
            addOrRenew(share, leases);
        }
    }
    const std::int64_t expires = unixSeconds(m_clock.wallNow()) + kLeaseSeconds;
    for (const ShareNumber number : shares) {
        const Place place(index, number);
        if (answer.alreadyHave.contains(number) || m_uploads.contains(place)) continue;
        const std::uint64_t used = usedSpace();
        if (used > m_capacity || m_capacity - used < allocatedSize) continue;
        const auto size = static_cast<std::size_t>(allocatedSize);
        Upload upload{zeroBytes(size), without({{0, size}}, {0, 0}), toBytes(uploadSecret),
                      Lease{leases, expires}, m_clock.now()};
        m_uploads.emplace(place, std::move(upload));
        answer.allocated.insert(number);
    }
    co_return answer;
}

asio::awaitable<Result<WriteAnswer>> MemoryStore::writeShare(StorageIndex index, ShareNumber share,
                                                             ByteView uploadSecret,
                                                             std::uint64_t offset, ByteView data)
{
    expireUploads();
    const auto found = m_uploads.find(Place(index, share));
    if (found == m_uploads.end()) co_return Error(ErrorCode::NotFound, "no such upload");
    Upload& upload = found->second;
    if (!constantTimeEqual(upload.secret, uploadSecret))
        co_return Error(ErrorCode::Unauthorized, "another upload secret");
    upload.lastWrite = m_clock.now();
    if (offset > upload.data.size() || data.size() > upload.data.size() - offset)
        co_return Error(ErrorCode::InvalidInput, "past the allocated size");
    const ByteRange range{offset, offset + data.size()};
    for (const ByteRange old : received(upload.missing, range)) {
        const auto size = static_cast<std::size_t>(old.size());
        const ByteView had =
            ByteView(upload.data).subspan(static_cast<std::size_t>(old.begin), size);
        if (!equal(had, data.subspan(static_cast<std::size_t>(old.begin - offset), size)))
            co_return Error(ErrorCode::Conflict, "other bytes were received");
    }
    std::copy(data.begin(), data.end(), upload.data.begin() + static_cast<std::ptrdiff_t>(offset));
    upload.missing = without(upload.missing, range);
    WriteAnswer answer{upload.missing};
    if (answer.required.empty()) {
        Share& complete = m_buckets[index][share];
        complete.data = std::move(upload.data);
        complete.leases.push_back(upload.lease);
        m_uploads.erase(found);
    }
    co_return answer;
}

asio::awaitable<Result<void>> MemoryStore::abortShare(StorageIndex index, ShareNumber share,
                                                      ByteView uploadSecret)
{
    expireUploads();
    const auto found = m_uploads.find(Place(index, share));
    if (found == m_uploads.end()) {
        if (shareBytes(index, share) != nullptr)
            co_return Error(ErrorCode::Unsupported, "the share is complete");
        co_return Error(ErrorCode::NotFound, "no such upload");
    }
    if (!constantTimeEqual(found->second.secret, uploadSecret))
        co_return Error(ErrorCode::Unauthorized, "another upload secret");
    m_uploads.erase(found);
    co_return ok();
}

asio::awaitable<Result<std::size_t>> MemoryStore::readShare(ShareKind kind, StorageIndex index,
                                                            ShareNumber share, ByteRange range,
                                                            MutableByteView into)
{
    const Bytes* data = shareBytes(index, share);
    if (data == nullptr) co_return noShare();
    if (m_buckets[index][share].kind != kind) co_return otherKind();
    const std::uint64_t wanted = range.end > range.begin ? range.size() : 0;
    const Bytes piece = cut(*data, range.begin, std::min<std::uint64_t>(wanted, into.size()));
    std::copy(piece.begin(), piece.end(), into.begin());
    co_return piece.size();
}

asio::awaitable<Result<void>> MemoryStore::adviseCorrupt(ShareKind /*kind*/, StorageIndex index,
                                                         ShareNumber share, std::string reason)
{
    if (shareBytes(index, share) == nullptr) co_return noShare();
    m_advisories.push_back(std::move(reason));
    co_return ok();
}

asio::awaitable<Result<void>> MemoryStore::addLease(StorageIndex index, LeaseSecrets leases)
{
    const auto bucket = m_buckets.find(index);
    if (bucket == m_buckets.end()) co_return noShare();
    for (auto& [number, share] : bucket->second)
        addOrRenew(share, leases);
    co_return ok();
}

bool MemoryStore::testsPass(const Bucket& bucket, const ReadTestWrite& request) const
{
    for (const auto& [number, change] : request.shares) {
        const auto found = bucket.find(number);
        for (const TestVector& test : change.tests) {
            const Bytes data =
                found == bucket.end() ? Bytes() : cut(found->second.data, test.offset, test.size);
            if (!equal(data, test.specimen)) return false;
        }
    }
    return true;
}

void MemoryStore::applyWrites(StorageIndex index, const LeaseSecrets& leases, ByteView writeEnabler,
                              const ReadTestWrite& request)
{
    Bucket& bucket = m_buckets[index];
    for (const auto& [number, change] : request.shares) {
        if (change.newLength == std::uint64_t(0)) {
            bucket.erase(number);
            continue;
        }
        const bool fresh = !bucket.contains(number);
        Share& share = bucket[number];
        if (fresh) {
            share.kind = ShareKind::Mutable;
            share.writeEnabler = toBytes(writeEnabler);
        }
        for (const WriteVector& write : change.writes) {
            const auto end = static_cast<std::size_t>(write.offset) + write.data.size();
            if (share.data.size() < end) share.data.resize(end, std::byte{0});
            std::copy(write.data.begin(), write.data.end(),
                      share.data.begin() + static_cast<std::ptrdiff_t>(write.offset));
        }
        if (change.newLength && *change.newLength < share.data.size())
            share.data.resize(static_cast<std::size_t>(*change.newLength));
        addOrRenew(share, leases);
    }
    if (bucket.empty()) m_buckets.erase(index);
}

asio::awaitable<Result<ReadTestWriteAnswer>>
MemoryStore::readTestWrite(StorageIndex index, LeaseSecrets leases, ByteView writeEnabler,
                           const ReadTestWrite& request)
{
    static const Bucket kNone;
    const auto found = m_buckets.find(index);
    const Bucket& bucket = found == m_buckets.end() ? kNone : found->second;
    for (const auto& [number, share] : bucket) {
        if (share.kind != ShareKind::Mutable) co_return otherKind();
        if (!constantTimeEqual(share.writeEnabler, writeEnabler))
            co_return Error(ErrorCode::Unauthorized, "another write enabler");
    }
    ReadTestWriteAnswer answer;
    answer.success = testsPass(bucket, request);
    for (const auto& [number, share] : bucket) {
        std::vector<Bytes>& out = answer.readData[number];
        for (const ReadVector& read : request.reads)
            out.push_back(cut(share.data, read.offset, read.size));
    }
    if (answer.success && !request.shares.empty())
        applyWrites(index, leases, writeEnabler, request);
    co_return answer;
}

/// Gathers the data.
class MemoryStore::Stream final : public storage_api::ShareStream
{
public:
    Stream(MemoryStore& store, StorageIndex index, LeaseSecrets leases, ByteView writeEnabler,
           storage_api::StreamedShare request)
        : m_store(store), m_index(index), m_leases(leases), m_writeEnabler(toBytes(writeEnabler)),
          m_request(std::move(request))
    {
        for (const storage_api::WriteSpot& spot : m_request.spots)
            m_size += spot.size;
        for (storage_api::TestVector& test : m_request.tests) {
            m_specimens.push_back(toBytes(test.specimen));
            test.specimen = m_specimens.back();
        }
    }

    asio::awaitable<Result<void>> write(ByteView data) override
    {
        if (data.size() > m_size - m_data.size())
            co_return Error(ErrorCode::InvalidInput, "more data than the spots hold");
        append(m_data, data);
        co_return ok();
    }

    asio::awaitable<Result<ReadTestWriteAnswer>> finish() override
    {
        if (m_data.size() != m_size) co_return Error(ErrorCode::InvalidInput, "data are missing");
        ReadTestWrite request;
        request.reads = m_request.reads;
        storage_api::ShareWrite& write = request.shares[m_request.share];
        write.tests = m_request.tests;
        ByteView rest = m_data;
        for (const storage_api::WriteSpot& spot : m_request.spots) {
            write.writes.push_back({spot.offset, rest.first(spot.size)});
            rest = rest.subspan(spot.size);
        }
        co_return co_await m_store.readTestWrite(m_index, m_leases, m_writeEnabler, request);
    }

private:
    MemoryStore& m_store;
    StorageIndex m_index;
    LeaseSecrets m_leases;
    Bytes m_writeEnabler;
    storage_api::StreamedShare m_request;
    std::deque<Bytes> m_specimens;
    std::uint64_t m_size = 0;
    Bytes m_data;
};

asio::awaitable<Result<std::unique_ptr<storage_api::ShareStream>>>
MemoryStore::streamShare(StorageIndex index, LeaseSecrets leases, ByteView writeEnabler,
                         storage_api::StreamedShare request)
{
    std::unique_ptr<storage_api::ShareStream> stream =
        std::make_unique<Stream>(*this, index, leases, writeEnabler, std::move(request));
    co_return stream;
}

Bytes* MemoryStore::shareBytes(StorageIndex index, ShareNumber share)
{
    const auto bucket = m_buckets.find(index);
    if (bucket == m_buckets.end()) return nullptr;
    const auto found = bucket->second.find(share);
    return found == bucket->second.end() ? nullptr : &found->second.data;
}

std::vector<MemoryStore::Lease> MemoryStore::leasesOf(StorageIndex index, ShareNumber share) const
{
    const auto bucket = m_buckets.find(index);
    if (bucket == m_buckets.end()) return {};
    const auto found = bucket->second.find(share);
    return found == bucket->second.end() ? std::vector<Lease>() : found->second.leases;
}

void MemoryStore::removeShare(StorageIndex index, ShareNumber share)
{
    const auto bucket = m_buckets.find(index);
    if (bucket == m_buckets.end()) return;
    bucket->second.erase(share);
    if (bucket->second.empty()) m_buckets.erase(bucket);
}

std::size_t MemoryStore::shareCount() const
{
    std::size_t count = 0;
    for (const auto& [index, bucket] : m_buckets)
        count += bucket.size();
    return count;
}

std::uint64_t MemoryStore::usedSpace() const
{
    std::uint64_t used = 0;
    for (const auto& [index, bucket] : m_buckets)
        for (const auto& [number, share] : bucket)
            used += share.data.size();
    for (const auto& [place, upload] : m_uploads)
        used += upload.data.size();
    return used;
}

} // namespace tarn::test
