#include "client-gateway/async/parallel.h"
#include "client-gateway/web/handlers.h"
#include "core/codec/base32.h"

#include <nlohmann/json.hpp>

namespace tarn::gateway::web {

namespace {

using nlohmann::json;
using storage_api::ShareKind;

constexpr std::size_t kMostBytes = 256 * 1024;
constexpr std::size_t kMostQuestions = 1000;
constexpr std::size_t kAtOnce = 16;

struct Question
{
    std::string text; ///< the storage index as it was given
    StorageIndex index;
    ShareKind kind = ShareKind::Mutable;
};

Result<Question> readQuestion(std::string_view line)
{
    const json value = json::parse(line, nullptr, false);
    const auto textAt = [&](const char* key) {
        const auto at = value.is_object() ? value.find(key) : value.end();
        const bool isText = value.is_object() && at != value.end() && at->is_string();
        return isText ? at->get<std::string>() : std::string();
    };
    Question out;
    out.text = textAt("storage_index");
    const Result<Bytes> bytes = codec::decodeBase32(out.text);
    const Result<StorageIndex> index =
        bytes ? StorageIndex::from(*bytes) : Result<StorageIndex>(bytes.error());
    if (!index)
        return Error(ErrorCode::InvalidInput,
                     R"(expected a line {"storage_index": ..., "kind": ...} for each index)");
    out.index = *index;
    if (textAt("kind") == "immutable") out.kind = ShareKind::Immutable;
    return out;
}

Result<std::vector<Question>> readQuestions(std::string_view text)
{
    std::vector<Question> out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (end > 0) {
            TARN_TRY(Question one, readQuestion(text.substr(0, end)));
            out.push_back(std::move(one));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
        if (out.size() > kMostQuestions)
            return Error(ErrorCode::InvalidInput, "at most 1000 storage indexes at a time");
    }
    return out;
}

std::string answerLine(const Question& question, const Holders& holders)
{
    json out;
    out["storage_index"] = question.text;
    out["holders"] = json::object();
    for (const auto& [id, shares] : holders.shares) {
        json& numbers = out["holders"][id] = json::array();
        for (const ShareNumber share : shares)
            numbers.push_back(share.value);
    }
    out["silent"] = holders.silent;
    return out.dump(-1, ' ', true, json::error_handler_t::replace) + "\n";
}

} // namespace

asio::awaitable<Result<void>> serveHolders(Call& call)
{
    if (call.method() != "POST") co_return call.refuseMethod("/holders takes POST");
    TARN_CO_TRY(const Bytes body, co_await call.exchange.readAll(kMostBytes));
    TARN_CO_TRY(const std::vector<Question> questions, readQuestions(asText(body)));
    std::string text;
    for (std::size_t i = 0; i < questions.size(); i += kAtOnce) {
        const std::size_t end = std::min(i + kAtOnce, questions.size());
        std::vector<asio::awaitable<Result<Holders>>> asking;
        for (std::size_t k = i; k < end; ++k)
            asking.push_back(call.files.holders(questions[k].kind, questions[k].index));
        const std::vector<Result<Holders>> answers = co_await allOf(std::move(asking));
        for (std::size_t k = i; k < end; ++k) {
            TARN_CO_TRY(const Holders holders, answers[k - i]);
            text += answerLine(questions[k], holders);
        }
    }
    Reply reply = jsonReply(std::move(text));
    reply.contentType = "application/x-ndjson";
    co_return co_await send(call.exchange, std::move(reply));
}

} // namespace tarn::gateway::web
