// memory_download: bytes in memory as an opened file.
#pragma once

#include "client-gateway/download/download.h"

namespace tarn::test {

class MemoryDownload final : public gateway::Download
{
public:
    explicit MemoryDownload(Bytes data) : m_data(std::move(data)) {}
    std::uint64_t size() const override { return m_data.size(); }
    asio::awaitable<Result<void>> read(ByteRange range, gateway::DownloadSink& sink) override;
    gateway::DownloadStatus status() const override { return {}; }

private:
    Bytes m_data;
};

} // namespace tarn::test
