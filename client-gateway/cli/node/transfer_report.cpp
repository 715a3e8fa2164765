#include "client-gateway/cli/node/transfer_report.h"

#include "client-gateway/cli/node/node_report.h"
#include "client-gateway/cli/printable.h"
#include "core/base/quantity.h"

namespace tarn::gateway::cli {

namespace {

std::string padded(std::string text, std::size_t width)
{
    if (text.size() < width) text.resize(width, ' ');
    return text + "  ";
}

std::string lineOf(const control::TransferView& transfer)
{
    std::string out = padded(printable(transfer.kind), 8) + padded(printable(transfer.state), 9) +
                      padded(timeText(transfer.started), 20) + humanSize(transfer.bytes);
    if (transfer.of) out += " of " + humanSize(*transfer.of);
    if (!transfer.index.empty()) out += "  " + printable(transfer.index);
    if (transfer.share) out += " share " + std::to_string(*transfer.share);
    if (!transfer.peer.empty()) out += " to " + printable(transfer.peer);
    if (!transfer.reason.empty()) out += ": " + printable(transfer.reason);
    return out + "\n";
}

} // namespace

std::string transfersText(const std::vector<control::TransferView>& transfers)
{
    std::string out;
    for (const control::TransferView& transfer : transfers)
        out += lineOf(transfer);
    return out.empty() ? "nothing moves, and nothing moved lately\n" : out;
}

} // namespace tarn::gateway::cli
