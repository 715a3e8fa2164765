// fuzz_holders_lines: questions about storage indexes are refused, or the same when the command
// line asks them again; what is answered is understood there, whatever servers call themselves.
#include "client-gateway/cli/drain_report.h"
#include "client-gateway/web/holders_lines.h"
#include "core/base/check.h"

#include <cstdint>

using namespace tarn;
using namespace tarn::gateway;

namespace {

cli::DrainedIndex drainedOf(const web::HoldersQuestion& question)
{
    cli::DrainedIndex out;
    out.index = question.text;
    out.kind = question.kind == storage_api::ShareKind::Immutable ? "immutable" : "mutable";
    out.shares = {1, 2};
    return out;
}

/// A server that has what is missing, one that is silent; their names are any bytes.
void checkAnswer(const web::HoldersQuestion& question, const std::string& name)
{
    Holders holders;
    holders.shares[name + "a"] = {ShareNumber{1}, ShareNumber{2}};
    holders.silent[name + "b"] = name;
    const std::string line = web::holdersAnswer(question, holders);
    TARN_ASSERT(line.find('\n') == line.size() - 1);
    const auto verdict = cli::judgeDrained(drainedOf(question), line, {});
    TARN_ASSERT(verdict && verdict->where == cli::Whereabouts::Elsewhere && verdict->silent == 1);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Result<std::vector<web::HoldersQuestion>> asked = web::readHoldersQuestions(text);
    if (!asked) {
        TARN_ASSERT(asked.error().code() == ErrorCode::InvalidInput);
        return 0;
    }
    TARN_ASSERT(asked->size() <= web::kMostHoldersQuestions);
    std::string written;
    for (const web::HoldersQuestion& one : *asked)
        written += cli::holdersQuestion(drainedOf(one));
    const auto again = web::readHoldersQuestions(written);
    TARN_ASSERT(again && again->size() == asked->size());
    for (std::size_t i = 0; i < asked->size(); ++i) {
        const web::HoldersQuestion& one = (*asked)[i];
        const web::HoldersQuestion& other = (*again)[i];
        TARN_ASSERT(one.text == other.text && one.index == other.index && one.kind == other.kind);
    }
    if (!asked->empty()) checkAnswer(asked->front(), std::string(text.substr(0, 100)));
    return 0;
}
