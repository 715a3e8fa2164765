#include "client-gateway/web/listing_page.h"

#include "client-gateway/web/html.h"
#include "core/base/quantity.h"
#include "core/net/http_message.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>

namespace tarn::gateway::web {

namespace {

PageForm formOf(const CapInfo& directory, std::string operation)
{
    PageForm form;
    form.action = addressOf(directory.text);
    form.operation = std::move(operation);
    form.whenDone = form.action;
    return form;
}

std::string_view typeOf(const CapInfo& cap)
{
    switch (cap.kind) {
    case CapInfo::Kind::Directory:
        return cap.isMutable ? "folder" : "fixed folder";
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

/// A folder is opened by its own capability, so that its address gives away no more than it.
std::string childLink(const CapInfo& child, const std::string& name)
{
    const std::string text = nameHtml(name);
    if (child.kind == CapInfo::Kind::Directory)
        return linkHtml(addressOf(child.text) + "/", text + "/");
    if (child.kind == CapInfo::Kind::Unknown) return text;
    return linkHtml(
        "/file/" + net::percentEncode(child.text) + "/@@named=/" + net::percentEncode(name), text);
}

/// When the link was last changed, in UTC; empty where nobody knows.
std::string changedText(const MetadataText& metadata)
{
    using namespace std::chrono;
    constexpr double kEndOfYear9999 = 253402300800.0;
    const nlohmann::json value = nlohmann::json::parse(metadata, nullptr, false);
    if (!value.is_object() || !value.contains("tahoe")) return {};
    const nlohmann::json& tahoe = value["tahoe"];
    if (!tahoe.is_object() || !tahoe.contains("linkmotime")) return {};
    if (!tahoe["linkmotime"].is_number()) return {};
    const auto unixTime = tahoe["linkmotime"].get<double>();
    if (!(unixTime >= 0 && unixTime < kEndOfYear9999)) return {};
    const sys_seconds time{seconds(static_cast<std::int64_t>(unixTime))};
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(time - day);
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()));
    return text.data();
}

std::string childRow(const CapInfo& directory, const std::string& name, const DirectoryChild& entry)
{
    const CapInfo child = describeNode(entry.node);
    const std::string quoted = escapeHtml(name);
    std::string out = "<tr><td>" + childLink(child, name) + "</td><td>";
    out += typeOf(child);
    out += "</td><td class=\"number\">" + (child.size ? humanSize(*child.size) : std::string());
    out += "</td><td class=\"number\">" + changedText(entry.metadata) + "</td><td><a href=\"" +
           addressOf(child.text) + "?t=info\" aria-label=\"About " + quoted + "\">About</a>";
    if (!directory.write.empty()) {
        out += " &middot; <a href=\"?t=rename-form&amp;name=" + net::percentEncode(name) +
               "\" aria-label=\"Rename or delete " + quoted + "\">Rename or delete</a>";
    }
    return out + "</td></tr>\n";
}

std::string editForms(const CapInfo& directory)
{
    PageForm upload = formOf(directory, "upload");
    upload.fields =
        "<label>File <input type=\"file\" name=\"file\" required></label>\n" + formatChoice();
    upload.button = "Upload";
    PageForm folder = formOf(directory, "mkdir");
    folder.fields = "<label>Name <input type=\"text\" name=\"name\" required></label>\n";
    folder.button = "Create folder";
    return "<h2>Upload a file</h2>\n" + formHtml(upload) + "<h2>New folder</h2>\n" +
           formHtml(folder);
}

} // namespace

std::string listingPage(const CapInfo& directory, const DirectoryContents& contents)
{
    const std::string address = addressOf(directory.text);
    std::string out;
    if (!directory.isMutable) {
        out = "<p>This folder never changes.</p>\n";
    } else if (directory.write.empty()) {
        out = "<p>You can only read this folder.</p>\n";
    }
    if (contents.children.empty()) {
        out += "<p>The folder is empty.</p>\n";
    } else {
        out += "<table class=\"list\">\n<tr><th scope=\"col\">Name</th><th scope=\"col\">Kind</th>"
               "<th scope=\"col\">Size</th><th scope=\"col\">Changed (UTC)</th>"
               "<th scope=\"col\">Actions</th></tr>\n";
        for (const auto& [name, entry] : contents.children)
            out += childRow(directory, name, entry);
        out += "</table>\n";
    }
    if (!directory.write.empty()) out += editForms(directory);
    out += "<h2>Health</h2>\n" + checkForm(address, "Check this folder");
    out += "<p>" + linkHtml(address + "?t=info", "About this folder, and all that is below it") +
           "; the same as " + linkHtml(address + "?t=json", "JSON") + ".</p>\n";
    return htmlPage("Folder", out);
}

std::string renamePage(const CapInfo& directory, const std::string& name)
{
    PageForm rename = formOf(directory, "rename");
    rename.fields = hiddenField("from_name", name) +
                    "<label>New name <input type=\"text\" name=\"to_name\" value=\"" +
                    escapeHtml(name) + "\" required></label>\n";
    rename.button = "Rename";
    PageForm unlink = formOf(directory, "unlink");
    unlink.fields = hiddenField("name", name);
    unlink.button = "Delete";
    return htmlPage("Rename or delete",
                    "<p>The name is now " + nameHtml(name) + ".</p>\n" + formHtml(rename) +
                        "<p>What is deleted can be found by its capability only.</p>\n" +
                        formHtml(unlink) + "<p>" +
                        linkHtml(addressOf(directory.text), "Back to the folder") + "</p>\n");
}

} // namespace tarn::gateway::web
