#include "core/control/transfer_json.h"

#include "core/control/json_fields.h"

#include <nlohmann/json.hpp>

#include <limits>

namespace tarn::control {

namespace {

using nlohmann::json;

constexpr const char* kWhat = "no transfer";

// Throws json::exception; see readTransferView().
TransferView transferOf(const json& value)
{
    TransferView out;
    value.at("id").get_to(out.id);
    value.at("kind").get_to(out.kind);
    value.at("index").get_to(out.index);
    const std::optional<std::uint64_t> share = unsignedOrNull(value, "share");
    if (share && *share <= std::numeric_limits<std::uint32_t>::max())
        out.share = static_cast<std::uint32_t>(*share);
    value.at("peer").get_to(out.peer);
    out.bytes = unsignedAt(value, "bytes");
    out.of = unsignedOrNull(value, "of");
    value.at("started").get_to(out.started);
    out.ended = optionalAt<std::int64_t>(value, "ended");
    value.at("state").get_to(out.state);
    value.at("reason").get_to(out.reason);
    return out;
}

} // namespace

json jsonOf(const TransferView& transfer)
{
    std::optional<std::uint64_t> share;
    if (transfer.share) share = *transfer.share;
    return {{"id", transfer.id},
            {"kind", transfer.kind},
            {"index", transfer.index},
            {"share", orNull(share)},
            {"peer", transfer.peer},
            {"bytes", transfer.bytes},
            {"of", orNull(transfer.of)},
            {"started", transfer.started},
            {"ended", orNull(transfer.ended)},
            {"state", transfer.state},
            {"reason", transfer.reason}};
}

Result<TransferView> readTransferView(const json& value)
{
    return reading(ErrorCode::PeerMisbehaved, kWhat, [&value] { return transferOf(value); });
}

json jsonOf(const std::vector<TransferView>& transfers)
{
    return listOf("transfers", transfers.size(),
                  [&transfers](std::size_t i) { return jsonOf(transfers[i]); });
}

Result<std::vector<TransferView>> readTransferViews(const json& value)
{
    return reading(ErrorCode::PeerMisbehaved, kWhat,
                   [&value] { return allAt<TransferView>(value, "transfers", transferOf); });
}

} // namespace tarn::control
