#include "client-gateway/cli/node/connection_report.h"

#include "client-gateway/cli/node/node_report.h"
#include "client-gateway/cli/printable.h"

#include <algorithm>

namespace tarn::gateway::cli {

namespace {

constexpr std::size_t kTitleWidth = 11;

std::string line(std::string title, const std::string& text)
{
    title.resize(kTitleWidth, ' ');
    return title + text + "\n";
}

std::string proofText(const control::AddressView& address)
{
    if (!address.told) return "told to nobody: " + printable(address.reason);
    if (!address.proof) return "not proven";
    const std::string when = timeText(address.proof->at);
    return address.proof->reached ? "reached by a member at " + when
                                  : "a member could not connect to it at " + when;
}

std::string routerText(const control::RouterView& router)
{
    if (router.state == "open")
        return "lets members in at " + printable(router.address) + " (" +
               printable(router.protocol) + ")";
    std::string out = printable(router.state);
    if (!router.reason.empty()) out += ": " + printable(router.reason);
    return out;
}

std::string offText(const control::ConnectionView& connection)
{
    if (!connection.looks) return "all: nothing is announced, or connections go through a proxy";
    std::string out;
    const auto add = [&out](bool on, const char* name) {
        if (on) return;
        out += out.empty() ? "" : ", ";
        out += name;
    };
    add(connection.interfaces, "interfaces");
    add(connection.mapping, "mapping");
    add(connection.seen, "seen");
    add(connection.punching, "punching");
    return out;
}

std::string pathText(const control::PeerPathsView& peer)
{
    std::string out = printable(peer.name) + ": ";
    if (peer.kind.empty())
        out += peer.online ? "no path from here" : "not there";
    else
        out += printable(peer.kind);
    if (!peer.place.empty()) out += ", " + printable(peer.place);
    return out;
}

std::string triedText(const control::PathView& path)
{
    std::string out = printable(path.kind);
    if (!path.place.empty()) out += " " + printable(path.place);
    out += ": " + printable(path.result) + " after " + std::to_string(path.took) + " ms, " +
           timeText(path.at);
    if (!path.reason.empty()) out += ": " + printable(path.reason);
    return out;
}

std::string ownText(const control::ConnectionView& connection)
{
    std::string out;
    std::string title = "found at";
    for (const control::AddressView& address : connection.addresses) {
        out += line(title, printable(address.location) + " (" + printable(address.kind) + ", " +
                               printable(address.origin) + "): " + proofText(address));
        title.clear();
    }
    if (connection.addresses.empty()) out += line(title, "nowhere: no address is known");
    out += line("router", routerText(connection.router));
    const std::string off = offText(connection);
    if (!off.empty()) out += line("[reach] off", off);
    return out;
}

bool isProven(const control::ConnectionView& connection)
{
    return std::any_of(
        connection.addresses.begin(), connection.addresses.end(),
        [](const control::AddressView& one) { return one.proof && one.proof->reached; });
}

} // namespace

std::string connectionText(const control::ConnectionView& connection)
{
    std::string out = ownText(connection);
    std::string title = "reaches";
    for (const control::PeerPathsView& peer : connection.peers) {
        out += line(title, pathText(peer));
        title.clear();
    }
    return out;
}

std::string doctorText(const control::ConnectionView& connection)
{
    std::string out = ownText(connection);
    if (!connection.unproven.empty())
        out += line("proof", "none: " + printable(connection.unproven));
    for (const control::PeerPathsView& peer : connection.peers) {
        out += "\n" + pathText(peer) + "\n";
        for (const control::PathView& path : peer.paths)
            out += "  " + triedText(path) + "\n";
        if (!peer.step.empty()) out += "  do: " + printable(peer.step) + "\n";
    }
    if (connection.unproven.empty() && !isProven(connection) && connection.seen)
        out +=
            "\ndo: members cannot connect to this node: switch on UPnP or forward its port at the "
            "router; until\n  then they ask it to connect to them\n";
    return out;
}

bool allWell(const control::ConnectionView& connection)
{
    const bool proven = !connection.unproven.empty() || isProven(connection) || !connection.seen;
    return proven && std::all_of(connection.peers.begin(), connection.peers.end(),
                                 [](const control::PeerPathsView& peer) {
                                     return !peer.online || !peer.kind.empty();
                                 });
}

} // namespace tarn::gateway::cli
