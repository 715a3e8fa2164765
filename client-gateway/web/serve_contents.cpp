#include "client-gateway/web/content_type.h"
#include "client-gateway/web/handlers.h"
#include "client-gateway/web/range_header.h"
#include "core/cap/parse.h"

#include <algorithm>

namespace tarn::gateway::web {

namespace {

/// Begins the answer with the first verified bytes, so that a read that finds no shares can still
/// be answered with its error.
class AnswerSink final : public DownloadSink
{
public:
    /// \param recording  null: whoever opened the file records it.
    AnswerSink(Call& call, unsigned status, net::HttpHeaders headers, std::uint64_t length,
               Recording* recording)
        : m_call(call), m_status(status), m_headers(std::move(headers)), m_length(length),
          m_recording(recording)
    {
    }

    asio::awaitable<Result<void>> write(ByteView piece) override
    {
        if (!m_begun) TARN_CO_TRY_VOID(co_await begin());
        const TimePoint begun = m_recording ? m_recording->now() : TimePoint();
        TARN_CO_TRY_VOID(co_await m_call.exchange.writeBody(piece));
        if (m_recording) m_recording->delivered(piece.size(), begun);
        co_return ok();
    }

    asio::awaitable<Result<void>> finish()
    {
        if (!m_begun) TARN_CO_TRY_VOID(co_await begin());
        co_return co_await m_call.exchange.finishResponse();
    }

private:
    asio::awaitable<Result<void>> begin()
    {
        m_begun = true;
        net::HttpHeaders headers = std::move(m_headers);
        co_return co_await m_call.exchange.beginResponse(m_status, std::move(headers), m_length);
    }

    Call& m_call;
    unsigned m_status;
    net::HttpHeaders m_headers;
    std::uint64_t m_length;
    Recording* m_recording;
    bool m_begun = false;
};

/// Bytes that would end the header or the quoted string become "_"; the rest is echoed.
std::string attachment(std::string name)
{
    std::replace_if(
        name.begin(), name.end(),
        [](char c) {
            return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '"' || c == '\\';
        },
        '_');
    return "attachment; filename=\"" + name + "\"";
}

struct Selection
{
    unsigned status = 200;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

Result<Selection> select(Call& call, std::uint64_t size, net::HttpHeaders& headers)
{
    const std::string* range = call.exchange.head().headers.find("Range");
    const RangeAnswer answer = range ? answerRange(*range, size) : RangeAnswer(WholeFile{});
    const std::string total = "/" + std::to_string(size);
    if (std::holds_alternative<BeyondEnd>(answer))
        return call.refuse(416,
                           "First beyond end of file: it has " + std::to_string(size) + " bytes");
    const auto* part = std::get_if<PartOfFile>(&answer);
    if (!part) return Selection{200, 0, size};
    headers.set("Content-Range",
                "bytes " + std::to_string(part->first) + "-" + std::to_string(part->last) + total);
    return Selection{206, part->first, part->last + 1};
}

Result<net::HttpHeaders> contentHeaders(const Call& call, const std::string& fileName)
{
    net::HttpHeaders headers;
    addSecurityHeaders(headers);
    // A stored page must not act on this gateway: no scripts, no forms, an origin of its own.
    headers.set("Content-Security-Policy", "sandbox");
    headers.set("Content-Type", std::string(contentTypeOf(fileName)));
    headers.set("Accept-Ranges", "bytes");
    TARN_TRY(const bool save, call.arguments.boolean("save", false));
    const std::string name = fileName.empty() ? std::string("unknown") : fileName;
    if (save) headers.set("Content-Disposition", attachment(name));
    return headers;
}

asio::awaitable<Result<std::shared_ptr<Download>>> openFile(Call& call, std::string text)
{
    const cap::Cap parsed = cap::parseCap(text);
    std::optional<MutableReadable> file;
    if (const auto* write = std::get_if<cap::MutableWriteCap>(&parsed)) file = *write;
    if (const auto* read = std::get_if<cap::MutableReadCap>(&parsed)) file = *read;
    if (!file) co_return call.files.open(text);
    const MutableReadable readable = *file;
    co_return co_await call.files.mutableFiles().open(readable);
}

void beginRecording(std::optional<Recording>& recording, Call& call, const CapInfo& cap,
                    const Download& download, Selection selection)
{
    TransferStart start;
    start.kind = TransferKind::Download;
    start.storageIndex = cap.storageIndex;
    start.size = selection.end - selection.begin;
    recording.emplace(call.files.history(), std::move(start));
    recording->transfer().firstByte = selection.begin;
    recording->take(download.status()); // its log, while it runs
}

asio::awaitable<Result<void>> answerHead(Call& call, Selection selection, net::HttpHeaders headers)
{
    const std::uint64_t length = selection.end - selection.begin;
    TARN_CO_TRY_VOID(
        co_await call.exchange.beginResponse(selection.status, std::move(headers), length));
    co_return co_await call.exchange.finishResponse();
}

} // namespace

asio::awaitable<Result<void>> serveContents(Call& call, const CapInfo& cap,
                                            const std::string& fileName)
{
    TARN_CO_TRY(net::HttpHeaders headers, contentHeaders(call, fileName));
    if (!cap.storageIndex.empty() && !cap.isMutable) headers.set("ETag", cap.storageIndex + "-");
    TARN_CO_TRY(const std::shared_ptr<Download> download, co_await openFile(call, cap.text));
    TARN_CO_TRY(const Selection selection, select(call, download->size(), headers));
    if (call.isHead()) co_return co_await answerHead(call, selection, std::move(headers));

    const std::uint64_t length = selection.end - selection.begin;
    std::optional<Recording> recording;
    if (!cap.isMutable) beginRecording(recording, call, cap, *download, selection);
    AnswerSink sink(call, selection.status, std::move(headers), length,
                    recording ? &*recording : nullptr);
    storage_api::ByteRange range;
    range.begin = selection.begin;
    range.end = selection.end;
    Result<void> read = co_await download->read(range, sink);
    if (recording) {
        recording->take(download->status());
        recording->end(read);
        recording.reset();
    }
    TARN_CO_TRY_VOID(std::move(read));
    co_return co_await sink.finish();
}

} // namespace tarn::gateway::web
