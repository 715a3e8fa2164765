#include "client-gateway/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <optional>
#include <sstream>
#include <stdexcept>

namespace tarn::gateway {

namespace {

using Kind = YamlNode::Kind;

/// Stops the parser from inside its callbacks; caught in parseYaml().
struct Refused : std::runtime_error
{
    Refused(const YAML::Mark& mark, const std::string& what)
        : std::runtime_error("line " + std::to_string(mark.line + 1) + ", column " +
                             std::to_string(mark.column + 1) + ": " + what)
    {
    }
};

class TreeBuilder final : public YAML::EventHandler
{
public:
    explicit TreeBuilder(const YamlLimits& limits) : m_limits(limits) {}

    YamlNode take() { return std::move(m_root); }

    void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
    void OnDocumentEnd() override {}
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override
    {
        throw Refused(mark, "aliases are not supported");
    }
    void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override
    {
        add(mark, Kind::Null, {});
    }
    void OnScalar(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  const std::string& value) override
    {
        add(mark, Kind::Scalar, value);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/,
                         YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override
    {
        open(mark, Kind::Sequence);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                    YAML::EmitterStyle::value /*style*/) override
    {
        open(mark, Kind::Map);
    }
    void OnMapEnd() override { close(); }

private:
    struct Level
    {
        YamlNode node;
        std::optional<std::string> key; ///< of a map: read, its value still to come
    };

    void open(const YAML::Mark& mark, Kind kind)
    {
        if (m_levels.size() >= m_limits.depth) throw Refused(mark, "nested too deeply");
        if (awaitsKey()) throw Refused(mark, "a key must be a scalar");
        count(mark);
        Level level;
        level.node.kind = kind;
        level.node.line = mark.line + 1;
        m_levels.push_back(std::move(level));
    }

    void close()
    {
        YamlNode node = std::move(m_levels.back().node);
        m_levels.pop_back();
        place(std::move(node));
    }

    void add(const YAML::Mark& mark, Kind kind, const std::string& value)
    {
        count(mark);
        if (awaitsKey()) {
            if (kind != Kind::Scalar) throw Refused(mark, "a key must not be empty");
            m_levels.back().key = value;
            return;
        }
        YamlNode node;
        node.kind = kind;
        node.scalar = value;
        node.line = mark.line + 1;
        place(std::move(node));
    }

    void place(YamlNode node)
    {
        if (m_levels.empty()) {
            m_root = std::move(node);
            return;
        }
        Level& level = m_levels.back();
        if (level.node.kind == Kind::Sequence) {
            level.node.items.push_back(std::move(node));
        } else {
            level.node.entries.push_back({std::move(*level.key), std::move(node)});
            level.key.reset();
        }
    }

    bool awaitsKey() const
    {
        return !m_levels.empty() && m_levels.back().node.kind == Kind::Map && !m_levels.back().key;
    }

    void count(const YAML::Mark& mark)
    {
        if (++m_nodes > m_limits.nodes) throw Refused(mark, "too many nodes");
    }

    const YamlLimits& m_limits;
    YamlNode m_root;
    std::vector<Level> m_levels;
    std::size_t m_nodes = 0;
};

} // namespace

const YamlNode* YamlNode::find(std::string_view key) const
{
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry)
        if (entry->key == key) return &entry->value;
    return nullptr;
}

std::string_view nameOf(YamlNode::Kind kind)
{
    switch (kind) {
    case Kind::Null:
        return "nothing";
    case Kind::Scalar:
        return "a scalar";
    case Kind::Sequence:
        return "a sequence";
    case Kind::Map:
        return "a mapping";
    }
    return "?";
}

Result<YamlNode> parseYaml(std::string_view text, const YamlLimits& limits)
{
    if (text.size() > limits.textBytes) {
        return Error(ErrorCode::InvalidInput,
                     "YAML text of more than " + std::to_string(limits.textBytes) + " bytes");
    }
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        TreeBuilder builder(limits);
        parser.HandleNextDocument(builder);
        return builder.take();
    } catch (const Refused& e) {
        return Error(ErrorCode::InvalidInput, e.what());
    } catch (const YAML::Exception& e) {
        return Error(ErrorCode::InvalidInput, "line " + std::to_string(e.mark.line + 1) +
                                                  ", column " + std::to_string(e.mark.column + 1) +
                                                  ": " + e.msg);
    } catch (const std::exception& e) {
        return Error(ErrorCode::InvalidInput, std::string("not YAML: ") + e.what());
    }
}

} // namespace tarn::gateway
