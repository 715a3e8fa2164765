// fuzz_drain_list: the list of a server that is emptied is refused, or the same when its indexes
// are written as such a list again; an answer about them is refused or leaves no share out. Behind
// a zero byte: the gateway's answer about the first index.
#include "client-gateway/cli/drain_report.h"
#include "client-gateway/cli/line_splitter.h"
#include "client-gateway/cli/printable.h"
#include "core/base/check.h"

#include <nlohmann/json.hpp>

#include <cstdint>

using namespace tarn;
using namespace tarn::gateway::cli;

namespace {

/// \return nothing when it is refused.
std::optional<std::vector<DrainedIndex>> read(std::string_view text)
{
    std::vector<DrainedIndex> out;
    DrainList list([&](DrainedIndex one) -> Result<void> {
        out.push_back(std::move(one));
        return ok();
    });
    LineSplitter lines([&](std::string_view line) { return list.take(line); });
    Result<void> taken = lines.take(asBytes(text));
    if (taken) taken = lines.finish();
    if (taken) taken = list.finish();
    if (taken) return out;
    TARN_ASSERT(taken.error().code() == ErrorCode::InvalidInput);
    return std::nullopt;
}

/// As `tarn-storage drain list --json` prints it.
std::string written(const std::vector<DrainedIndex>& list)
{
    std::string out;
    std::uint64_t count = 0;
    for (const DrainedIndex& index : list) {
        std::uint64_t bytes = index.bytes;
        for (const std::uint32_t share : index.shares) {
            nlohmann::json line;
            line["storage_index"] = index.index;
            line["share"] = share;
            line["kind"] = index.kind;
            line["bytes"] = std::exchange(bytes, 0);
            line["accounts"] = index.accounts;
            out += line.dump() + "\n";
            ++count;
        }
    }
    return out + nlohmann::json{{"end", true}, {"shares", count}}.dump() + "\n";
}

bool same(const DrainedIndex& a, const DrainedIndex& b)
{
    return a.index == b.index && a.kind == b.kind && a.shares == b.shares && a.bytes == b.bytes &&
           a.accounts == b.accounts;
}

void checkVerdict(const DrainedIndex& drained, std::string_view answer)
{
    const Result<DrainVerdict> verdict = judgeDrained(drained, answer, {"self"});
    if (!verdict) {
        TARN_ASSERT(verdict.error().code() == ErrorCode::PeerMisbehaved);
        return;
    }
    TARN_ASSERT((verdict->where == Whereabouts::Elsewhere) == verdict->onlyHere.empty());
    for (const std::uint32_t share : verdict->onlyHere)
        TARN_ASSERT(drained.shares.contains(share));
    TARN_ASSERT(verdict->onlyHere.size() + verdict->elsewhere >= drained.shares.size());
    const std::string line = verdictLine(drained, *verdict);
    TARN_ASSERT(line == harmless(line) && line.find('\n') == line.size() - 1);
    const auto json = nlohmann::json::parse(verdictJson(drained, *verdict), nullptr, false);
    TARN_ASSERT(json.is_object() && json.at("storage_index") == drained.index);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const std::size_t end = std::min(all.find('\0'), all.size());
    const auto list = read(all.substr(0, end));
    if (!list) return 0;
    const auto again = read(written(*list));
    TARN_ASSERT(again && again->size() == list->size());
    for (std::size_t i = 0; i < list->size(); ++i) {
        TARN_ASSERT(!(*list)[i].index.empty() && !(*list)[i].shares.empty());
        TARN_ASSERT(same((*list)[i], (*again)[i]));
    }
    if (!list->empty()) checkVerdict(list->front(), all.substr(std::min(end + 1, all.size())));
    return 0;
}
