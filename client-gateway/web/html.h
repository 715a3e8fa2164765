// html: what the pages that the gateway makes itself are put together from. They work without
// scripts, on narrow screens, and say what each control is for. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::gateway::web {

/// & < > " ' become entities: safe as text and inside quoted attributes.
std::string escapeHtml(std::string_view text);

/// A name from a directory: escaped, and unable to turn the direction of what surrounds it.
std::string nameHtml(std::string_view name);
std::string codeHtml(std::string_view text);
/// \param address  escaped here.  \param content  HTML.
std::string linkHtml(std::string_view address, std::string_view content);
/// "/uri/" and the capability, as the path of an address.
std::string addressOf(std::string_view cap);

std::string hiddenField(std::string_view name, std::string_view value);
std::string checkBox(std::string_view name, std::string_view label);
/// format= of a new file.
std::string formatChoice();

struct PageForm
{
    std::string action;    ///< address, without t=
    std::string operation; ///< t=
    std::string fields;    ///< HTML
    std::string button;    ///< what it does, plain text
    std::string whenDone;  ///< address to go to; empty: the answer is shown
};
/// A POST as multipart/form-data.
std::string formHtml(const PageForm& form);
/// t=check with its options.
std::string checkForm(std::string_view address, std::string_view button);

/// A row of a table with a heading at its side. \param html  the value.
std::string factRow(std::string_view name, std::string_view html);
std::string factRow(std::string_view name, std::uint64_t number);

/// A whole page. \param title  plain text.  \param body  HTML.
/// \param reloadSeconds  0: it stays as it is.
std::string htmlPage(std::string_view title, std::string_view body, unsigned reloadSeconds = 0);

} // namespace tarn::gateway::web
