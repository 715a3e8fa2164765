#include "storage-server/tahoe_config.h"

#include "core/node/files.h"

#include <filesystem>

namespace tarn::storage {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileLimit = 1024 * 1024;
constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string lowered(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

bool isTrue(std::string_view text)
{
    const std::string value = lowered(text);
    return value == "true" || value == "yes" || value == "on" || value == "1";
}

std::optional<std::string> find(const std::map<std::string, std::string, std::less<>>& values,
                                std::string_view key)
{
    const auto found = values.find(key);
    if (found == values.end() || found->second.empty()) return std::nullopt;
    return found->second;
}

} // namespace

std::map<std::string, std::string, std::less<>> parseIni(std::string_view text)
{
    std::map<std::string, std::string, std::less<>> out;
    std::string section;
    std::string* last = nullptr; // the value that an indented line goes on
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::string_view content = trimmed(line);
        if (content.empty() || content.front() == '#' || content.front() == ';') continue;
        if (kBlank.find(line.front()) != std::string_view::npos && last != nullptr) {
            if (!last->empty()) *last += " ";
            *last += content;
            continue;
        }
        last = nullptr;
        if (content.front() == '[' && content.back() == ']') {
            section = std::string(content.substr(1, content.size() - 2));
            continue;
        }
        const std::size_t mark = content.find_first_of("=:");
        if (mark == std::string_view::npos) continue;
        std::string& value = out[section + "." + lowered(trimmed(content.substr(0, mark)))];
        value = std::string(trimmed(content.substr(mark + 1)));
        last = &value;
    }
    return out;
}

Result<TahoeStorageConfig> readTahoeConfigBlocking(const std::string& nodeFolder)
{
    const std::string path = nodeFolder + "/tahoe.cfg";
    TARN_TRY(const Bytes content, node::readFileBlocking(path, kFileLimit));
    const auto values = parseIni(asText(content));
    const std::string folder = find(values, "storage.storage_dir").value_or("storage");
    if (folder.starts_with('~'))
        return Error(ErrorCode::Unsupported, path + ": storage_dir must not begin with ~");
    std::error_code failed;
    const fs::path whole = fs::canonical(fs::path(nodeFolder) / folder, failed);
    if (failed) return errnoError(failed.value(), (fs::path(nodeFolder) / folder).string());
    TahoeStorageConfig out;
    out.storageFolder = whole.string();
    out.reservedSpace = find(values, "storage.reserved_space");
    out.readonly = isTrue(find(values, "storage.readonly").value_or(""));
    out.expires = isTrue(find(values, "storage.expire.enabled").value_or(""));
    return out;
}

} // namespace tarn::storage
