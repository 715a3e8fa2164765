#include "core/base/config.h"

#include "core/base/config_text.h"

// toml++ 3.3 asserts that a table's name begins as a key does before it reports one that does not
// ("[;"); with NDEBUG it lets clang assume so.
#undef NDEBUG
#define TOML_ASSERT(condition) static_assert(true)
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <map>
#include <sstream>
#include <tuple>

namespace tarn {

namespace {

constexpr std::size_t kMaxFileBytes = 1024 * 1024;

struct Problem
{
    toml::source_position at; ///< {0, 0}: of the file as a whole
    std::string text;
};

struct Document
{
    std::string name;
    toml::table root;
    std::vector<Problem> problems;

    std::string place(toml::source_position at) const
    {
        if (at.line == 0) return name + ":1:1: ";
        return name + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": ";
    }
};

std::string_view kindOf(const toml::node& node)
{
    switch (node.type()) {
    case toml::node_type::table:
        return "a table";
    case toml::node_type::array:
        return "a list";
    case toml::node_type::string:
        return "a text";
    case toml::node_type::integer:
        return "an integer";
    case toml::node_type::floating_point:
        return "a fraction";
    case toml::node_type::boolean:
        return "a boolean";
    default:
        return "a date or time";
    }
}

std::string quoted(std::string_view text)
{
    return "\"" + std::string(text) + "\"";
}

} // namespace

struct ConfigTable::State
{
    std::shared_ptr<Document> document;
    const toml::table* table = nullptr; ///< null: absent from the file
    std::string path;                   ///< "[storage] ", empty for the root
    std::vector<std::string> accepted;
    std::map<std::string, std::shared_ptr<State>, std::less<>> children;

    const toml::node* find(std::string_view key)
    {
        if (std::find(accepted.begin(), accepted.end(), key) == accepted.end())
            accepted.emplace_back(key);
        return table != nullptr ? table->get(key) : nullptr;
    }

    void refuseAt(toml::source_position at, std::string_view key, const std::string& why)
    {
        Problem problem;
        problem.at = at;
        problem.text = path + std::string(key) + ": " + why;
        document->problems.push_back(std::move(problem));
    }

    void wrongKind(const toml::node& node, std::string_view key, std::string_view expected)
    {
        refuseAt(node.source().begin, key,
                 "expected " + std::string(expected) + ", got " + std::string(kindOf(node)));
    }

    /// The value as T, or nothing with the problem noted.
    template <class T>
    std::optional<T> value(std::string_view key, std::string_view expected)
    {
        const toml::node* node = find(key);
        if (node == nullptr) return std::nullopt;
        std::optional<T> out = node->value_exact<T>();
        if (!out) wrongKind(*node, key, expected);
        return out;
    }

    /// A text that `parse` turns into a Result<T>.
    template <class T, class Parse>
    std::optional<T> parsed(std::string_view key, std::string_view expected, Parse parse)
    {
        const std::optional<std::string> text = value<std::string>(key, expected);
        if (!text) return std::nullopt;
        Result<T> out = parse(*text);
        if (out) return *std::move(out);
        refuseAt(table->get(key)->source().begin, key, out.error().message());
        return std::nullopt;
    }

    void noteUnknownKeys(std::vector<Problem>& problems) const
    {
        if (table != nullptr) {
            for (const auto& [key, node] : *table) {
                if (std::find(accepted.begin(), accepted.end(), key.str()) != accepted.end())
                    continue;
                Problem problem;
                problem.at = key.source().begin;
                problem.text =
                    path + "unknown key '" + std::string(key.str()) + "'; " + acceptedText();
                problems.push_back(std::move(problem));
            }
        }
        for (const auto& [key, child] : children)
            child->noteUnknownKeys(problems);
    }

