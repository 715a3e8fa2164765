#include "client-gateway/web/form.h"

#include <algorithm>

namespace tarn::gateway::web {

namespace {

using Kind = MultipartEvent::Kind;

constexpr std::size_t kReadBytes = 128 * 1024;

} // namespace

FormReader::FormReader(Call& call) : m_call(call) {}

asio::awaitable<Result<bool>> FormReader::readForm()
{
    const std::string* type = m_call.exchange.head().headers.find("Content-Type");
    if (!type) co_return false;
    const std::string_view name = trim(std::string_view(*type).substr(0, type->find(';')));
    if (equalIgnoringCase(name, "application/x-www-form-urlencoded")) {
        TARN_CO_TRY_VOID(co_await readUrlEncoded());
    } else if (equalIgnoringCase(name, "multipart/form-data")) {
        TARN_CO_TRY(std::string boundary, multipartBoundary(*type));
        TARN_CO_TRY_VOID(co_await readMultipart(std::move(boundary)));
    }
    co_return m_file != nullptr;
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

asio::awaitable<Result<void>> FormReader::readMultipart(std::string boundary)
{
    MultipartParser parser(boundary);
    Bytes buffer(kReadBytes);
    for (;;) {
        TARN_CO_TRY(MultipartEvent event, parser.next());
        if (event.kind == Kind::End) co_return ok();
        if (event.kind == Kind::PartHead) beginPart(std::move(event.head));
        if (event.kind == Kind::Data) TARN_CO_TRY_VOID(co_await keep(event.data));
        if (event.kind == Kind::PartEnd) endPart();
        if (event.kind != Kind::NeedMore) continue;
        TARN_CO_TRY(const std::size_t count, co_await m_call.readBody(buffer));
        if (count == 0) {
            co_return Error(ErrorCode::InvalidInput,
                            "multipart body: it ends before its closing boundary");
        }
        parser.feed(ByteView(buffer).first(count));
    }
}

void FormReader::beginPart(PartHead head)
{
    m_value.clear();
    m_part = head.fileName ? Part::Skipped : Part::Field;
    if (head.name == "file" && !m_file) {
        m_part = Part::File;
        m_file = m_call.files.spool();
        m_fileName = head.fileName.value_or(std::string());
    }
    m_name = std::move(head.name);
}

asio::awaitable<Result<void>> FormReader::keep(ByteView piece)
{
    if (m_part == Part::File) co_return co_await m_file->append(toBytes(piece));
    if (m_part == Part::Skipped) co_return ok();
    m_kept += piece.size();
    if (m_kept > kMaxFieldBytes)
        co_return m_call.refuse(413, "the fields of this form take more than 64 KiB");
    m_value += asText(piece);
    co_return ok();
}

void FormReader::endPart()
{
    if (m_part == Part::Field) m_call.arguments.add(std::move(m_name), std::move(m_value));
    m_part = Part::Skipped;
}

asio::awaitable<Result<std::size_t>> FormReader::read(MutableByteView into)
{
    const std::uint64_t left = m_file ? m_file->size() - m_at : 0;
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, into.size()));
    if (count == 0) co_return count;
    const MutableByteView part = into.first(count);
    TARN_CO_TRY_VOID(co_await m_file->read(m_at, part));
    m_at += count;
    co_return count;
}

} // namespace tarn::gateway::web
