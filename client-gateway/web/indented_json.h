// indented_json: JSON text written member by member, a line each, as json.dumps(indent=1) prints
// it. No tree of values is built: listings of large directories are made of it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tarn::gateway::web {

/// Calls must make a JSON value: in an object each value follows its key.
class IndentedJson
{
public:
    void beginObject() { begin('{'); }
    void endObject() { end('}'); }
    void beginArray() { begin('['); }
    void endArray() { end(']'); }
    void key(std::string_view name);

    /// Bytes that are no UTF-8 become U+FFFD; the text is ASCII.
    void text(std::string_view value);
    /// A number, true, false or null.
    void literal(std::string_view value);
    /// A value that was written elsewhere, its numbers as they are spelled there.
    /// \pre well-formed; where it is not, neither is the text
    void value(std::string_view json);

    /// All that was written, and a line's end.
    std::string take() &&;

private:
    void begin(char bracket);
    void end(char bracket);
    void separate();
    void newLine();
    void copyAscii(std::string_view json);

    std::string m_out;
    std::size_t m_depth = 0;
    bool m_empty = true; ///< of the innermost object or array
    bool m_afterKey = false;
};

} // namespace tarn::gateway::web
