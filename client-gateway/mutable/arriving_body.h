// arriving_body: the body of a write while it comes: segments of it to whoever sends them on at
// once, or all of it into the spool.
#pragma once

#include "client-gateway/upload/spool.h"
#include "client-gateway/upload/upload.h"
#include "core/base/clock.h"
#include "core/pipeline/mutable/decode_segments.h"
#include "core/share/mutable_shape.h"

namespace tarn::gateway {

/// TooLarge, in words.
Error mutableTooLarge(std::uint64_t size, std::uint64_t limit);

/// Engine thread.
class ArrivingBody
{
public:
    /// Both outlive it.
    ArrivingBody(UploadSource& source, Clock& clock) : m_source(source), m_clock(clock) {}

    /// Bytes that were announced, if they were.
    std::optional<std::uint64_t> announced() const { return m_source.announcedSize(); }
    /// Receives the first mebibyte. \return whether that took so little time that servers may
    /// wait for the rest: they give a connection up that stands still for a minute.
    asio::awaitable<Result<bool>> comesQuickly();

    /// Segments that follow those of the last call. \pre the shape's size was announced, and not
    /// all have been had
    /// \param most   of them; fewer where they come slowly.
    /// \param plain  becomes their bytes.
    /// \return InvalidInput: the body is longer or shorter than announced. The source's errors.
    asio::awaitable<Result<pipeline::MutableSpan>> next(const share::MutableShape& shape,
                                                        std::uint64_t most, Bytes& plain);

    /// All that has not been had yet. \return TooLarge: more than `limit`. The spool's errors, and
    /// those of the source.
    asio::awaitable<Result<void>> spoolInto(Spool& spool, std::uint64_t limit);

private:
    asio::awaitable<Result<void>> requireEnd(std::uint64_t size);

    UploadSource& m_source;
    Clock& m_clock;
    Bytes m_begun; ///< received, not had yet
    std::uint64_t m_segment = 0;
};

} // namespace tarn::gateway
