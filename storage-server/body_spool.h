// body_spool: a large request body as one view: small ones in memory, larger ones in an unlinked
// file that is mapped, so that memory stays flat. Nobody can shorten the file under the mapping: it
// has no name, was written whole, and its descriptor is closed.
#pragma once

#include "core/base/executor.h"
#include "core/base/file_descriptor.h"
#include "core/net/http_server.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <string>

namespace tarn::storage {

/// Owns the bytes; the file is gone when the object is.
class SpooledBody
{
public:
    SpooledBody() = default;
    explicit SpooledBody(Bytes memory) : m_memory(std::move(memory)) {}
    /// \return IoFailure: cannot be mapped.
    static Result<SpooledBody> mapBlocking(FileDescriptor file, std::size_t size);
    ~SpooledBody();
    SpooledBody(const SpooledBody&) = delete;
    SpooledBody& operator=(const SpooledBody&) = delete;
    SpooledBody(SpooledBody&& other) noexcept;
    SpooledBody& operator=(SpooledBody&& other) noexcept;

    ByteView view() const;
    bool mapped() const { return m_map != nullptr; }
    /// Pages of a mapping count as this process's memory once looked at: gives them back. The
    /// bytes stay, whoever reads them at the same time only waits a little.
    void dropPages() const;

private:
    Bytes m_memory;
    void* m_map = nullptr;
    std::size_t m_mapSize = 0;
};

struct SpoolPlace
{
    std::string folder;                  ///< where the unlinked files are made
    std::size_t memoryLimit = 1U << 20U; ///< bytes; larger bodies go to a file
};

/// Reads the whole body.
/// \param buffer  borrowed for the pieces.
/// \return InvalidInput: above `limit` bytes.  NoSpace, IoFailure: the folder's disk.
///         Others: the connection failed.
asio::awaitable<Result<SpooledBody>> spoolBody(net::ServerExchange& exchange, WorkPool& diskPool,
                                               const SpoolPlace& place, std::uint64_t limit,
                                               MutableByteView buffer);

/// Drops the body's pages again and again while `work` reads them; ends with it.
template <class T>
asio::awaitable<Result<T>> withFewPages(const SpooledBody& body, Clock& clock,
                                        asio::awaitable<Result<T>> work);

namespace detail {
asio::awaitable<void> dropPagesForEver(const SpooledBody& body, Clock& clock);
}

template <class T>
asio::awaitable<Result<T>> withFewPages(const SpooledBody& body, Clock& clock,
                                        asio::awaitable<Result<T>> work)
{
    using namespace asio::experimental::awaitable_operators;
    if (!body.mapped()) co_return co_await std::move(work);
    asio::awaitable<void> dropper = detail::dropPagesForEver(body, clock);
    auto ended = co_await (std::move(work) || std::move(dropper));
    if (ended.index() == 1) co_return Error(ErrorCode::Cancelled, "cancelled");
    co_return std::get<0>(std::move(ended));
}

} // namespace tarn::storage
