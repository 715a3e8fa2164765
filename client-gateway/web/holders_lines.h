// holders_lines: what POST /holders is asked and answers: a line of JSON for each storage index.
//
//   {"storage_index": BASE32, "kind": "immutable" or else}
//   {"storage_index", "holders": {SERVER: [SHARE, ...]}, "silent": {SERVER: WHY}}
#pragma once

#include "client-gateway/check/holders.h"

namespace tarn::gateway::web {

inline constexpr std::size_t kMostHoldersQuestions = 1000;

struct HoldersQuestion
{
    std::string text; ///< the storage index as it was given
    StorageIndex index;
    storage_api::ShareKind kind = storage_api::ShareKind::Mutable;
};

/// Empty lines are passed over. \return InvalidInput: no such question, or too many.
Result<std::vector<HoldersQuestion>> readHoldersQuestions(std::string_view text);

std::string holdersAnswer(const HoldersQuestion& question, const Holders& holders);

} // namespace tarn::gateway::web
