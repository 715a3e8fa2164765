#include "client-gateway/mutable/mutable_download.h"

namespace tarn::gateway {

namespace {

class CountingSink final : public DownloadSink
{
public:
    explicit CountingSink(DownloadSink& inner) : m_inner(inner) {}
    asio::awaitable<Result<void>> write(ByteView piece) override
    {
        Result<void> written = co_await m_inner.write(piece);
        if (written)
            count += piece.size();
        else
            refused = true;
        co_return written;
    }
    std::uint64_t count = 0;
    bool refused = false;

private:
    DownloadSink& m_inner;
};

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
        CountingSink counting(sink);
        Result<void> outcome = co_await m_reader->read(range, counting);
        if (outcome || counting.refused || outcome.error().code() != ErrorCode::NotEnoughShares)
            co_return outcome;
        TARN_CO_TRY(const ServerMap map, co_await makeServerMap(m_parts, m_file, MapMode::Write));
        m_reader->addCopies(map);
        const ByteRange rest{range.begin + counting.count, range.end};
        co_return co_await m_reader->read(rest, counting);
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

std::shared_ptr<Download> makeMutableDownload(MutableParts parts, MutableFile file,
                                              std::shared_ptr<VersionReader> reader)
{
    return std::make_shared<MutableDownload>(std::move(parts), std::move(file), std::move(reader));
}

} // namespace tarn::gateway