    std::string acceptedText() const
    {
        std::string out = "accepted: ";
        for (std::size_t i = 0; i < accepted.size(); ++i)
            out += (i > 0 ? ", " : "") + accepted[i];
        return out;
    }
};

ConfigTable ConfigTable::table(std::string_view key)
{
    const toml::node* node = m_state->find(key);
    if (const auto known = m_state->children.find(key); known != m_state->children.end())
        return ConfigTable(known->second);
    auto child = std::make_shared<State>();
    child->document = m_state->document;
    child->path = m_state->path.empty() ? "[" + std::string(key) + "] "
                                        : m_state->path.substr(0, m_state->path.size() - 2) + "." +
                                              std::string(key) + "] ";
    if (node != nullptr) child->table = node->as_table();
    if (node != nullptr && child->table == nullptr) m_state->wrongKind(*node, key, "a table");
    m_state->children.emplace(std::string(key), child);
    return ConfigTable(std::move(child));
}

std::string ConfigTable::string(std::string_view key, std::string fallback)
{
    return m_state->value<std::string>(key, "a text").value_or(std::move(fallback));
}

bool ConfigTable::boolean(std::string_view key, bool fallback)
{
    return m_state->value<bool>(key, "true or false").value_or(fallback);
}

std::int64_t ConfigTable::integer(std::string_view key, std::int64_t fallback, std::int64_t least,
                                  std::int64_t most)
{
    const std::optional<std::int64_t> out = m_state->value<std::int64_t>(key, "an integer");
    if (!out) return fallback;
    if (*out >= least && *out <= most) return *out;
    refuse(key, "expected " + std::to_string(least) + " to " + std::to_string(most) + ", got " +
                    std::to_string(*out));
    return fallback;
}

std::optional<std::uint64_t> ConfigTable::optionalByteSize(std::string_view key)
{
    constexpr std::string_view kExpected = "a size such as 4096, \"1 GB\" or \"500 MiB\"";
    const toml::node* node = m_state->find(key);
    if (node == nullptr) return std::nullopt;
    if (!node->is_integer()) return m_state->parsed<std::uint64_t>(key, kExpected, &parseByteSize);
    const std::int64_t number = node->value_or(std::int64_t{0});
    if (number >= 0) return static_cast<std::uint64_t>(number);
    refuse(key, "expected " + std::string(kExpected) + ", got " + std::to_string(number));
    return std::nullopt;
}

std::uint64_t ConfigTable::byteSize(std::string_view key, std::uint64_t fallback)
{
    return optionalByteSize(key).value_or(fallback);
}

Duration ConfigTable::duration(std::string_view key, Duration fallback)
{
    return m_state->parsed<Duration>(key, "a duration such as \"30 s\"", &parseDuration)
        .value_or(fallback);
}

std::vector<std::string> ConfigTable::strings(std::string_view key,
                                              std::vector<std::string> fallback)
{
    const toml::node* node = m_state->find(key);
    if (node == nullptr) return fallback;
    const toml::array* list = node->as_array();
    if (list == nullptr) {
        m_state->wrongKind(*node, key, "a list of texts");
        return fallback;
    }
    std::vector<std::string> out;
    for (const toml::node& item : *list) {
        if (std::optional<std::string> text = item.value_exact<std::string>())
            out.push_back(*std::move(text));
        else
            m_state->wrongKind(item, key, "a list of texts");
    }
    return out;
}

std::optional<HostPort> ConfigTable::optionalAddress(std::string_view key)
{
    return m_state->parsed<HostPort>(key, "a numeric address and port such as \"127.0.0.1:41001\"",
                                     &parseHostPort);
}

HostPort ConfigTable::requiredAddress(std::string_view key)
{
    if (!has(key)) {
        m_state->find(key);
        refuse(key, "missing; expected a numeric address and port such as \"127.0.0.1:41001\"");
        return HostPort();
    }
    return optionalAddress(key).value_or(HostPort());
}

std::size_t ConfigTable::choice(std::string_view key, std::span<const std::string_view> choices,
                                std::size_t fallback)
{
    const std::optional<std::string> text = m_state->value<std::string>(key, "a text");
    if (!text) return fallback;
    std::string expected;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        if (choices[i] == *text) return i;
        expected += (i > 0 ? " or " : "") + quoted(choices[i]);
    }
    refuse(key, "expected " + expected + ", got " + quoted(*text));
    return fallback;
}

bool ConfigTable::has(std::string_view key) const
{
    return m_state->table != nullptr && m_state->table->contains(key);
}

std::vector<std::string> ConfigTable::keys() const
{
    std::vector<std::string> out;
    if (m_state->table == nullptr) return out;
    for (const auto& [key, node] : *m_state->table)
        out.emplace_back(key.str());
    return out;
}

void ConfigTable::refuse(std::string_view key, const std::string& why)
{
    toml::source_position at{};
    if (m_state->table != nullptr) {
        const toml::node* node = m_state->table->get(key);
        at = node != nullptr ? node->source().begin : m_state->table->source().begin;
    }
    m_state->refuseAt(at, key, why);
}

Result<ConfigReader> ConfigReader::parse(std::string_view text, const std::string& name)
{
    auto document = std::make_shared<Document>();
    document->name = name;
    const auto ascii = asciiToml(text);
    if (const auto* stray = std::get_if<StrayCharacter>(&ascii)) {
        return Error(ErrorCode::InvalidInput,
                     document->place({stray->line, stray->column}) +
                         "characters beyond ASCII (in UTF-8) belong in comments and in texts in "
                         "quotes on one line");
    }
    toml::parse_result parsed = toml::parse(std::get<std::string>(ascii));
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        return Error(ErrorCode::InvalidInput,
                     document->place(error.source().begin) + std::string(error.description()));
    }
    document->root = std::move(parsed).table();
    auto state = std::make_shared<ConfigTable::State>();
    state->table = &document->root;
    state->document = std::move(document);
    return ConfigReader(ConfigTable(std::move(state)));
}

Result<void> ConfigReader::finish() const
{
    const Document& document = *m_root.m_state->document;
    std::vector<Problem> problems = document.problems;
    m_root.m_state->noteUnknownKeys(problems);
    if (problems.empty()) return ok();
    std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
        return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
    });
    std::string text;
    for (const Problem& problem : problems)
        text += (text.empty() ? "" : "\n") + document.place(problem.at) + problem.text;
    return Error(ErrorCode::InvalidInput, std::move(text));
}

namespace {

/// After a call that left errno. Whoever named the file named a wrong one: not IoFailure.
Error unreadable(const std::string& path)
{
    const Error reason = errnoError(errno != 0 ? errno : EIO, path + ": cannot be read");
    return Error(ErrorCode::InvalidInput, reason.message());
}

} // namespace

Result<ConfigReader> readConfigFileBlocking(const std::string& path)
{
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) return unreadable(path);
    std::string text(kMaxFileBytes + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad()) return unreadable(path);
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > kMaxFileBytes)
        return Error(ErrorCode::InvalidInput, path + ": larger than 1 MiB");
    return ConfigReader::parse(text, path);
}

} // namespace tarn
