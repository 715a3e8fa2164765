// fuzz_servers_yaml: any text is a list of usable servers and named problems, or refused with a
// place; what is taken can be told apart and used.
#include "client-gateway/servers_file.h"
#include "client-gateway/yaml_tree.h"

#include <cstdint>
#include <set>

using namespace tarn;

namespace {

/// Prints a tree as YAML that anybody reads back as the same tree.
void print(const gateway::YamlNode& node, std::string& out)
{
    const auto quoted = [](const std::string& text) {
        std::string line = "\"";
        for (const char c : text) {
            const char digits[] = "0123456789abcdef";
            const auto byte = static_cast<unsigned char>(c);
            if (byte < 0x20 || c == '"' || c == '\\') {
                line += "\\x";
                line += digits[byte >> 4U];
                line += digits[byte & 15U];
            } else {
                line += c;
            }
        }
        return line + "\"";
    };
    switch (node.kind) {
    case gateway::YamlNode::Kind::Null:
        out += "~";
        break;
    case gateway::YamlNode::Kind::Scalar:
        out += quoted(node.scalar);
        break;
    case gateway::YamlNode::Kind::Sequence:
        out += "[";
        for (const gateway::YamlNode& item : node.items) {
            print(item, out);
            out += ", ";
        }
        out += "]";
        break;
    case gateway::YamlNode::Kind::Map:
        out += "{";
        for (const auto& [key, value] : node.entries) {
            out += "? " + quoted(key) + " : ";
            print(value, out);
            out += ", ";
        }
        out += "}";
        break;
    }
}

bool same(const gateway::YamlNode& a, const gateway::YamlNode& b)
{
    if (a.kind != b.kind || a.scalar != b.scalar || a.items.size() != b.items.size() ||
        a.entries.size() != b.entries.size())
        return false;
    for (std::size_t i = 0; i < a.items.size(); ++i)
        if (!same(a.items[i], b.items[i])) return false;
    for (std::size_t i = 0; i < a.entries.size(); ++i) {
        if (a.entries[i].key != b.entries[i].key) return false;
        if (!same(a.entries[i].value, b.entries[i].value)) return false;
    }
    return true;
}

bool isAscii(std::string_view text)
{
    for (const char c : text)
        if (static_cast<unsigned char>(c) >= 0x7f || c == '\0') return false;
    return true;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Result<gateway::YamlNode> tree = gateway::parseYaml(text);
    if (!tree) TARN_ASSERT(tree.error().code() == ErrorCode::InvalidInput);
    if (tree && isAscii(text)) {
        std::string printed;
        print(*tree, printed);
        const Result<gateway::YamlNode> again = gateway::parseYaml(printed);
        // The printed form may be larger than the limits that the text itself kept.
        if (again) TARN_ASSERT(same(*tree, *again));
    }
    const Result<gateway::ServersFile> file = gateway::parseServersFile(text);
    if (!file) return 0;
    TARN_ASSERT(tree);
    std::set<std::string> ids;
    for (const gateway::ServerEntry& server : file->servers) {
        TARN_ASSERT(ids.insert(server.id).second);
        TARN_ASSERT(!server.nurls.empty() && server.line > 0);
    }
    for (const gateway::EntryProblem& problem : file->problems)
        TARN_ASSERT(!problem.reason.empty());
    return 0;
}
