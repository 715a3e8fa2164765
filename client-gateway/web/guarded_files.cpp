#include "client-gateway/web/audited_files.h"

#include "client-gateway/web/recorded_source.h"
#include "core/cap/parse.h"
#include "core/codec/base32.h"

namespace tarn::gateway::web {

namespace {

template <class Variant>
cap::Cap capOf(const Variant& file)
{
    return std::visit([](const auto& one) { return cap::Cap(one); }, file);
}

std::string indexOf(const cap::Cap& file)
{
    const std::optional<StorageIndex> index = cap::storageIndexOf(file);
    return index ? codec::encodeBase32(*index) : std::string();
}

class CountingSink final : public DownloadSink
{
public:
    CountingSink(DownloadSink& inner, Recording& recording) : m_inner(inner), m_recording(recording)
    {
    }
    asio::awaitable<Result<void>> write(ByteView piece) override
    {
        Result<void> written = co_await m_inner.write(piece);
        if (written) m_recording.moved(piece.size());
        co_return written;
    }

private:
    DownloadSink& m_inner;
    Recording& m_recording;
};

class RetrievedFile final : public Download
{
public:
    RetrievedFile(std::shared_ptr<Download> inner, std::string index, History& history)
        : m_inner(std::move(inner)), m_index(std::move(index)), m_history(history)
    {
    }
    std::uint64_t size() const override { return m_inner->size(); }
    DownloadStatus status() const override { return m_inner->status(); }
    asio::awaitable<Result<void>> read(ByteRange range, DownloadSink& sink) override
    {
        Recording recording(m_history, TransferKind::Retrieve, m_index, range.size());
        CountingSink counting(sink, recording);
        Result<void> done = co_await m_inner->read(range, counting);
        recording.take(m_inner->status());
        m_history.counters.bytesRetrieved += recording.transfer().moved;
        if (done) {
            ++m_history.counters.filesRetrieved;
            recording.succeed();
        } else {
            recording.fail(done.error());
        }
        co_return done;
    }

private:
    std::shared_ptr<Download> m_inner;
    std::string m_index;
    History& m_history;
};

/// The end of a publish whose plaintext has passed the recording.
template <class T>
void endPublish(History& history, Recording& recording, const Result<T>& done)
{
    recording.transfer().size = recording.transfer().moved;
    if (!done) {
        recording.fail(done.error());
        return;
    }
    ++history.counters.filesPublished;
    history.counters.bytesPublished += recording.transfer().moved;
    recording.succeed();
}

template <class T>
void endMapUpdate(Recording& recording, const Result<T>& done)
{
    if (done) {
        recording.succeed();
    } else {
        recording.fail(done.error());
    }
}

} // namespace

asio::awaitable<Result<cap::MutableWriteCap>> AuditedMutableFiles::create(UploadSource& source,
                                                                          MutableCreation how)
{
    Recording recording(m_history, TransferKind::Publish, "", std::nullopt);
    RecordedSource counting(source, recording);
    Result<cap::MutableWriteCap> made = co_await m_inner.create(counting, std::move(how));
    if (made) recording.transfer().storageIndex = indexOf(*made);
    endPublish(m_history, recording, made);
    co_return made;
}

asio::awaitable<Result<std::shared_ptr<Download>>> AuditedMutableFiles::open(MutableReadable cap)
{
    const cap::Cap file = capOf(cap);
    TARN_CO_TRY_VOID(m_blacklist.check(file));
    Recording recording(m_history, TransferKind::MapUpdate, indexOf(file), std::nullopt);
    recording.transfer().mode = "MODE_READ";
    Result<std::shared_ptr<Download>> found = co_await m_inner.open(std::move(cap));
    endMapUpdate(recording, found);
    TARN_CO_TRY(std::shared_ptr<Download> opened, std::move(found));
    std::shared_ptr<Download> retrieved =
        std::make_shared<RetrievedFile>(std::move(opened), indexOf(file), m_history);
    co_return retrieved;
}

asio::awaitable<Result<MutableContents>> AuditedMutableFiles::read(MutableReadable cap,
                                                                   std::uint64_t limit)
{
    const cap::Cap file = capOf(cap);
    TARN_CO_TRY_VOID(m_blacklist.check(file));
    Recording recording(m_history, TransferKind::Retrieve, indexOf(file), std::nullopt);
    Result<MutableContents> contents = co_await m_inner.read(std::move(cap), limit);
    if (!contents) {
        recording.fail(contents.error());
        co_return contents;
    }
    recording.transfer().size = contents->data.size();
    recording.moved(contents->data.size());
    ++m_history.counters.filesRetrieved;
    m_history.counters.bytesRetrieved += contents->data.size();
    recording.succeed();
    co_return contents;
}

asio::awaitable<Result<void>> AuditedMutableFiles::overwrite(cap::MutableWriteCap cap,
                                                             UploadSource& source)
{
    const cap::Cap file = cap;
    TARN_CO_TRY_VOID(m_blacklist.check(file));
    Recording recording(m_history, TransferKind::Publish, indexOf(file), std::nullopt);
    RecordedSource counting(source, recording);
    Result<void> done = co_await m_inner.overwrite(std::move(cap), counting);
    endPublish(m_history, recording, done);
    co_return done;
}

asio::awaitable<Result<void>>
AuditedMutableFiles::update(cap::MutableWriteCap cap, std::uint64_t offset, UploadSource& source)
{
    const cap::Cap file = cap;
    TARN_CO_TRY_VOID(m_blacklist.check(file));
    Recording recording(m_history, TransferKind::Publish, indexOf(file), std::nullopt);
    RecordedSource counting(source, recording);
    Result<void> done = co_await m_inner.update(std::move(cap), offset, counting);
    endPublish(m_history, recording, done);
    co_return done;
}

asio::awaitable<Result<MutableContents>> AuditedMutableFiles::modify(cap::MutableWriteCap cap,
                                                                     std::uint64_t limit, Edit edit)
{
    const cap::Cap file = cap;
    TARN_CO_TRY_VOID(m_blacklist.check(file));
    Recording recording(m_history, TransferKind::Publish, indexOf(file), std::nullopt);
    Result<MutableContents> done = co_await m_inner.modify(std::move(cap), limit, std::move(edit));
    if (done) recording.moved(done->data.size());
    endPublish(m_history, recording, done);
    co_return done;
}

asio::awaitable<Result<CheckResult>> AuditedMutableFiles::check(MutableCap cap,
                                                                CheckOptions options)
{
    Recording recording(m_history, TransferKind::MapUpdate, indexOf(capOf(cap)), std::nullopt);
    recording.transfer().mode = "MODE_CHECK";
    Result<CheckResult> checked = co_await m_inner.check(std::move(cap), options);
    endMapUpdate(recording, checked);
    co_return checked;
}

asio::awaitable<Result<RepairResult>> AuditedMutableFiles::checkAndRepair(MutableCap cap,
                                                                          CheckOptions options)
{
    Recording recording(m_history, TransferKind::MapUpdate, indexOf(capOf(cap)), std::nullopt);
    recording.transfer().mode = "MODE_CHECK";
    Result<RepairResult> checked = co_await m_inner.checkAndRepair(std::move(cap), options);
    endMapUpdate(recording, checked);
    co_return checked;
}

asio::awaitable<Result<std::string>> AuditedImmutableFiles::upload(UploadSource& source)
{
    return m_inner.upload(source);
}

Result<std::shared_ptr<Download>> AuditedImmutableFiles::open(std::string_view readCap)
{
    TARN_TRY_VOID(m_blacklist.checkText(readCap));
    return m_inner.open(readCap);
}

asio::awaitable<Result<CheckResult>> AuditedImmutableFiles::check(std::string cap,
                                                                  CheckOptions options)
{
    return m_inner.check(std::move(cap), options);
}

asio::awaitable<Result<RepairResult>> AuditedImmutableFiles::checkAndRepair(std::string cap,
                                                                            CheckOptions options)
{
    return m_inner.checkAndRepair(std::move(cap), options);
}

} // namespace tarn::gateway::web
