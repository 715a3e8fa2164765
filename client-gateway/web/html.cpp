#include "client-gateway/web/html.h"

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

std::string htmlPage(std::string_view title, std::string_view body, unsigned reloadSeconds)
{
    const std::string name = escapeHtml(title);
    std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
    if (reloadSeconds > 0) {
        out += "<meta http-equiv=\"refresh\" content=\"" + std::to_string(reloadSeconds) + "\">\n";
    }
    out += "<title>";
    out += name;
    out += "</title>\n<style>body{font-family:sans-serif;max-width:60em;margin:2em auto;"
           "padding:0 1em}table{border-collapse:collapse}td,th{padding:.2em .8em .2em 0;"
           "text-align:left}code{overflow-wrap:anywhere}</style>\n</head>\n<body>\n<h1>";
    out += name;
    out += "</h1>\n";
    out += body;
    out += "</body>\n</html>\n";
    return out;
}

} // namespace tarn::gateway::web
