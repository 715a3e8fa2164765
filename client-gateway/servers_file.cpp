#include "client-gateway/servers_file.h"

#include "client-gateway/yaml_tree.h"
#include "core/codec/base32.h"
#include "core/crypto/sha256.h"

#include <algorithm>
#include <cctype>
#include <map>

namespace tarn::gateway {

namespace {

constexpr std::size_t kMaxNurls = 32;
constexpr std::size_t kKeyTextLength = 52; // base32 of an Ed25519 key

Error refused(std::string message)
{
    return Error(ErrorCode::InvalidInput, std::move(message));
}

/// Null and absent are the same: an empty text.
Result<std::string> textEntry(const YamlNode& map, std::string_view key)
{
    const YamlNode* node = map.find(key);
    if (node == nullptr || node->kind == YamlNode::Kind::Null) return std::string();
    if (node->kind != YamlNode::Kind::Scalar)
        return refused(std::string(key) + " must be text, not " + std::string(nameOf(node->kind)));
    return node->scalar;
}

/// Null and absent are the same: no items.
Result<const std::vector<YamlNode>*> listEntry(const YamlNode& map, std::string_view key)
{
    static const std::vector<YamlNode> none;
    const YamlNode* node = map.find(key);
    if (node == nullptr || node->kind == YamlNode::Kind::Null) return &none;
    if (node->kind != YamlNode::Kind::Sequence)
        return refused(std::string(key) + " must be a list, not " +
                       std::string(nameOf(node->kind)));
    return &node->items;
}

Result<std::vector<std::string>> readNurls(const YamlNode& ann)
{
    constexpr std::string_view key = "anonymous-storage-NURLs";
    TARN_TRY(const std::vector<YamlNode>* items, listEntry(ann, key));
    std::vector<std::string> nurls;
    for (const YamlNode& item : *items) {
        if (item.kind != YamlNode::Kind::Scalar)
            return refused("every entry of anonymous-storage-NURLs must be text");
        nurls.push_back(item.scalar);
    }
    if (nurls.empty())
        return refused("anonymous-storage-NURLs is missing: only the HTTP storage protocol is "
                       "spoken here");
    if (nurls.size() > kMaxNurls) return refused("more than 32 NURLs");
    return nurls;
}

Result<std::vector<grid_manager::SignedCertificate>> readCertificates(const YamlNode& ann)
{
    TARN_TRY(const std::vector<YamlNode>* items, listEntry(ann, "grid-manager-certificates"));
    std::vector<grid_manager::SignedCertificate> certificates;
    for (const YamlNode& item : *items) {
        if (item.kind != YamlNode::Kind::Map)
            return refused("every entry of grid-manager-certificates must be a mapping");
        grid_manager::SignedCertificate certificate;
        TARN_TRY(certificate.certificate, textEntry(item, "certificate"));
        TARN_TRY(certificate.signature, textEntry(item, "signature"));
        certificates.push_back(std::move(certificate));
    }
    return certificates;
}

Result<ServerEntry> readEntry(const std::string& id, const YamlNode& node)
{
    const YamlNode* ann = node.find("ann");
    if (ann == nullptr || ann->kind != YamlNode::Kind::Map)
        return refused("the mapping `ann` is missing");
    ServerEntry entry;
    entry.id = id;
    entry.line = node.line;
    TARN_TRY(entry.nickname, textEntry(*ann, "nickname"));
    TARN_TRY(const std::string furl, textEntry(*ann, "anonymous-storage-FURL"));
    if (furl.empty())
        return refused("anonymous-storage-FURL is missing (lease secrets derive from it)");
    TARN_TRY(entry.tubId, tubIdOfFurl(furl));
    TARN_TRY(const std::string seed, textEntry(*ann, "permutation-seed-base32"));
    TARN_TRY(entry.permutationSeed, permutationSeedOf(id, seed));
    TARN_TRY(entry.nurls, readNurls(*ann));
    TARN_TRY(entry.certificates, readCertificates(*ann));
    return entry;
}

/// What stands there instead of `storage:`.
std::string noServers(const YamlNode& top)
{
    std::string out = "`storage:` is missing or empty";
    for (const auto& [key, node] : top.entries)
        out += (&key == &top.entries.front().key ? "; found: " : ", ") + key;
    return out;
}

bool isKeyId(std::string_view id)
{
    if (!id.starts_with("v0-") || id.size() != 3 + kKeyTextLength) return false;
    return std::all_of(id.begin() + 3, id.end(),
                       [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; });
}

} // namespace

Result<Bytes> permutationSeedOf(std::string_view serverId, std::string_view announced)
{
    if (!announced.empty()) {
        Result<Bytes> seed = codec::decodeBase32Lax(announced);
        if (!seed) return std::move(seed).error().within("permutation-seed-base32");
        return seed;
    }
    if (isKeyId(serverId)) {
        Result<Bytes> key = codec::decodeBase32Lax(serverId.substr(3));
        if (!key) return std::move(key).error().within("server id");
        return key;
    }
    return toBytes(crypto::sha256(asBytes(serverId)).view());
}

Result<TubId> tubIdOfFurl(std::string_view furl)
{
    constexpr std::string_view scheme = "pb://";
    const std::size_t at = furl.find('@');
    if (!furl.starts_with(scheme) || at == std::string_view::npos)
        return refused("anonymous-storage-FURL does not look like pb://TUBID@...");
    std::string text(furl.substr(scheme.size(), at - scheme.size()));
    for (char& c : text)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const Result<Bytes> bytes = codec::decodeBase32Lax(text);
    if (!bytes || bytes->size() != TubId::kSize)
        return refused("the tubid of anonymous-storage-FURL is not 32 base32 characters");
    return TubId::from(*bytes);
}

Result<ServersFile> parseServersFile(std::string_view text)
{
    Result<YamlNode> parsed = parseYaml(text);
    if (!parsed) return std::move(parsed).error().within("servers.yaml");
    ServersFile file;
    if (parsed->kind != YamlNode::Kind::Null && parsed->kind != YamlNode::Kind::Map)
        return refused("servers.yaml: not a mapping");
    const YamlNode* storage = parsed->find("storage");
    if (storage == nullptr || storage->kind == YamlNode::Kind::Null) {
        file.problems.push_back({{}, std::max(1, parsed->line), noServers(*parsed), true});
        return file;
    }
    if (storage->kind != YamlNode::Kind::Map)
        return refused("servers.yaml: `storage` must be a mapping of server ids, not " +
                       std::string(nameOf(storage->kind)));
    std::map<std::string, const YamlNode*> entries;
    for (const auto& [id, node] : storage->entries) {
        if (!entries.insert_or_assign(id, &node).second)
            file.problems.push_back(
                {id, node.line, "defined more than once; the last one counts", false});
    }
    for (const auto& [id, node] : entries) {
        Result<ServerEntry> entry = readEntry(id, *node);
        if (entry) {
            file.servers.push_back(*std::move(entry));
        } else {
            file.problems.push_back({id, node->line, entry.error().message(), true});
        }
    }
    return file;
}

} // namespace tarn::gateway
