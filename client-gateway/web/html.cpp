#include "client-gateway/web/html.h"

#include "core/net/http_message.h"

namespace tarn::gateway::web {

std::string escapeHtml(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::string nameHtml(std::string_view name)
{
    return "<bdi>" + escapeHtml(name) + "</bdi>";
}

std::string codeHtml(std::string_view text)
{
    return "<code>" + escapeHtml(text) + "</code>";
}

std::string linkHtml(std::string_view address, std::string_view content)
{
    return "<a href=\"" + escapeHtml(address) + "\">" + std::string(content) + "</a>";
}

std::string addressOf(std::string_view cap)
{
    return "/uri/" + net::percentEncode(cap);
}

std::string hiddenField(std::string_view name, std::string_view value)
{
    return "<input type=\"hidden\" name=\"" + escapeHtml(name) + "\" value=\"" + escapeHtml(value) +
           "\">";
}

std::string checkBox(std::string_view name, std::string_view label)
{
    return "<label><input type=\"checkbox\" name=\"" + escapeHtml(name) + "\" value=\"true\"> " +
           escapeHtml(label) + "</label>\n";
}

std::string formatChoice()
{
    return "<label>Kind <select name=\"format\"><option value=\"CHK\">never changes</option>"
           "<option value=\"SDMF\">can change, small</option>"
           "<option value=\"MDMF\">can change, large</option></select></label>\n";
}

std::string formHtml(const PageForm& form)
{
    std::string out = "<form action=\"" + escapeHtml(form.action) +
                      "\" method=\"post\" enctype=\"multipart/form-data\">\n" +
                      hiddenField("t", form.operation);
    if (!form.whenDone.empty()) out += hiddenField("when_done", form.whenDone);
    return out + "\n" + form.fields + "<button type=\"submit\">" + escapeHtml(form.button) +
           "</button>\n</form>\n";
}

std::string checkForm(std::string_view address, std::string_view button)
{
    PageForm form;
    form.action = address;
    form.operation = "check";
    form.fields = checkBox("verify", "read every byte") + checkBox("repair", "repair") +
                  checkBox("add-lease", "renew the lease");
    form.button = button;
    return formHtml(form);
}

std::string factRow(std::string_view name, std::string_view html)
{
    return "<tr><th scope=\"row\">" + escapeHtml(name) + "</th><td>" + std::string(html) +
           "</td></tr>\n";
}

std::string factRow(std::string_view name, std::uint64_t number)
{
    return factRow(name, std::to_string(number));
}

namespace {

/// Tables of the class "list" become a block for each row on narrow screens.
constexpr std::string_view kStyle =
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 sans-serif;max-width:62rem;margin:0 auto;padding:0 1rem 2rem}"
    "header{padding:.6rem 0;border-bottom:1px solid #8886}"
    "h1{font-size:1.6rem;overflow-wrap:anywhere}h2{font-size:1.2rem;margin-top:1.6rem}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}"
    "caption{text-align:left;font-weight:bold;padding:.3rem 0}"
    "td,th{padding:.35rem .8rem .35rem 0;text-align:left;vertical-align:top;"
    "border-bottom:1px solid #8884;overflow-wrap:anywhere}"
    "th[scope=col],.number{white-space:nowrap}"
    "th[scope=row]{font-weight:normal;width:14rem;opacity:.8}"
    "code{font-size:.9em;overflow-wrap:anywhere}"
    "form{margin:.5rem 0}label{display:inline-block;margin:.15rem 1rem .15rem 0;max-width:100%}"
    "input,select,button{font:inherit;max-width:100%;box-sizing:border-box;padding:.25rem .5rem}"
    "input[type=text]{width:28rem}button{cursor:pointer}"
    "summary{cursor:pointer;padding:.3rem 0;font-weight:bold}"
    ":focus-visible{outline:3px solid #36f;outline-offset:2px}"
    "@media(max-width:40rem){.list tr:first-child{position:absolute;left:-99rem}"
    ".list tr{display:block;padding:.4rem 0;border-bottom:1px solid #8884}"
    ".list td{display:inline-block;border:0;padding:.1rem .8rem .1rem 0}"
    ".list td:first-child{display:block;font-weight:bold}th[scope=row]{width:7rem}}";

} // namespace

std::string htmlPage(std::string_view title, std::string_view body, unsigned reloadSeconds)
{
    const std::string name = escapeHtml(title);
    std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    if (reloadSeconds > 0) {
        out += "<meta http-equiv=\"refresh\" content=\"" + std::to_string(reloadSeconds) + "\">\n";
    }
    out += "<title>" + name + "</title>\n<style>";
    out += kStyle;
    out +=
        "</style>\n</head>\n<body>\n<header><nav aria-label=\"Gateway\"><a href=\"/\">Gateway</a> "
        "&middot; <a href=\"/status\">Transfers</a></nav></header>\n<main>\n<h1>";
    out += name;
    out += "</h1>\n";
    out += body;
    out += "</main>\n</body>\n</html>\n";
    return out;
}

} // namespace tarn::gateway::web
