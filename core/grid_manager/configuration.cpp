#include "core/grid_manager/configuration.h"

#include "core/codec/utf8.h"
#include "core/grid_manager/key_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tarn::grid_manager {

namespace {

using nlohmann::ordered_json;

constexpr const char* kVersion = "grid_manager_config_version";
constexpr const char* kPrivateKey = "private_key";
constexpr const char* kServers = "storage_servers";
constexpr const char* kPublicKey = "public_key";
constexpr std::size_t kMaxBytes = 1U << 20U;
constexpr int kIndent = 4;

Error refused(const std::string& what)
{
    return Error(ErrorCode::InvalidInput, what);
}

Result<crypto::Ed25519Seed> readPrivateKey(const ordered_json& object)
{
    const auto found = object.find(kPrivateKey);
    if (found == object.end() || !found->is_string())
        return refused("'private_key' required in config");
    Result<crypto::Ed25519Seed> seed = parsePrivateKey(found->get_ref<const std::string&>());
    if (!seed) return std::move(seed).error().within("Invalid Grid Manager private_key");
    return seed;
}

Result<ManagedServer> readServer(const std::string& name, const ordered_json& value)
{
    TARN_TRY_VOID(checkServerName(name));
    const bool isObject = value.is_object();
    if (!isObject || !value.contains(kPublicKey) || !value.at(kPublicKey).is_string())
        return refused("No 'public_key' for storage server '" + name + "'");
    ManagedServer out;
    out.name = name;
    Result<crypto::Ed25519PublicKey> key =
        parsePublicKey(value.at(kPublicKey).get_ref<const std::string&>());
    if (!key) return std::move(key).error().within("storage server '" + name + "'");
    out.key = *key;
    return out;
}

} // namespace

const ManagedServer* Configuration::find(std::string_view name) const
{
    const auto found = std::find_if(servers.begin(), servers.end(),
                                    [name](const ManagedServer& s) { return s.name == name; });
    return found == servers.end() ? nullptr : &*found;
}

Configuration makeConfiguration(Random& random)
{
    Configuration out;
    random.fill(out.privateKey.mutableView());
    return out;
}

Result<Configuration> parseConfiguration(std::string_view json)
{
    if (json.size() > kMaxBytes) return refused("larger than 1 MiB");
    const ordered_json object = ordered_json::parse(json, nullptr, false);
    if (!object.is_object()) return refused("expected a JSON object");
    const auto version = object.find(kVersion);
    if (version == object.end() || *version != 0) {
        const bool isNumber = version != object.end() && version->is_number_integer();
        return refused("Missing or unknown version '" + (isNumber ? version->dump() : "None") +
                       "' of Grid Manager config");
    }
    Configuration out;
    TARN_TRY(out.privateKey, readPrivateKey(object));
    const auto servers = object.find(kServers);
    if (servers == object.end()) return out;
    if (!servers->is_object()) return refused("'storage_servers' must be an object");
    for (const auto& [name, value] : servers->items()) {
        TARN_TRY(ManagedServer server, readServer(name, value));
        out.servers.push_back(std::move(server));
    }
    return out;
}

Secret configurationJson(const Configuration& configuration)
{
    const Secret key = privateKeyText(configuration.privateKey);
    ordered_json out{{kVersion, 0}, {kPrivateKey, std::string(asText(key.view()))}};
    for (const ManagedServer& server : configuration.servers)
        out[kServers][server.name] = {{kPublicKey, publicKeyText(server.key)}};
    std::string text = out.dump(kIndent, ' ', true, ordered_json::error_handler_t::replace);
    Secret kept(text);
    wipe(std::as_writable_bytes(std::span(text)));
    return kept;
}

Result<void> checkServerName(std::string_view name)
{
    if (!codec::isUtf8(asBytes(name)) || name.find('/') != std::string_view::npos ||
        name.find('\0') != std::string_view::npos)
        return refused("the name of a server is a text in UTF-8 without '/'");
    return ok();
}

} // namespace tarn::grid_manager
