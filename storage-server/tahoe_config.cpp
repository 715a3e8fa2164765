#include "storage-server/tahoe_config.h"

#include "core/node/files.h"

#include <filesystem>

namespace tarn::storage {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileLimit = 1024 * 1024;

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

std::optional<std::string> find(const node::IniValues& values, std::string_view key)
{
    const auto found = values.find(key);
    if (found == values.end() || found->second.empty()) return std::nullopt;
    return found->second;
}

} // namespace

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
