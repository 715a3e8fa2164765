#include "client-gateway/mutable/mutable_download.h"

namespace tarn::gateway {

namespace {

/// Tells a record what passes.
class CountingSink final : public DownloadSink
{
public:
    CountingSink(DownloadSink& inner, TransferRecord& record) : m_inner(inner), m_record(record) {}
    asio::awaitable<Result<void>> write(ByteView piece) override
    {
        Result<void> written = co_await m_inner.write(piece);
        refused = !written;
        if (!written) co_return written;
        count += piece.size();
        m_record.moved(piece.size());
        co_return ok();
    }
    std::uint64_t count = 0;
    bool refused = false;

private:
    DownloadSink& m_inner;
    TransferRecord& m_record;
};

class MemorySink final : public DownloadSink
{
public:
    asio::awaitable<Result<void>> write(ByteView piece) override
    {
        append(bytes, piece);
        co_return ok();
    }
    Bytes bytes;
};

/// \param mayLook  where shares run out, more of the same version are looked for once.
asio::awaitable<Result<void>> readOn(const MutableParts& parts, const MutableFile& file,
                                     VersionReader& reader, ByteRange range, CountingSink& sink,
                                     bool mayLook)
{
    Result<void> outcome = co_await reader.read(range, sink);
    const bool shareless = !outcome && outcome.error().code() == ErrorCode::NotEnoughShares;
    if (!mayLook || sink.refused || !shareless) co_return outcome;
    TARN_CO_TRY(const ServerMap map, co_await makeServerMap(parts, file, MapMode::Write));
    reader.addCopies(map);
    const ByteRange rest{range.begin + sink.count, range.end};
    co_return co_await reader.read(rest, sink);
}

/// Recorded. \param mayLook  as readOn().
asio::awaitable<Result<void>> retrieve(const MutableParts& parts, const MutableFile& file,
                                       std::shared_ptr<VersionReader> reader, ByteRange range,
                                       DownloadSink& sink, bool mayLook)
{
    const std::unique_ptr<TransferRecord> record =
        beginTransfer(parts, file, TransferKind::Retrieve, reader->log(), range.size());
    record->encoded(reader->shape().needed(), reader->shape().total());
    CountingSink counting(sink, *record);
    Result<void> outcome = co_await readOn(parts, file, *reader, range, counting, mayLook);
    record->take(reader->status());
    record->end(outcome);
    co_return outcome;
}

class MutableDownload final : public Download
{
public:
    MutableDownload(MutableParts parts, MutableFile file, std::shared_ptr<VersionReader> reader)
        : m_parts(std::move(parts)), m_file(std::move(file)), m_reader(std::move(reader))
    {
    }
    std::uint64_t size() const override { return m_reader->shape().size(); }
    DownloadStatus status() const override { return m_reader->status(); }

    asio::awaitable<Result<void>> read(ByteRange range, DownloadSink& sink) override
    {
        co_return co_await retrieve(m_parts, m_file, m_reader, range, sink, true);
    }

private:
    MutableParts m_parts;
    MutableFile m_file;
    std::shared_ptr<VersionReader> m_reader;
};

} // namespace

Result<std::shared_ptr<VersionReader>> newestOf(MutableParts parts, MutableFile file,
                                                const ServerMap& map)
{
    const std::optional<VersionId> best = map.best();
    if (!best) return map.unrecoverableError();
    return VersionReader::make(std::move(parts), std::move(file), map, *best);
}

asio::awaitable<Result<std::shared_ptr<VersionReader>>> openNewest(MutableParts parts,
                                                                   MutableFile file, MapMode mode)
{
    TARN_CO_TRY(const ServerMap map, co_await makeServerMap(parts, file, mode));
    co_return newestOf(parts, file, map);
}

asio::awaitable<Result<Bytes>> retrieveWhole(MutableParts parts, MutableFile file,
                                             std::shared_ptr<VersionReader> reader)
{
    const ByteRange whole{0, reader->shape().size()};
    MemorySink sink;
    TARN_CO_TRY_VOID(co_await retrieve(parts, file, reader, whole, sink, false));
    co_return std::move(sink.bytes);
}

std::shared_ptr<Download> makeMutableDownload(MutableParts parts, MutableFile file,
                                              std::shared_ptr<VersionReader> reader)
{
    return std::make_shared<MutableDownload>(std::move(parts), std::move(file), std::move(reader));
}

} // namespace tarn::gateway
