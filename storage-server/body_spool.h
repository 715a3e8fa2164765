// body_spool: a large request body as one view: small ones in memory, larger ones in an unlinked
// file that is mapped, so that memory stays flat. Nobody can shorten the file under the mapping: it
// has no name, was written whole, and its descriptor is closed.
#pragma once

#include "core/base/executor.h"
#include "core/base/file_descriptor.h"
#include "core/base/mapped_file.h"
#include "core/net/http_server.h"

#include <string>

namespace tarn::storage {

/// Owns the bytes; the file is gone when the object is.
class SpooledBody
{
public:
    SpooledBody() = default;
    explicit SpooledBody(Bytes memory) : m_memory(std::move(memory)) {}
    explicit SpooledBody(MappedFile map) : m_map(std::move(map)) {}

    ByteView view() const { return m_map ? m_map.view() : ByteView(m_memory); }
    bool mapped() const { return bool(m_map); }
    void dropPages() const { m_map.dropPages(); }

private:
    Bytes m_memory;
    MappedFile m_map;
};

struct SpoolPlace
{
    std::string folder;                  ///< where the unlinked files are made
    std::size_t memoryLimit = 1U << 20U; ///< bytes; larger bodies go to a file
    std::uint64_t leftFree = 64U << 20U; ///< bytes of the folder's disk that files leave to others
    std::uint64_t mostUnannounced = 16U << 20U; ///< bytes of a body that does not tell its length
};

/// Takes a body piece by piece. Engine thread.
class BodySpool
{
public:
    /// Both outlive it.
    BodySpool(WorkPool& diskPool, const SpoolPlace& place) : m_diskPool(diskPool), m_place(place) {}

    /// \return NoSpace, IoFailure: the folder's disk.
    asio::awaitable<Result<void>> append(ByteView bytes);
    std::uint64_t size() const { return m_size; }
    /// \return IoFailure: cannot be mapped.
    Result<SpooledBody> finish() &&;

private:
    Result<void> writeBlocking(ByteView bytes);
    Result<void> checkRoomBlocking(std::uint64_t bytes) const;

    WorkPool& m_diskPool;
    const SpoolPlace& m_place;
    Bytes m_memory; ///< until there is a file
    FileDescriptor m_file;
    std::uint64_t m_size = 0;
};

/// That a body has more than `limit` bytes: InvalidInput.
Error bodyTooLarge(std::uint64_t limit);

/// Reads the whole body.
/// \param buffer  borrowed for the pieces.
/// \return InvalidInput: above `limit` bytes.  NoSpace, IoFailure: the folder's disk.
///         Others: the connection failed.
asio::awaitable<Result<SpooledBody>> spoolBody(net::ServerExchange& exchange, WorkPool& diskPool,
                                               const SpoolPlace& place, std::uint64_t limit,
                                               MutableByteView buffer);

} // namespace tarn::storage
