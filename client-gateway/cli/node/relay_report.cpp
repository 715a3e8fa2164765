#include "client-gateway/cli/node/relay_report.h"

#include "client-gateway/cli/printable.h"
#include "core/base/quantity.h"

namespace tarn::gateway::cli {

namespace {

std::string usedText(const control::RelayView& relay)
{
    std::string out = relay.name.empty() ? printable(relay.location) : printable(relay.name);
    out += " (" + printable(relay.key) + "): ";
    if (!relay.linked) {
        out += "no link";
        if (!relay.problem.empty()) out += ", " + printable(relay.problem);
        return out;
    }
    return out + (relay.relays ? "relays to this node" : "a link, it does not relay");
}

} // namespace

std::string relaySentence(const control::RelayStatus& status)
{
    std::string out = status.offer ? "on" : "off";
    out += ", " + humanSize(status.monthBytes);
    if (status.budget) out += " of " + humanSize(*status.budget);
    out += " carried this month, " + std::to_string(status.streams);
    return out + (status.streams == 1 ? " connection now" : " connections now");
}

std::string relayText(const control::RelayStatus& status)
{
    std::string out = "relaying   " + relaySentence(status) + "\n";
    out += "since the start " + std::to_string(status.sessions) + " connections, " +
           std::to_string(status.refused) + " refused by a limit\n";
    if (status.used.empty())
        return out + "links      none: this node can be connected to, or nobody is there\n";
    for (const control::RelayView& relay : status.used)
        out += "link       " + usedText(relay) + "\n";
    return out;
}

} // namespace tarn::gateway::cli
