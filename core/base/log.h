// log: levelled, structured lines on stderr. Caps, keys, secrets and file names never.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

namespace tarn::log {

enum class Level { Trace, Debug, Info, Warning, Error };
enum class Library { Base, Net, Storage, Gateway, Web, Gossip, Config, Main };
enum class Format { Text, Json };

/// "trace" ... "error".
std::string_view nameOf(Level level);
/// "base", "net", ...
std::string_view nameOf(Library library);
inline constexpr Library kLastLibrary = Library::Main;

struct Settings
{
    Level level = Level::Info;
    Format format = Format::Text;
    std::map<Library, Level> levels; ///< of libraries that differ from `level`
    friend bool operator==(const Settings&, const Settings&) = default;
};

class Field
{
public:
    Field(std::string_view key, std::string_view value) : m_key(key), m_value(value) {}
    Field(std::string_view key, const char* value) : m_key(key), m_value(value) {}
    Field(std::string_view key, const std::string& value) : m_key(key), m_value(value) {}
    Field(std::string_view key, bool value) : m_key(key), m_value(value ? "true" : "false") {}
    template <class Number>
    Field(std::string_view key, Number value) : m_key(key), m_value(std::to_string(value))
    {
    }
    std::string_view key() const { return m_key; }
    const std::string& value() const { return m_value; }

private:
    std::string_view m_key;
    std::string m_value;
};

/// Any thread, any time; each line is wholly of the old or of the new settings. Until then: Info,
/// Text.
void configure(const Settings& settings);
void configure(Level level, Format format); ///< the same level for all libraries
bool enabled(Level level, Library library);
/// Any thread.
void write(Level level, Library library, std::string_view text,
           std::initializer_list<Field> fields);

} // namespace tarn::log

/// TARN_LOG(Info, Net, "peer connected", {"peer", id}): not evaluated when that level of that
/// library is off.
#define TARN_LOG(level, library, ...)                                                              \
    do {                                                                                           \
        if (::tarn::log::enabled(::tarn::log::Level::level, ::tarn::log::Library::library))        \
            ::tarn::log::detail::writeFields(::tarn::log::Level::level,                            \
                                             ::tarn::log::Library::library, __VA_ARGS__);          \
    } while (false)

namespace tarn::log::detail {
inline void writeFields(Level level, Library library, std::string_view text)
{
    write(level, library, text, {});
}
inline void writeFields(Level level, Library library, std::string_view text, Field a)
{
    write(level, library, text, {a});
}
inline void writeFields(Level level, Library library, std::string_view text, Field a, Field b)
{
    write(level, library, text, {a, b});
}
inline void writeFields(Level level, Library library, std::string_view text, Field a, Field b,
                        Field c)
{
    write(level, library, text, {a, b, c});
}
inline void writeFields(Level level, Library library, std::string_view text, Field a, Field b,
                        Field c, Field d)
{
    write(level, library, text, {a, b, c, d});
}
inline void writeFields(Level level, Library library, std::string_view text, Field a, Field b,
                        Field c, Field d, Field e)
{
    write(level, library, text, {a, b, c, d, e});
}
} // namespace tarn::log::detail
