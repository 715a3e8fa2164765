#include "client-gateway/cli/copy/copy_streams.h"

#include "client-gateway/cli/blocking_gateway.h"
#include "client-gateway/cli/byte_files.h"
#include "client-gateway/cli/reports.h"
#include "core/net/http_message.h"

#include <nlohmann/json.hpp>

namespace tarn::gateway::cli {

namespace {

using nlohmann::json;

constexpr std::size_t kPieceBytes = 256 * 1024;

std::string trimmed(std::string text)
{
    while (text.ends_with('\n'))
        text.pop_back();
    return text;
}

Result<std::string> textOfAnswer(const Result<Answer>& answer)
{
    if (!answer) return answer.error();
    if (!isSuccess(*answer)) return refusal(answer->status, answer->body);
    return trimmed(answer->body);
}

class Marker
{
public:
    void take(ByteView piece)
    {
        m_hash.update(piece);
        m_mark.size += piece.size();
    }
    ContentMark finish()
    {
        m_mark.digest = m_hash.finish();
        return m_mark;
    }

private:
    crypto::Sha256 m_hash;
    ContentMark m_mark;
};

Result<void> keepTime(const CopySource& source, const std::string& path)
{
    if (!source.modified) return ok();
    return setModifiedBlocking(path, *source.modified);
}

} // namespace

asio::awaitable<Result<std::string>> uploadTo(GatewayClient& client, const CopySource& source,
                                              std::string target, ProgressBar& progress)
{
    TARN_CO_TRY(InputFile file, InputFile::open(source.path));
    const GatewayClient::Source read = [&](MutableByteView into) {
        Result<std::size_t> count = file.read(into);
        progress.advance(count.value_or(0U));
        return count;
    };
    const Result<Answer> answer = co_await client.put(std::move(target), file.size(), read);
    co_return textOfAnswer(answer);
}

asio::awaitable<Result<std::string>> relayTo(GatewayClient& client, GatewayClient& from,
                                             const CopySource& source, std::string target,
                                             ProgressBar& progress)
{
    const std::function<void(std::size_t)> onPiece = [&](std::size_t bytes) {
        progress.advance(bytes);
    };
    std::string place = "/uri/" + net::percentEncode(source.node.bestCap());
    const Result<Answer> answer =
        co_await client.relay(from, std::move(place), std::move(target), onPiece);
    co_return textOfAnswer(answer);
}

Result<ContentMark> contentMarkBlocking(const std::string& path)
{
    TARN_TRY(InputFile file, InputFile::open(path));
    Bytes buffer(kPieceBytes);
    Marker marker;
    for (;;) {
        TARN_TRY(const std::size_t count, file.read(buffer));
        if (count == 0) return marker.finish();
        marker.take(ByteView(buffer).first(count));
    }
}

namespace {

/// \param size  another one ends it early, with nothing; absent: any.
asio::awaitable<Result<std::optional<ContentMark>>>
markOnGrid(GatewayClient& client, std::string readCap, std::optional<std::uint64_t> size)
{
    Marker marker;
    bool otherSize = false;
    const GatewayClient::OnHead onHead = [&](const net::ResponseHead& head) -> Result<void> {
        otherSize = size && head.contentLength && *head.contentLength != *size;
        if (!otherSize) return ok();
        return Error(ErrorCode::Cancelled, "it has another size");
    };
    const GatewayClient::Sink sink = [&](ByteView piece) -> Result<void> {
        marker.take(piece);
        return ok();
    };
    std::string place = "/uri/" + net::percentEncode(readCap);
    const Result<Answer> answer = co_await client.stream("GET", std::move(place), onHead, sink);
    if (otherSize) co_return std::optional<ContentMark>();
    if (!answer) co_return answer.error();
    if (answer->status != 200) co_return refusal(answer->status, answer->body);
    co_return std::optional<ContentMark>(marker.finish());
}

} // namespace

asio::awaitable<Result<bool>> holdsSame(GatewayClient& client, std::string readCap,
                                        const CopySource& source)
{
    std::optional<ContentMark> wanted;
    if (source.isLocal()) {
        TARN_CO_TRY(wanted, contentMarkBlocking(source.path));
    } else {
        std::string from = source.node.readCap;
        const std::optional<std::uint64_t> any;
        TARN_CO_TRY(wanted, co_await markOnGrid(client, std::move(from), any));
    }
    if (!wanted) co_return false;
    const std::optional<std::uint64_t> size = wanted->size;
    TARN_CO_TRY(const std::optional<ContentMark> found,
                co_await markOnGrid(client, std::move(readCap), size));
    co_return found&&* found == *wanted;
}

asio::awaitable<Result<bool>> downloadTo(GatewayClient& client, const CopySource& source,
                                         const std::string& path, ProgressBar& progress,
                                         Durability durability,
                                         const std::optional<ContentMark>& present)
{
    TARN_CO_TRY(OutputFile file, OutputFile::create(path));
    Marker marker;
    const GatewayClient::OnHead ignore = [](const net::ResponseHead&) { return ok(); };
    const GatewayClient::Sink sink = [&](ByteView piece) {
        progress.advance(piece.size());
        if (present) marker.take(piece);
        return file.write(piece);
    };
    std::string place = "/uri/" + net::percentEncode(source.node.readCap);
    TARN_CO_TRY(const Answer answer, co_await client.stream("GET", std::move(place), ignore, sink));
    if (answer.status != 200) co_return refusal(answer.status, answer.body);
    if (present && marker.finish() == *present) co_return false;
    TARN_CO_TRY_VOID(file.commit(durability));
    TARN_CO_TRY_VOID(keepTime(source, path));
    co_return true;
}

Result<void> copyLocally(const CopySource& source, const std::string& path, ProgressBar& progress)
{
    TARN_TRY(InputFile from, InputFile::open(source.path));
    TARN_TRY(OutputFile to, OutputFile::create(path));
    Bytes buffer(kPieceBytes);
    for (;;) {
        TARN_TRY(const std::size_t count, from.read(buffer));
        if (count == 0) break;
        TARN_TRY_VOID(to.write(ByteView(buffer).first(count)));
        progress.advance(count);
    }
    TARN_TRY_VOID(to.commit());
    return keepTime(source, path);
}

Result<void> writeTextTo(const std::string& path, std::string_view text)
{
    TARN_TRY(OutputFile file, OutputFile::create(path));
    TARN_TRY_VOID(file.write(asBytes(text)));
    return file.commit();
}

asio::awaitable<Result<std::string>> requestText(GatewayClient& client, std::string method,
                                                 std::string target, std::string body)
{
    const Result<Answer> answer =
        co_await client.ask(std::move(method), std::move(target), std::move(body));
    co_return textOfAnswer(answer);
}

asio::awaitable<Result<bool>> isHealthy(GatewayClient& client, std::string cap)
{
    std::string target = "/uri/" + net::percentEncode(cap) + "?t=check&output=JSON";
    std::string noBody;
    TARN_CO_TRY(const Answer answer,
                co_await client.ask("POST", std::move(target), std::move(noBody)));
    if (answer.status != 200) co_return false;
    const json parsed = json::parse(answer.body, nullptr, false);
    const json::json_pointer healthy("/results/healthy");
    co_return parsed.is_object() && parsed.contains(healthy) && parsed.at(healthy) == json(true);
}

std::string childrenJson(const std::vector<NewLink>& links, std::optional<double> linked)
{
    json children = json::object();
    for (const NewLink& link : links) {
        json about = json::object();
        if (!link.caps.write.empty()) about["rw_uri"] = link.caps.write;
        if (!link.caps.read.empty()) about["ro_uri"] = link.caps.read;
        if (link.modified) about["metadata"]["mtime"] = *link.modified;
        if (linked) about["metadata"]["tahoe"] = {{"linkcrtime", *linked}, {"linkmotime", *linked}};
        children[link.name] = json::array({link.isDirectory ? "dirnode" : "filenode", about});
    }
    return children.dump(-1, ' ', true, json::error_handler_t::replace);
}

} // namespace tarn::gateway::cli
