#include "client-gateway/web/call.h"

#include "client-gateway/web/json_texts.h"
#include "client-gateway/web/pages.h"
#include "client-gateway/web/recorded_source.h"

namespace tarn::gateway::web {

bool Call::wantsJson() const
{
    if (equalIgnoringCase(arguments.trimmed("output"), "json")) return true;
    const std::string* accept = exchange.head().headers.find("Accept");
    return accept && accept->find("application/json") != std::string::npos;
}

bool Call::wantsPage() const
{
    const std::string* accept = exchange.head().headers.find("Accept");
    return accept && accept->find("text/html") != std::string::npos;
}

asio::awaitable<Result<std::size_t>> Call::readBody(MutableByteView into)
{
    Result<std::size_t> count = co_await exchange.readBody(into);
    if (!count && count.error().code() == ErrorCode::PeerMisbehaved)
        co_return refuse(400, count.error().message());
    co_return count;
}

Error Call::refuse(unsigned status, std::string text)
{
    errorStatus = status;
    return Error(ErrorCode::InvalidInput, std::move(text));
}

Error Call::refuseMethod(std::string text)
{
    const bool known = isHead() || method() == "GET" || method() == "POST";
    return refuse(known ? 405 : 501, std::move(text));
}

NodeStats Call::stats() const
{
    NodeStats out = cpu.stats();
    out.emplace("node.uptime", std::chrono::duration<double>(uptime).count());
    return out;
}

asio::awaitable<Result<UploadResult>> uploadFile(Call& call, UploadSource& source)
{
    TransferStart start;
    start.size = call.exchange.bodyLength();
    Recording recording(call.files.history(), std::move(start));
    recording.follow(call.upload, call.files.encoding());
    RecordedSource recorded(source, recording);
    Result<UploadResult> stored = co_await call.files.upload(recorded, call.upload);
    recording.take(call.upload);
    if (!stored) {
        recording.fail(stored.error());
        co_return stored;
    }
    recording.take(stored->timings);
    recording.transfer().size = stored->size;
    recording.transfer().storageIndex = stored->storageIndex;
    recording.succeed();
    co_return stored;
}

Reply errorReply(const Call& call, const Error& error)
{
    const unsigned status = call.errorStatus.value_or(statusOf(error.code()));
    const bool unhappy = error.code() == ErrorCode::Unhappy && call.upload.happiness;
    Reply reply;
    if (call.wantsJson()) {
        reply = jsonReply(errorJson(error, unhappy ? &*call.upload.happiness : nullptr));
    } else {
        // The report begins with the error's own sentence.
        const std::string text =
            unhappy ? "UploadUnhappinessError: " + call.upload.happiness->text() : explain(error);
        reply = call.wantsPage() ? htmlReply(errorPage(status, text)) : textReply(status, text);
    }
    reply.status = status;
    return reply;
}

} // namespace tarn::gateway::web
