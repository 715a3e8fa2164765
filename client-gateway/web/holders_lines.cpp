#include "client-gateway/web/holders_lines.h"

#include "core/codec/base32.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tarn::gateway::web {

namespace {

using nlohmann::json;
using storage_api::ShareKind;

Result<HoldersQuestion> readQuestion(std::string_view line)
{
    const json value = json::parse(line, nullptr, false);
    const auto textAt = [&](const char* key) {
        const auto at = value.is_object() ? value.find(key) : value.end();
        const bool isText = value.is_object() && at != value.end() && at->is_string();
        return isText ? at->get<std::string>() : std::string();
    };
    HoldersQuestion out;
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

} // namespace

Result<std::vector<HoldersQuestion>> readHoldersQuestions(std::string_view text)
{
    std::vector<HoldersQuestion> out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (end > 0) {
            TARN_TRY(HoldersQuestion one, readQuestion(text.substr(0, end)));
            out.push_back(std::move(one));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
        if (out.size() > kMostHoldersQuestions)
            return Error(ErrorCode::InvalidInput, "at most 1000 storage indexes at a time");
    }
    return out;
}

std::string holdersAnswer(const HoldersQuestion& question, const Holders& holders)
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

} // namespace tarn::gateway::web
