#include "core/net/http_body.h"

#include <algorithm>
#include <limits>

namespace tarn::net {

namespace {

constexpr std::size_t kChunkLine = 1024;
constexpr std::size_t kTrailerBytes = 16 * 1024;
constexpr std::size_t kReadAllStep = 64 * 1024;
/// An announced length is only a promise: more memory than this comes with the bytes.
constexpr std::uint64_t kLongestStep = 1024 * 1024;

Error misbehaved(Error&& error)
{
    const bool shape =
        error.code() == ErrorCode::InvalidInput || error.code() == ErrorCode::NoSpace;
    if (!shape) return std::move(error);
    return Error(ErrorCode::PeerMisbehaved, "chunked body: " + error.message());
}

} // namespace

BodyReader::BodyReader(HttpInput& input, BodyFraming framing)
    : m_input(input), m_kind(framing.kind), m_state(State::Data), m_left(framing.length)
{
    if (m_kind == BodyFraming::Kind::None) m_state = State::Finished;
    if (m_kind == BodyFraming::Kind::Length && m_left == 0) m_state = State::Finished;
    if (m_kind == BodyFraming::Kind::Chunked) m_state = State::ChunkSize;
    if (m_kind == BodyFraming::Kind::UntilClose) m_left = std::numeric_limits<std::uint64_t>::max();
}

std::optional<std::uint64_t> BodyReader::left() const
{
    if (finished()) return 0;
    if (m_kind == BodyFraming::Kind::Length) return m_left;
    return std::nullopt;
}

asio::awaitable<Result<std::size_t>> BodyReader::readSome(MutableByteView into)
{
    if (m_state == State::Broken)
        co_return Error(ErrorCode::PeerMisbehaved, "chunked body: broken before");
    if (m_state != State::Data && m_state != State::Finished) {
        TARN_CO_TRY_VOID(co_await nextChunk());
    }
    if (m_state == State::Finished) co_return std::size_t{0};
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), m_left));
    TARN_CO_TRY(const std::size_t count, co_await m_input.readSome(into.first(most)));
    if (count == 0 && m_kind != BodyFraming::Kind::UntilClose)
        co_return Error(ErrorCode::PeerUnreachable, "the peer ended within a body");
    took(count);
    co_return count;
}

void BodyReader::took(std::size_t count)
{
    if (m_kind == BodyFraming::Kind::UntilClose) {
        if (count == 0) m_state = State::Finished;
        return;
    }
    m_left -= count;
    if (m_left > 0) return;
    m_state = m_kind == BodyFraming::Kind::Chunked ? State::ChunkEnd : State::Finished;
    // The usual last chunk is often here already: then the connection is free at once.
    if (m_state == State::ChunkEnd && bufferedChunkEnd()) m_state = State::Finished;
}

bool BodyReader::bufferedChunkEnd()
{
    constexpr std::string_view kEnd = "\r\n0\r\n\r\n";
    if (!asText(m_input.buffered()).starts_with(kEnd)) return false;
    m_input.consume(kEnd.size());
    return true;
}

asio::awaitable<Result<void>> BodyReader::readChunkEnd()
{
    TARN_CO_TRY(const std::string_view line, co_await m_input.readLine(2));
    if (line.size() != 2) co_return Error(ErrorCode::InvalidInput, "chunk without its end");
    m_input.consume(2);
    m_state = State::ChunkSize;
    co_return ok();
}

asio::awaitable<Result<void>> BodyReader::readChunkSize()
{
    TARN_CO_TRY(const std::string_view line, co_await m_input.readLine(kChunkLine));
    TARN_CO_TRY(m_left, parseChunkSize(line.substr(0, line.size() - 2)));
    m_input.consume(line.size());
    m_state = m_left > 0 ? State::Data : State::Trailer;
    co_return ok();
}

asio::awaitable<Result<void>> BodyReader::readTrailer()
{
    std::size_t total = 0;
    for (;;) {
        TARN_CO_TRY(const std::string_view line, co_await m_input.readLine(kTrailerBytes));
        total += line.size();
        if (total > kTrailerBytes) co_return Error(ErrorCode::NoSpace, "long trailer");
        const bool last = line.size() == 2;
        if (!last) {
            TARN_CO_TRY(const HttpHeaders ignored, parseFields(line, 1));
            TARN_ASSUME(ignored.size() == 1);
        }
        m_input.consume(line.size());
        if (last) break;
    }
    m_state = State::Finished;
    co_return ok();
}

asio::awaitable<Result<void>> BodyReader::nextChunk()
{
    Result<void> result = ok();
    if (m_state == State::ChunkEnd) result = co_await readChunkEnd();
    if (result && m_state == State::ChunkSize) result = co_await readChunkSize();
    if (result && m_state == State::Trailer) result = co_await readTrailer();
    if (result) co_return ok();
    m_state = State::Broken;
    co_return misbehaved(std::move(result).error());
}

std::size_t readAllStep(std::optional<std::uint64_t> left)
{
    return static_cast<std::size_t>(
        std::clamp<std::uint64_t>(left.value_or(kReadAllStep), 1, kLongestStep));
}

} // namespace tarn::net
