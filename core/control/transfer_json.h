// transfer_json: the values of transfer_values.h as JSON, both ways. Pure, any thread.
// Source: core/doc/protocol/control.md.
#pragma once

#include "core/base/result.h"
#include "core/control/transfer_values.h"

#include <nlohmann/json_fwd.hpp>

#include <vector>

namespace tarn::control {

nlohmann::json jsonOf(const TransferView& transfer);
/// Keys that it does not know are skipped.
/// \return PeerMisbehaved: a key is missing or of another type.
Result<TransferView> readTransferView(const nlohmann::json& json);
/// {"transfers": [...]}
nlohmann::json jsonOf(const std::vector<TransferView>& transfers);
Result<std::vector<TransferView>> readTransferViews(const nlohmann::json& json);

} // namespace tarn::control
