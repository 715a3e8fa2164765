#include "storage-server/adopt_tahoe.h"

#include "core/codec/base32.h"
#include "core/node/node_key.h"
#include "core/wire/announcement.h"
#include "core/wire/node_id.h"
#include "storage-server/tahoe_config.h"

#include <signal.h>

#include <cerrno>
#include <charconv>
#include <filesystem>

namespace tarn::storage {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileLimit = 256 * 1024;
constexpr std::string_view kPrivateKeyPrefix = "priv-v0-";

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view kWhiteSpace = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kWhiteSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

Result<Secret> readText(const std::string& path)
{
    TARN_TRY(Bytes content, node::readFileBlocking(path, kFileLimit));
    Secret out(trimmed(asText(content)));
    wipe(content);
    return out;
}

/// What the node left in running.process (1.18 and later) or twistd.pid, if it still runs.
std::optional<int> runningProcess(const std::string& nodeFolder)
{
    for (const char* name : {"/running.process", "/twistd.pid"}) {
        const Result<Secret> text = readText(nodeFolder + name);
        if (!text) continue;
        int id = 0;
        const std::string_view digits = asText(text->view());
        std::from_chars(digits.data(), digits.data() + digits.size(), id);
        if (id > 1 && (::kill(id, 0) == 0 || errno == EPERM)) return id;
    }
    return std::nullopt;
}

Result<crypto::Ed25519Seed> readNodeKey(const std::string& path)
{
    TARN_TRY(const Secret text, readText(path));
    std::string_view key = asText(text.view());
    const Error bad(ErrorCode::InvalidInput, path + ": expected priv-v0- and 52 base32 characters");
    if (!key.starts_with(kPrivateKeyPrefix)) return bad;
    key.remove_prefix(kPrivateKeyPrefix.size());
    Result<Bytes> bytes = codec::decodeBase32Lax(key);
    if (!bytes || bytes->size() != crypto::Ed25519Seed::kSize) return bad;
    const crypto::Ed25519Seed seed = crypto::Ed25519Seed::prefixOf(*bytes);
    wipe(*bytes);
    return seed;
}

/// The last part of private/storage.furl, which must be of the node with this certificate.
Result<Secret> readSwissnum(const std::string& path, const TubId& tubId)
{
    TARN_TRY(const Secret text, readText(path));
    const std::string_view furl = asText(text.view());
    Result<TubId> named = wire::tubIdOf(furl);
    if (!named) return std::move(named).error().within(path);
    const std::string_view swissnum = furl.substr(furl.rfind('/') + 1);
    if (*named != tubId || swissnum.empty())
        return Error(ErrorCode::InvalidInput,
                     path + ": not of the node whose certificate is in node.pem");
    return Secret(swissnum);
}

bool hasShares(const std::string& storageFolder)
{
    std::error_code failed;
    for (const fs::directory_entry& entry :
         fs::directory_iterator(storageFolder + "/shares", failed))
        if (entry.path().filename() != "incoming") return true;
    return false;
}

/// What the node announced: its file, or what it would have written into it.
Result<std::string> permutationSeed(const std::string& nodeFolder, const std::string& storageFolder,
                                    const TubId& tubId, const crypto::Ed25519PublicKey& key)
{
    const std::string path = nodeFolder + "/permutation-seed";
    if (!node::existsBlocking(path))
        return codec::encodeBase32(hasShares(storageFolder) ? tubId.view() : key.view());
    TARN_TRY(const Secret text, readText(path));
    if (!codec::decodeBase32Lax(asText(text.view())))
        return Error(ErrorCode::InvalidInput, path + ": expected base32");
    return std::string(asText(text.view()));
}

Result<void> linkStorage(const node::StateDir& dir, const std::string& storageFolder)
{
    const std::string link = dir.pathOf("storage");
    if (node::existsBlocking(link))
        return Error(ErrorCode::Conflict, link + ": there is something already");
    std::error_code failed;
    fs::create_directory_symlink(storageFolder, link, failed);
    if (failed) return errnoError(failed.value(), link);
    return ok();
}

std::vector<std::string> notesOf(const TahoeStorageConfig& config)
{
    std::vector<std::string> out;
    if (config.reservedSpace)
        out.push_back("tahoe.cfg has reserved_space = " + *config.reservedSpace +
                      ": set [storage] reserved_space alike");
    if (config.readonly) out.emplace_back("tahoe.cfg is readonly: set [storage] readonly = true");
    if (config.expires)
        out.emplace_back("tahoe.cfg lets leases expire: this server keeps all shares");
    out.emplace_back("listen on the node's old port, and never start the old node again");
    return out;
}

} // namespace

Result<Adoption> adoptTahoeBlocking(const node::StateDir& dir, const std::string& nodeFolder)
{
    if (const std::optional<int> id = runningProcess(nodeFolder)) {
        return Error(ErrorCode::Conflict, nodeFolder + ": the node runs (process id " +
                                              std::to_string(*id) + "); stop it first");
    }
    TARN_TRY(const TahoeStorageConfig config, readTahoeConfigBlocking(nodeFolder));
    node::AdoptedIdentity identity;
    TARN_TRY(identity.tlsPem, readText(nodeFolder + "/private/node.pem"));
    Result<crypto::TlsIdentity> tls = crypto::readNodePem(asText(identity.tlsPem.view()));
    if (!tls) return std::move(tls).error().within(nodeFolder + "/private/node.pem");
    TARN_TRY(identity.nodeKey, readNodeKey(nodeFolder + "/private/node.privkey"));
    TARN_TRY(const Secret swissnum, readSwissnum(nodeFolder + "/private/storage.furl", tls->tubId));
    const crypto::Ed25519Key key = crypto::Ed25519Key::fromSeed(identity.nodeKey);
    TARN_TRY(const std::string seed,
             permutationSeed(nodeFolder, config.storageFolder, tls->tubId, key.publicKey()));
    if (dir.hasPrivate("node.key"))
        return Error(ErrorCode::Conflict, dir.path() + ": this server has an identity already");

    TARN_TRY_VOID(linkStorage(dir, config.storageFolder));
    TARN_TRY_VOID(dir.writePrivateText("swissnum", asText(swissnum.view())));
    TARN_TRY_VOID(dir.writeFile("permutation-seed", seed + "\n"));
    TARN_TRY_VOID(node::adoptIdentity(dir, identity));
    Adoption out;
    out.serverId = wire::nodeIdOf(key.publicKey());
    out.storageFolder = config.storageFolder;
    out.notes = notesOf(config);
    return out;
}

} // namespace tarn::storage
