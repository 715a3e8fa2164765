#include "client-gateway/cli/listing.h"

#include "client-gateway/cli/printable.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <vector>

namespace tarn::gateway::cli {

namespace {

using Row = std::vector<std::string>;
using Kind = NodeInfo::Kind;

constexpr double kRecentSeconds = 180.0 * 24 * 3600;

std::string modeOf(const NodeInfo& node)
{
    std::string mode = "?---";
    if (node.kind == Kind::Directory) mode = "d--x";
    if (node.kind == Kind::File) mode = "----";
    if (!node.readCap.empty()) mode[1] = 'r';
    if (!node.writeCap.empty()) mode[2] = 'w';
    return mode;
}

std::string sizeOf(const NodeInfo& node)
{
    if (node.kind == Kind::Directory) return "-";
    return node.size && node.kind == Kind::File ? std::to_string(*node.size) : "?";
}

/// As `ls -l` of GNU: with the time of day, or of older ones with the year.
std::string dateOf(const NodeInfo& node, WallTime now)
{
    if (!node.linkCreated || *node.linkCreated == 0) return "-";
    const auto seconds = static_cast<std::time_t>(std::clamp(*node.linkCreated, -6e10, 2.5e11));
    const double age = static_cast<double>(unixSeconds(now)) - *node.linkCreated;
    std::tm local{};
    if (::localtime_r(&seconds, &local) == nullptr) return "-";
    std::array<char, 64> text{};
    const char* const format = age > kRecentSeconds ? "%b %d  %Y" : "%b %d %H:%M";
    std::strftime(text.data(), text.size(), format, &local);
    return text.data();
}

std::string classOf(const NodeInfo& node)
{
    if (node.kind == Kind::Directory) return "/";
    if (node.kind == Kind::Unknown) return "?";
    return node.writeCap.empty() ? "" : "*";
}

Row rowOf(const std::string& name, const NodeInfo& node, const LsCommand& command, WallTime now)
{
    Row row;
    if (command.longFormat) {
        row.push_back(modeOf(node));
        row.push_back(sizeOf(node));
        row.push_back(dateOf(node, now));
    }
    row.push_back(printable(name) + (command.classify ? classOf(node) : ""));
    if (command.uri) row.push_back(node.bestCap());
    if (command.readOnlyUri) row.push_back(node.readCap.empty() ? "-" : node.readCap);
    return row;
}

/// Characters, not bytes, of UTF-8.
std::size_t lengthOf(std::string_view text)
{
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

struct Column
{
    std::size_t width = 0;
    bool toTheLeft = false;
};

std::vector<Column> columnsOf(const std::vector<Row>& rows)
{
    std::vector<Column> columns;
    for (const Row& row : rows) {
        columns.resize(std::max(columns.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            columns[i].width = std::max(columns[i].width, lengthOf(row[i]));
            if (row[i].starts_with("URI")) columns[i].toTheLeft = true;
        }
    }
    if (columns.size() == 1) columns.front().toTheLeft = true;
    return columns;
}

std::string lineOf(const Row& row, const std::vector<Column>& columns)
{
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (i > 0) line += ' ';
        const std::string padding(columns[i].width - lengthOf(row[i]), ' ');
        line += columns[i].toTheLeft ? row[i] + padding : padding + row[i];
    }
    line.resize(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

} // namespace

std::string listingText(const Children& children, const LsCommand& command, WallTime now)
{
    std::vector<Row> rows;
    for (const auto& [name, node] : children)
        rows.push_back(rowOf(name, node, command, now));
    const std::vector<Column> columns = columnsOf(rows);
    std::string text;
    for (const Row& row : rows)
        text += lineOf(row, columns);
    return text;
}

bool hasUnknown(const Children& children)
{
    return std::any_of(children.begin(), children.end(),
                       [](const auto& child) { return child.second.kind == Kind::Unknown; });
}

} // namespace tarn::gateway::cli
