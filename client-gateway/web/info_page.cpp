#include "client-gateway/web/info_page.h"

#include "client-gateway/web/html.h"

namespace tarn::gateway::web {

namespace {

using Kind = CapInfo::Kind;

std::string objectName(const CapInfo& cap)
{
    if (cap.kind == Kind::Unknown) return "of a kind unknown to this version";
    if (cap.isVerifier) return "known by its verify capability only";
    if (cap.kind == Kind::Directory) return cap.isMutable ? "folder" : "fixed folder";
    if (cap.isMutable) return "file that can change (" + std::string(cap.format) + ")";
    return "file that never changes";
}

std::string capRow(std::string_view name, const std::string& cap)
{
    return cap.empty() ? std::string() : factRow(name, linkHtml(addressOf(cap), codeHtml(cap)));
}

std::string facts(const CapInfo& cap)
{
    std::string out = "<table>\n" + factRow("Object", escapeHtml(objectName(cap)));
    if (cap.size) out += factRow("Size", std::to_string(*cap.size) + " bytes");
    if (!cap.storageIndex.empty()) out += factRow("Storage index", codeHtml(cap.storageIndex));
    out += capRow("Who has this can write", cap.write);
    out += capRow("Who has this can read", cap.readOnly);
    // To repair what can change takes the capability to write.
    const std::string_view power =
        cap.isMutable ? "Who has this can check" : "Who has this can check and repair";
    if (!cap.verify.empty()) out += factRow(power, codeHtml(cap.verify));
    return out + "</table>\n";
}

PageForm startForm(const std::string& address, std::string_view operation, std::string_view handle)
{
    PageForm form;
    form.action = address;
    form.operation = operation;
    form.fields = hiddenField("ophandle", handle) + "\n";
    return form;
}

/// One handle serves all three: only one of the forms is sent from this page.
std::string deepForms(const std::string& address, std::string_view handle)
{
    PageForm check = startForm(address, "start-deep-check", handle);
    check.fields += checkBox("verify", "read every byte") + checkBox("repair", "repair") +
                    checkBox("add-lease", "renew the leases");
    check.button = "Check everything";
    PageForm manifest = startForm(address, "start-manifest", handle);
    manifest.button = "List everything";
    PageForm size = startForm(address, "start-deep-size", handle);
    size.button = "Add up sizes";
    return "<h2>Everything below this folder</h2>\n" + formHtml(check) + formHtml(manifest) +
           formHtml(size);
}

std::string contentsForm(const std::string& address)
{
    PageForm form;
    form.action = address;
    form.operation = "upload";
    form.fields = "<label>File <input type=\"file\" name=\"file\" required></label>\n";
    form.button = "Replace the contents";
    form.whenDone = address + "?t=info";
    return "<h2>New contents</h2>\n" + formHtml(form);
}

} // namespace

std::string infoPage(const CapInfo& cap, std::string_view handle)
{
    const std::string address = addressOf(cap.text);
    std::string out = facts(cap);
    const bool opaque = cap.kind == Kind::Unknown || (cap.isVerifier && cap.kind != Kind::Verifier);
    if (!opaque) out += "<h2>Health</h2>\n" + checkForm(address, "Check");
    if (cap.kind == Kind::Mutable && !cap.write.empty()) out += contentsForm(address);
    const bool directory = cap.kind == Kind::Directory && !cap.isVerifier;
    if (directory && !handle.empty()) out += deepForms(address, handle);
    if (!opaque && !cap.isVerifier)
        out +=
            "<p>" + linkHtml(address, directory ? "Open the folder" : "Open the file") + "</p>\n";
    out += "<p>The same as " + linkHtml(address + "?t=json", "JSON") + ".</p>\n";
    return htmlPage("About", out);
}

} // namespace tarn::gateway::web
