// recorded_source: counts what an upload takes from its source, for the history. Engine thread.
#pragma once

#include "client-gateway/upload/upload.h"
#include "client-gateway/web/history.h"

namespace tarn::gateway::web {

class RecordedSource final : public UploadSource
{
public:
    RecordedSource(UploadSource& inner, Recording& recording)
        : m_inner(inner), m_recording(recording)
    {
    }
    asio::awaitable<Result<std::size_t>> read(MutableByteView into) override;
    std::optional<std::uint64_t> announcedSize() const override { return m_inner.announcedSize(); }

private:
    UploadSource& m_inner;
    Recording& m_recording;
};

} // namespace tarn::gateway::web
