#include "client-gateway/cli/node/link_report.h"

#include "client-gateway/cli/printable.h"
#include "core/base/quantity.h"

namespace tarn::gateway::cli {

namespace {

using control::ClientView;
using control::LinkView;

constexpr std::size_t kTitleWidth = 10;
constexpr std::size_t kNameWidth = 20;

std::string line(std::string title, const std::string& text)
{
    title.resize(kTitleWidth, ' ');
    return title + text + "\n";
}

void addPadded(std::string& out, const std::string& text)
{
    out += text;
    if (text.size() < kNameWidth) out.append(kNameWidth - text.size(), ' ');
    out += "  ";
}

std::string whoText(const LinkView& link)
{
    if (!link.sent) return "from " + printable(link.member);
    return (link.delivered ? "given to " : "waits for ") + printable(link.member);
}

std::string whatText(const LinkView& link)
{
    return printable(link.kind) + (link.size ? ", " + humanSize(*link.size) : std::string());
}

} // namespace

std::string linksText(const std::vector<LinkView>& links)
{
    std::string out;
    for (const LinkView& link : links) {
        out += printable(link.id) + "  ";
        addPadded(out, whoText(link));
        out += printable(link.name) + " (" + whatText(link) + ")\n";
    }
    return out;
}

std::string linkText(const LinkView& link)
{
    std::string out = line("link", printable(link.id)) + line("is", whoText(link)) +
                      line("name", printable(link.name)) + line("what", whatText(link));
    if (!link.cap.empty()) out += line("reads", printable(link.cap));
    return out;
}

std::string clientsText(const std::vector<ClientView>& clients)
{
    std::string out;
    for (const ClientView& client : clients) {
        addPadded(out, printable(client.name));
        out += "uses " + humanSize(client.used);
        if (client.limit) out += " of " + humanSize(*client.limit);
        out += client.revoked ? ", revoked\n" : "\n";
    }
    return out;
}

} // namespace tarn::gateway::cli
