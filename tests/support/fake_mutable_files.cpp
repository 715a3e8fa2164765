#include "tests/support/fake_mutable_files.h"

#include "core/codec/base32.h"
#include "tests/support/memory_download.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>

namespace tarn::test {

using namespace tarn::gateway;

namespace {

constexpr int kTries = 5;

/// One read under way.
class Counted
{
public:
    explicit Counted(unsigned& now) : m_now(now) { ++m_now; }
    ~Counted() { --m_now; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

private:
    unsigned& m_now;
};

MutableCap capOf(const MutableReadable& readable)
{
    if (const auto* write = std::get_if<cap::MutableWriteCap>(&readable)) return *write;
    return std::get<cap::MutableReadCap>(readable);
}

} // namespace

asio::awaitable<Result<Bytes>> drain(UploadSource& source)
{
    Bytes all;
    std::array<std::byte, 4096> piece{};
    for (;;) {
        TARN_CO_TRY(const std::size_t count, co_await source.read(piece));
        if (count == 0) co_return all;
        append(all, ByteView(piece).first(count));
    }
}

StorageIndex FakeMutableFiles::indexOf(const MutableCap& cap)
{
    if (const auto* write = std::get_if<cap::MutableWriteCap>(&cap))
        return crypto::mutableStorageIndex(crypto::readKeyOf(write->writeKey));
    if (const auto* read = std::get_if<cap::MutableReadCap>(&cap))
        return crypto::mutableStorageIndex(read->readKey);
    return std::get<cap::MutableVerifyCap>(cap).index;
}

cap::MutableWriteCap FakeMutableFiles::add(ByteView data, cap::MutableFormat format)
{
    cap::MutableWriteCap cap;
    cap.format = format;
    m_random.fill(cap.writeKey.mutableView());
    m_random.fill(cap.fingerprint.mutableView());
    files[indexOf(cap)] = File{toBytes(data), 1};
    return cap;
}

FakeMutableFiles::File& FakeMutableFiles::at(const cap::MutableWriteCap& cap)
{
    return files.at(indexOf(cap));
}

Result<FakeMutableFiles::File*> FakeMutableFiles::find(const MutableCap& cap)
{
    const StorageIndex index = indexOf(cap);
    const auto found = files.find(index);
    if (found == files.end()) return Error(ErrorCode::NoShares, "no share was found");
    if (lost.contains(index)) return Error(ErrorCode::NotEnoughShares, "2 of 3 shares");
    return &found->second;
}

asio::awaitable<Result<cap::MutableWriteCap>> FakeMutableFiles::create(UploadSource& source,
                                                                       MutableCreation how)
{
    TARN_CO_TRY(const Bytes data, co_await drain(source));
    ++writes;
    co_return add(data, how.format);
}

asio::awaitable<Result<std::shared_ptr<Download>>> FakeMutableFiles::open(MutableReadable cap)
{
    TARN_CO_TRY(File* const file, find(capOf(cap)));
    co_return std::make_shared<MemoryDownload>(file->data);
}

asio::awaitable<Result<MutableContents>> FakeMutableFiles::read(MutableReadable cap,
                                                                std::uint64_t limit)
{
    ++reads;
    const Counted underWay(readsNow);
    mostReadsAtOnce = std::max(mostReadsAtOnce, readsNow);
    const auto executor = co_await asio::this_coro::executor;
    for (unsigned turn = 0; turn < readTurns; ++turn)
        co_await asio::post(executor, asio::use_awaitable);
    if (blockReads) {
        asio::steady_timer never(executor, asio::steady_timer::time_point::max());
        co_await never.async_wait(asio::use_awaitable);
    }
    TARN_CO_TRY(File* const file, find(capOf(cap)));
    if (file->data.size() > limit) co_return Error(ErrorCode::TooLarge, "over the limit");
    MutableContents contents;
    contents.data = file->data;
    contents.sequence = file->sequence;
    co_return contents;
}

asio::awaitable<Result<void>> FakeMutableFiles::overwrite(cap::MutableWriteCap cap,
                                                          UploadSource& source)
{
    TARN_CO_TRY(Bytes data, co_await drain(source));
    TARN_CO_TRY(File* const file, find(cap));
    ++writes;
    ++file->sequence;
    file->data = std::move(data);
    co_return ok();
}

asio::awaitable<Result<void>> FakeMutableFiles::update(cap::MutableWriteCap cap,
                                                       std::uint64_t offset, UploadSource& source)
{
    TARN_CO_TRY(const Bytes data, co_await drain(source));
    TARN_CO_TRY(File* const file, find(cap));
    if (offset > file->data.size()) co_return Error(ErrorCode::InvalidInput, "behind the end");
    ++writes;
    ++file->sequence;
    if (file->data.size() < offset + data.size()) file->data.resize(offset + data.size());
    std::copy(data.begin(), data.end(), file->data.begin() + static_cast<std::ptrdiff_t>(offset));
    co_return ok();
}

Result<bool> FakeMutableFiles::editOnce(File& file, const StorageIndex& index, const Edit& edit,
                                        bool again)
{
    const std::uint64_t seen = file.sequence;
    const Bytes old = file.data;
    TARN_TRY(std::optional<Bytes> edited, edit(old, again));
    if (meanwhile) meanwhile(index);
    if (!edited) return true;
    if (file.sequence != seen) return false;
    ++writes;
    ++file.sequence;
    file.data = *std::move(edited);
    if (lostAnswers == 0) return true;
    --lostAnswers;
    return false;
}

asio::awaitable<Result<MutableContents>> FakeMutableFiles::modify(cap::MutableWriteCap cap,
                                                                  std::uint64_t limit, Edit edit)
{
    TARN_CO_TRY(File* const file, find(cap));
    if (file->data.size() > limit) co_return Error(ErrorCode::TooLarge, "over the limit");
    for (int tries = 0; tries < kTries; ++tries) {
        TARN_CO_TRY(const bool done, editOnce(*file, indexOf(cap), edit, tries > 0));
        if (!done) continue;
        MutableContents contents;
        contents.data = file->data;
        contents.sequence = file->sequence;
        co_return contents;
    }
    co_return Error(ErrorCode::Conflict, "somebody else wrote meanwhile");
}

asio::awaitable<Result<CheckResult>> FakeMutableFiles::check(MutableCap cap,
                                                             CheckOptions /*options*/)
{
    ++checks;
    const StorageIndex index = indexOf(cap);
    CheckResult result = health;
    result.storageIndex = codec::encodeBase32(index);
    result.recoverable = files.contains(index) && !lost.contains(index);
    result.healthy = result.recoverable && health.healthy;
    co_return result;
}

asio::awaitable<Result<RepairResult>> FakeMutableFiles::checkAndRepair(MutableCap cap,
                                                                       CheckOptions options)
{
    const bool writeable = std::holds_alternative<cap::MutableWriteCap>(cap);
    RepairResult result;
    TARN_CO_TRY(result.before, co_await check(std::move(cap), options));
    result.after = result.before;
    result.attempted = writeable && !result.before.healthy;
    result.successful = result.attempted && result.before.recoverable;
    if (result.successful) result.after.healthy = true;
    if (result.attempted) ++repairs;
    co_return result;
}

} // namespace tarn::test
