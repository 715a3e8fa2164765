#include "tests/client-gateway/web/fake_files.h"

namespace tarn::test {

using namespace tarn::gateway;

namespace {

/// Counts a read that is given up.
class CancelCounter
{
public:
    explicit CancelCounter(int& count) : m_count(count) {}
    ~CancelCounter()
    {
        if (m_armed) ++m_count;
    }
    CancelCounter(const CancelCounter&) = delete;
    CancelCounter& operator=(const CancelCounter&) = delete;
    void disarm() { m_armed = false; }

private:
    int& m_count;
    bool m_armed = true;
};

class FakeDownload final : public Download
{
public:
    FakeDownload(FakeFiles& files, Bytes content) : m_files(files), m_content(std::move(content)) {}
    std::uint64_t size() const override { return m_content.size(); }
    DownloadStatus status() const override { return {}; }
    asio::awaitable<Result<void>> read(storage_api::ByteRange range, DownloadSink& sink) override
    {
        m_files.reads.push_back(range);
        if (m_files.readError) co_return *m_files.readError;
        CancelCounter counter(m_files.cancelledReads);
        for (std::uint64_t at = range.begin; at < range.end; at += m_files.pieceBytes) {
            const std::uint64_t count = std::min<std::uint64_t>(m_files.pieceBytes, range.end - at);
            const ByteView piece = ByteView(m_content).subspan(at, count);
            TARN_CO_TRY_VOID(co_await sink.write(piece));
            if (m_files.lateReadError) co_return *m_files.lateReadError;
            if (m_files.blockReads) co_await waitForever();
        }
        counter.disarm();
        co_return ok();
    }

private:
    static asio::awaitable<void> waitForever()
    {
        asio::steady_timer never(co_await asio::this_coro::executor,
                                 asio::steady_timer::time_point::max());
        co_await never.async_wait(asio::use_awaitable);
    }

    FakeFiles& m_files;
    Bytes m_content;
};

} // namespace

asio::awaitable<Result<UploadResult>> FakeFiles::upload(UploadSource& source, UploadStatus& status)
{
    Bytes content;
    Bytes buffer(pieceBytes);
    for (;;) {
        TARN_CO_TRY(const std::size_t count, co_await source.read(buffer));
        if (count == 0) break;
        append(content, ByteView(buffer).first(count));
    }
    status.happiness = happiness;
    if (uploadError) co_return *uploadError;
    if (capOf) nextCap = capOf(content);
    UploadResult result;
    result.readCap = nextCap;
    result.size = content.size();
    files[nextCap] = std::move(content);
    co_return result;
}

Result<std::shared_ptr<Download>> FakeFiles::open(std::string_view readCap)
{
    const auto found = files.find(std::string(readCap));
    if (found == files.end()) return Error(ErrorCode::InvalidInput, "no such file in this test");
    return std::shared_ptr<Download>(std::make_shared<FakeDownload>(*this, found->second));
}

asio::awaitable<Result<CheckResult>> FakeFiles::check(std::string cap, CheckOptions options)
{
    checkedCap = std::move(cap);
    checkOptions = options;
    co_return checkResult;
}

asio::awaitable<Result<RepairResult>> FakeFiles::checkAndRepair(std::string cap,
                                                                CheckOptions options)
{
    checkedCap = std::move(cap);
    checkOptions = options;
    repaired = true;
    co_return repairResult;
}

asio::awaitable<Result<Holders>> FakeFiles::holders(storage_api::ShareKind kind, StorageIndex index)
{
    holdersAsked.push_back(kind);
    const auto found = holdersOf.find(index);
    co_return found == holdersOf.end() ? Holders() : found->second;
}

} // namespace tarn::test
