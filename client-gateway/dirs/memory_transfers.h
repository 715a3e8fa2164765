// memory_transfers: bytes in memory as the source of an upload and the sink of a download.
#pragma once

#include "client-gateway/download/download.h"
#include "client-gateway/upload/upload.h"

namespace tarn::gateway {

/// The bytes outlive it.
class MemorySource final : public UploadSource
{
public:
    explicit MemorySource(ByteView bytes) : m_rest(bytes) {}
    asio::awaitable<Result<std::size_t>> read(MutableByteView into) override;

private:
    ByteView m_rest;
};

class MemorySink final : public DownloadSink
{
public:
    asio::awaitable<Result<void>> write(ByteView piece) override;
    Bytes take() { return std::move(m_bytes); }

private:
    Bytes m_bytes;
};

} // namespace tarn::gateway
