#include "client-gateway/web/listing_page.h"

#include "client-gateway/web/html.h"
#include "core/net/http_message.h"

namespace tarn::gateway::web {

namespace {

std::string addressOf(const CapInfo& cap)
{
    return "/uri/" + net::percentEncode(cap.text);
}

std::string hidden(std::string_view name, std::string_view value)
{
    return "<input type=\"hidden\" name=\"" + std::string(name) + "\" value=\"" +
           escapeHtml(value) + "\">";
}

std::string form(const CapInfo& directory, std::string_view operation, std::string_view fields)
{
    const std::string address = addressOf(directory);
    return "<form action=\"" + address + "?t=" + std::string(operation) +
           "\" method=\"post\" enctype=\"multipart/form-data\">" + hidden("when_done", address) +
           std::string(fields) + "</form>\n";
}

std::string_view typeOf(const CapInfo& cap)
{
    switch (cap.kind) {
    case CapInfo::Kind::Directory:
        return cap.isMutable ? "folder" : "folder, immutable";
    case CapInfo::Kind::Mutable:
        return cap.format;
    case CapInfo::Kind::File:
        return "file";
    case CapInfo::Kind::Verifier:
    case CapInfo::Kind::Unknown:
        break;
    }
    return "unknown";
}

std::string childLink(const CapInfo& child, const std::string& name)
{
    const std::string text = escapeHtml(name);
    if (child.kind == CapInfo::Kind::Directory)
        return "<a href=\"" + addressOf(child) + "/\">" + text + "/</a>";
    if (child.kind == CapInfo::Kind::Unknown) return text;
    return "<a href=\"/file/" + net::percentEncode(child.text) + "/@@named=/" +
           net::percentEncode(name) + "\">" + text + "</a>";
}

std::string actions(const CapInfo& directory, const std::string& name)
{
    return form(directory, "unlink",
                hidden("name", name) +
                    "<input type=\"submit\" value=\"Delete\" aria-label=\"Delete " +
                    escapeHtml(name) + "\">") +
           "<a href=\"" + addressOf(directory) +
           "?t=rename-form&amp;name=" + net::percentEncode(name) + "\">Rename</a>";
}

std::string childRow(const CapInfo& directory, const std::string& name, const DirectoryChild& entry)
{
    const CapInfo child = describeNode(entry.node);
    std::string out = "<tr><td>" + childLink(child, name) + "</td><td>";
    out += typeOf(child);
    out += "</td><td>" + (child.size ? std::to_string(*child.size) : std::string("?"));
    out += "</td><td><a href=\"" + addressOf(child) + "?t=info\">More info</a></td>";
    if (!directory.write.empty()) out += "<td>" + actions(directory, name) + "</td>";
    return out + "</tr>\n";
}

std::string editForms(const CapInfo& directory)
{
    return "<h2>Upload</h2>\n" +
           form(directory, "upload",
                "<label>File <input type=\"file\" name=\"file\"></label> <input type=\"submit\" "
                "value=\"Upload\">") +
           "<h2>New folder</h2>\n" +
           form(directory, "mkdir",
                "<label>Name <input type=\"text\" name=\"name\" required></label> <input "
                "type=\"submit\" value=\"Create\">");
}

} // namespace

std::string listingPage(const CapInfo& directory, const DirectoryContents& contents)
{
    std::string out = directory.write.empty() ? "<p>You can only read this folder.</p>\n" : "";
    out += "<table>\n<tr><th>Name</th><th>Type</th><th>Bytes</th><th>Info</th>";
    out += directory.write.empty() ? "</tr>\n" : "<th>Change</th></tr>\n";
    for (const auto& [name, entry] : contents.children)
        out += childRow(directory, name, entry);
    out += "</table>\n";
    if (contents.children.empty()) out += "<p>The folder is empty.</p>\n";
    if (!directory.write.empty()) out += editForms(directory);
    out += "<p><a href=\"" + addressOf(directory) +
           "?t=info\">More info, check</a>; the same as "
           "<a href=\"" +
           addressOf(directory) + "?t=json\">JSON</a>; <a href=\"/\">start</a></p>\n";
    return htmlPage("Folder", out);
}

std::string renamePage(const CapInfo& directory, const std::string& name)
{
    return htmlPage("Rename",
                    form(directory, "rename",
                         hidden("from_name", name) + "<p>Rename " + escapeHtml(name) +
                             "</p><label>New name <input type=\"text\" name=\"to_name\" value=\"" +
                             escapeHtml(name) +
                             "\"></label> <input type=\"submit\" "
                             "value=\"Rename\">"));
}

} // namespace tarn::gateway::web
