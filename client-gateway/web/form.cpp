#include "client-gateway/web/form.h"

#include <algorithm>
#include <utility>

namespace tarn::gateway::web {

namespace {

using Kind = MultipartEvent::Kind;

constexpr std::size_t kReadBytes = 128 * 1024;

} // namespace

FormReader::FormReader(Call& call) : m_call(call) {}

asio::awaitable<Result<bool>> FormReader::begin()
{
    const std::string* type = m_call.exchange.head().headers.find("Content-Type");
    if (!type) co_return false;
    const std::string_view name = trim(std::string_view(*type).substr(0, type->find(';')));
    if (equalIgnoringCase(name, "application/x-www-form-urlencoded")) {
        TARN_CO_TRY_VOID(co_await readUrlEncoded());
        co_return false;
    }
    if (!equalIgnoringCase(name, "multipart/form-data")) co_return false;
    TARN_CO_TRY(const std::string boundary, multipartBoundary(*type));
    m_parser = std::make_unique<MultipartParser>(boundary);
    m_buffer.resize(kReadBytes);
    co_return true;
}

asio::awaitable<Result<void>> FormReader::readUrlEncoded()
{
    Result<Bytes> body = co_await m_call.exchange.readAll(kMaxFieldBytes);
    if (!body && body.error().code() == ErrorCode::InvalidInput)
        co_return m_call.refuse(413, "a form of more than 64 KiB");
    TARN_CO_TRY(const Bytes bytes, std::move(body));
    TARN_CO_TRY(const Arguments fields, Arguments::parse(asText(bytes)));
    for (const auto& [name, value] : fields)
        m_call.arguments.add(name, value);
    co_return ok();
}

asio::awaitable<Result<MultipartEvent>> FormReader::nextEvent()
{
    for (;;) {
        TARN_CO_TRY(MultipartEvent event, m_parser->next());
        if (event.kind != Kind::NeedMore) co_return event;
        TARN_CO_TRY(const std::size_t count, co_await m_call.readBody(m_buffer));
        if (count == 0) {
            co_return Error(ErrorCode::InvalidInput,
                            "multipart body: it ends before its closing boundary");
        }
        m_parser->feed(ByteView(m_buffer).first(count));
    }
}

Result<void> FormReader::keep(ByteView piece)
{
    m_kept += piece.size();
    if (m_kept > kMaxFieldBytes)
        return m_call.refuse(413, "the fields of this form take more than 64 KiB");
    m_value += asText(piece);
    return ok();
}

asio::awaitable<Result<bool>> FormReader::readFields()
{
    for (;;) {
        TARN_CO_TRY(MultipartEvent event, co_await nextEvent());
        const bool isField = !m_part.fileName;
        if (event.kind == Kind::End) co_return false;
        if (event.kind == Kind::PartHead) {
            m_part = std::move(event.head);
            m_value.clear();
            if (m_part.name == "file" && !std::exchange(m_fileSeen, true)) co_return true;
        } else if (event.kind == Kind::Data && isField) {
            TARN_CO_TRY_VOID(keep(event.data));
        } else if (event.kind == Kind::PartEnd && isField) {
            m_call.arguments.add(m_part.name, std::move(m_value));
            m_value.clear();
        }
    }
}

asio::awaitable<Result<bool>> FormReader::findFile()
{
    TARN_CO_TRY(const bool multipart, co_await begin());
    if (!multipart) co_return false;
    TARN_CO_TRY(m_inFile, co_await readFields());
    m_fileName = m_part.fileName.value_or(std::string());
    co_return m_inFile;
}

asio::awaitable<Result<std::size_t>> FormReader::read(MutableByteView into)
{
    while (m_inFile && m_piece.empty()) {
        TARN_CO_TRY(const MultipartEvent event, co_await nextEvent());
        if (event.kind == Kind::Data) m_piece = event.data;
        if (event.kind == Kind::PartEnd) m_inFile = false;
    }
    const std::size_t count = std::min(into.size(), m_piece.size());
    std::copy_n(m_piece.begin(), count, into.begin());
    m_piece = m_piece.subspan(count);
    co_return count;
}

asio::awaitable<Result<void>> FormReader::finish()
{
    if (!m_parser) co_return ok();
    m_part = PartHead{"file", std::string()}; // whatever is left of the file is skipped
    TARN_CO_TRY_VOID(co_await readFields());
    co_return ok();
}

} // namespace tarn::gateway::web
