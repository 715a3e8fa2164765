#include "client-gateway/async/parallel.h"
#include "client-gateway/web/handlers.h"
#include "client-gateway/web/holders_lines.h"

namespace tarn::gateway::web {

namespace {

constexpr std::size_t kMostBytes = 256 * 1024;
constexpr std::size_t kAtOnce = 16;

} // namespace

asio::awaitable<Result<void>> serveHolders(Call& call)
{
    if (call.method() != "POST") co_return call.refuseMethod("/holders takes POST");
    TARN_CO_TRY(const Bytes body, co_await call.exchange.readAll(kMostBytes));
    TARN_CO_TRY(const std::vector<HoldersQuestion> questions, readHoldersQuestions(asText(body)));
    std::string text;
    for (std::size_t i = 0; i < questions.size(); i += kAtOnce) {
        const std::size_t end = std::min(i + kAtOnce, questions.size());
        std::vector<asio::awaitable<Result<Holders>>> asking;
        for (std::size_t k = i; k < end; ++k)
            asking.push_back(call.files.holders(questions[k].kind, questions[k].index));
        const std::vector<Result<Holders>> answers = co_await allOf(std::move(asking));
        for (std::size_t k = i; k < end; ++k) {
            TARN_CO_TRY(const Holders holders, answers[k - i]);
            text += holdersAnswer(questions[k], holders);
        }
    }
    Reply reply = jsonReply(std::move(text));
    reply.contentType = "application/x-ndjson";
    co_return co_await send(call.exchange, std::move(reply));
}

} // namespace tarn::gateway::web
