#include "storage-server/upload_flow.h"

#include "storage-server/lease_grants.h"
#include "storage-server/share_files.h"
#include "storage-server/store_paths.h"

namespace tarn::storage {

using storage_api::AllocateAnswer;
using storage_api::ByteRange;
using storage_api::LeaseSecrets;
using storage_api::WriteAnswer;

namespace {

/// More holes than this in what has been received are refused: they cost memory.
constexpr std::size_t kMostHoles = 4096;
/// Larger shares cannot be had, whatever the disk says.
constexpr std::uint64_t kLargestShare = std::uint64_t(1) << 62U;

/// Holds an upload's turn until it goes.
class Turn
{
public:
    explicit Turn(std::shared_ptr<Upload> upload) : m_upload(std::move(upload)) {}
    Turn(Turn&& other) noexcept = default;
    Turn& operator=(Turn&&) = delete;
    ~Turn()
    {
        if (m_upload) m_upload->turn.release(LockMode::Exclusive);
    }

private:
    std::shared_ptr<Upload> m_upload;
};

asio::awaitable<Turn> takeTurn(std::shared_ptr<Upload> upload)
{
    co_await upload->turn.acquire(LockMode::Exclusive);
    co_return Turn(std::move(upload));
}

Error noUpload()
{
    return Error(ErrorCode::NotFound, "no such upload");
}

} // namespace

asio::awaitable<Result<UploadFlow::Existing>> UploadFlow::renewExisting(StorageIndex index,
                                                                        const Client& client)
{
    const LeaseGrant grant = m_parts.grant(client.account, client.leases, share::kAllocatingOwner);
    const std::string journalId = m_parts.uniqueName();
    JobReport report;
    auto job = [this, &index, &grant, &journalId, &report]() -> Result<Existing> {
        TARN_TRY_VOID(checkRoot(m_parts.layer, report));
        Existing out;
        TARN_TRY(out.shares, listBucket(m_parts.layer, index));
        const LeaseTargets targets{index, out.shares, true};
        if (!out.shares.empty())
            TARN_TRY_VOID(grantLeasesBlocking(m_parts, targets, grant, journalId, report));
        TARN_TRY(out.freeSpace, m_parts.layer.freeSpace());
        return out;
    };
    Result<Existing> existing = co_await runOn(m_parts.pool, std::move(job));
    co_return m_parts.settled(index, report, std::move(existing));
}

/// \return false: there is no space, on disk or in the account's quota.
bool UploadFlow::reserve(Upload& upload, std::uint64_t freeSpace)
{
    if (m_parts.ledger != nullptr) {
        std::optional<Pledge> pledge =
            m_parts.ledger->usage().pledge(upload.account, upload.fileSize());
        if (!pledge) return false;
        upload.pledge = std::move(*pledge);
    }
    std::optional<Reservation> space = m_parts.space.reserve(upload.fileSize(), freeSpace);
    if (!space) return false;
    upload.space = std::move(*space);
    return true;
}

std::shared_ptr<Upload> UploadFlow::start(const StorageIndex& index, ShareNumber share,
                                          std::uint64_t allocatedSize, const Client& client,
                                          std::uint64_t freeSpace)
{
    if (m_parts.uploads.size() >= m_parts.config.maximumUploads) return nullptr;
    if (allocatedSize > kLargestShare) return nullptr;
    auto upload = std::make_shared<Upload>();
    upload->index = index;
    upload->share = share;
    upload->allocatedSize = allocatedSize;
    upload->secret = Secret(client.uploadSecret);
    upload->renewal = client.leases.renew;
    upload->account = client.account;
    const share::ImmutableContainerHeader header = share::newImmutableHeader(allocatedSize);
    upload->header = share::encodeImmutableHeader(header);
    const LeaseGrant grant = m_parts.grant(client.account, client.leases, share::kAllocatingOwner);
    upload->lease = share::encodeImmutableLease(makeLease(grant, header.form, grant.owner));
    if (!reserve(*upload, freeSpace)) return nullptr;
    return upload;
}

asio::awaitable<Result<AllocateAnswer>>
UploadFlow::allocate(StorageIndex index, std::set<ShareNumber> shares, std::uint64_t allocatedSize,
                     LeaseSecrets leases, ByteView uploadSecret, AccountId account)
{
    const Client client{account, leases, uploadSecret};
    const IndexLocks::Guard guard = co_await m_parts.locks.lock(index, LockMode::Exclusive);
    TARN_CO_TRY_VOID(m_parts.admitIndex(index));
    auto renewal = renewExisting(index, client);
    TARN_CO_TRY(const Existing existing, co_await std::move(renewal));
    for (const ShareNumber share : shares) {
        std::shared_ptr<Upload> upload = m_parts.uploads.find(index, share);
        if (!upload || !m_parts.uploads.forgotten(*upload, leases.renew)) continue;
        const Turn turn = co_await takeTurn(upload);
        if (!upload->ended) co_await drop(std::move(upload));
    }
    AllocateAnswer answer;
    answer.alreadyHave = existing.shares;
    m_parts.uploads.removeFrom(index, answer.alreadyHave);
    for (const ShareNumber share : shares) {
        if (existing.shares.contains(share) || m_parts.uploads.contains(index, share)) continue;
        std::shared_ptr<Upload> upload =
            start(index, share, allocatedSize, client, existing.freeSpace);
        if (!upload) continue;
        m_parts.uploads.add(std::move(upload));
        answer.allocated.insert(share);
    }
    co_return answer;
}

Result<std::shared_ptr<Upload>> UploadFlow::find(const StorageIndex& index, ShareNumber share,
                                                 ByteView uploadSecret) const
{
    std::shared_ptr<Upload> upload = m_parts.uploads.find(index, share);
    if (!upload) return noUpload();
    if (!upload->secret.matches(uploadSecret))
        return Error(ErrorCode::Unauthorized, "another upload secret");
    return upload;
}

asio::awaitable<Result<WriteAnswer>> UploadFlow::write(StorageIndex index, ShareNumber share,
                                                       ByteView uploadSecret, std::uint64_t offset,
                                                       ByteView data)
{
    TARN_CO_TRY(const std::shared_ptr<Upload> upload, find(index, share, uploadSecret));
    if (offset > upload->allocatedSize || data.size() > upload->allocatedSize - offset)
        co_return Error(ErrorCode::InvalidInput, "past the allocated size");
    const Turn turn = co_await takeTurn(upload);
    if (upload->ended) co_return noUpload();
    upload->lastWrite = m_parts.clock.now();
    TARN_CO_TRY(WriteAnswer answer, co_await receive(upload, offset, data));
    if (answer.required.empty()) TARN_CO_TRY_VOID(co_await commit(upload));
    co_return answer;
}

asio::awaitable<Result<WriteAnswer>> UploadFlow::receive(std::shared_ptr<Upload> upload,
                                                         std::uint64_t offset, ByteView data)
{
    const ByteRange range{offset, offset + data.size()};
    const ByteRange whole{0, upload->allocatedSize};
    const std::vector<ByteRange> present = upload->received.presentIn(range);
    if (upload->received.count() > kMostHoles)
        co_return Error(ErrorCode::InvalidInput, "too many holes in what was sent");
    // Only an open file remembers a failed write-back, so one that is closed is synced first.
    const bool wasOpen = upload->file != nullptr;
    const bool keepOpen = wasOpen || m_openFiles < m_parts.config.maximumOpenFiles;
    const bool last = range.size() == whole.size();
    JobReport report;
    auto job = [&, this]() -> Result<void> {
        if (!upload->fileMade) TARN_TRY_VOID(checkRoot(m_parts.layer, report));
        TARN_TRY_VOID(writePieceBlocking(m_parts.layer, *upload, offset, data, present));
        if (keepOpen || last) return ok();
        const Result<void> closed = closeBetweenWritesBlocking(*upload);
        report.syncFailed = !closed;
        return closed;
    };
    Result<void> written = co_await runOn(m_parts.pool, std::move(job));
    if (upload->file && !wasOpen) ++m_openFiles;
    if (!upload->file && wasOpen) --m_openFiles;
    written = m_parts.settled(upload->index, report, std::move(written));
    if (!written) {
        if (report.syncFailed) co_await drop(upload);
        co_return std::move(written).error();
    }
    upload->received.add(range);
    co_return WriteAnswer{upload->received.missingIn(whole)};
}

/// What the ledger learns with the share's name; none where nobody is charged.
std::shared_ptr<LedgerChange> UploadFlow::charge(Upload& upload)
{
    if (m_parts.ledger == nullptr) return nullptr;
    auto change = std::make_shared<LedgerChange>();
    change->held.push_back({{upload.index, upload.share},
                            leaseKeyOf(upload.renewal),
                            upload.account,
                            upload.fileSize()});
    change->pledge = std::move(upload.pledge);
    return change;
}

asio::awaitable<Result<void>> UploadFlow::commit(std::shared_ptr<Upload> upload)
{
    if (upload->file) --m_openFiles;
    Result<CommitItem> item = Error(ErrorCode::Internal, "no item");
    if (upload->file) {
        item = commitItemBlocking(m_parts.layer, *upload);
    } else {
        auto job = [this, &upload] {
            Result<CommitItem> opened = commitItemBlocking(m_parts.layer, *upload);
            if (!opened) dropUploadBlocking(m_parts.layer, *upload);
            return opened;
        };
        item = co_await runOn(m_parts.pool, std::move(job));
    }
    const unsigned prefix = prefixNumber(upload->index);
    const auto size = static_cast<std::int64_t>(upload->fileSize());
    m_parts.space.beginChange(prefix);
    Result<void> committed = ok();
    if (item) {
        item->ledger = charge(*upload);
        auto work = m_parts.committer.commit(std::move(*item));
        committed = co_await std::move(work);
    } else {
        committed = item.error();
    }
    m_parts.space.endChange(prefix, committed ? size : 0);
    if (!committed) m_parts.conclude(JobReport(), committed.error());
    upload->space.release();
    upload->pledge.release();
    m_parts.uploads.end(*upload);
    co_return committed;
}

asio::awaitable<void> UploadFlow::drop(std::shared_ptr<Upload> upload)
{
    if (upload->file) --m_openFiles;
    auto job = [this, &upload] {
        dropUploadBlocking(m_parts.layer, *upload);
        return true;
    };
    co_await runOn(m_parts.pool, std::move(job));
    upload->space.release();
    upload->pledge.release();
    m_parts.uploads.end(*upload);
}

asio::awaitable<Result<void>> UploadFlow::abort(StorageIndex index, ShareNumber share,
                                                ByteView uploadSecret)
{
    TARN_CO_TRY(const std::shared_ptr<Upload> upload, find(index, share, uploadSecret));
    const Turn turn = co_await takeTurn(upload);
    if (upload->ended) co_return noUpload();
    co_await drop(upload);
    co_return ok();
}

asio::awaitable<void> UploadFlow::expire()
{
    const std::vector<std::shared_ptr<Upload>> idle = m_parts.uploads.idle();
    for (const std::shared_ptr<Upload>& upload : idle) {
        const Turn turn = co_await takeTurn(upload);
        if (!upload->ended && m_parts.uploads.expired(*upload)) co_await drop(upload);
    }
}

asio::awaitable<void> UploadFlow::abortAll()
{
    const std::vector<std::shared_ptr<Upload>> all = m_parts.uploads.all();
    for (const std::shared_ptr<Upload>& upload : all) {
        const Turn turn = co_await takeTurn(upload);
        if (!upload->ended) co_await drop(upload);
    }
}

} // namespace tarn::storage
