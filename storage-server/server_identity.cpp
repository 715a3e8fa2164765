#include "storage-server/server_identity.h"

#include "core/codec/base32.h"

#include <thread>

namespace tarn::storage {

namespace {

constexpr std::string_view kSwissnum = "swissnum";
constexpr std::string_view kSeed = "permutation-seed";
constexpr std::size_t kSwissnumBytes = 20;
constexpr Duration kIdentityPause = std::chrono::milliseconds(50);

bool fitsIntoAPath(std::string_view text)
{
    constexpr std::string_view kOthers = "-._~";
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || kOthers.find(c) != std::string_view::npos;
        if (!plain) return false;
    }
    return !text.empty();
}

Result<ServerIdentity> assemble(const node::StateDir& dir, node::NodeIdentity node)
{
    TARN_TRY(Secret swissnum, dir.readPrivateText(kSwissnum));
    if (!fitsIntoAPath(asText(swissnum.view()))) {
        return Error(ErrorCode::InvalidInput,
                     dir.pathOf("private/swissnum") + ": expected letters and digits");
    }
    TARN_TRY(std::string seed, dir.readFile(kSeed));
    if (!codec::decodeBase32Lax(seed))
        return Error(ErrorCode::InvalidInput, dir.pathOf(kSeed) + ": expected base32");
    return ServerIdentity{std::move(node), std::move(swissnum), std::move(seed)};
}

} // namespace

Result<ServerIdentity> readServerIdentity(const node::StateDir& dir)
{
    TARN_TRY(node::NodeIdentity node, node::readIdentity(dir));
    return assemble(dir, std::move(node));
}

Result<ServerIdentity> readOrMakeServerIdentity(const node::StateDir& dir, Random& random)
{
    TARN_TRY(node::NodeIdentity node, node::readOrMakeIdentity(dir, random));
    TARN_TRY_VOID(dir.readOrMakePrivateBase32(kSwissnum, kSwissnumBytes, random));
    if (!node::existsBlocking(dir.pathOf(kSeed))) {
        const std::string seed = codec::encodeBase32(node.key.publicKey().view());
        TARN_TRY_VOID(dir.writeFile(kSeed, seed + "\n"));
    }
    return assemble(dir, std::move(node));
}

namespace {

Result<ServerIdentity> readIdentityIn(const std::string& stateFolder)
{
    TARN_TRY(const node::StateDir dir, node::StateDir::inspectBlocking(stateFolder, kRole));
    return readServerIdentity(dir);
}

Result<ServerIdentity> makeIdentityIn(const std::string& stateFolder, Random& random)
{
    TARN_TRY(const node::StateDir dir, node::StateDir::openBlocking(stateFolder, kRole));
    return readOrMakeServerIdentity(dir, random);
}

} // namespace

Result<ServerIdentity> findServerIdentityBlocking(const std::string& stateFolder, Random& random,
                                                  Duration patience)
{
    for (Duration waited(0);; waited += kIdentityPause) {
        Result<ServerIdentity> known = readIdentityIn(stateFolder);
        if (known || known.error().code() != ErrorCode::NotFound) return known;
        Result<ServerIdentity> made = makeIdentityIn(stateFolder, random);
        if (made || made.error().code() != ErrorCode::Conflict) return made;
        if (waited >= patience) {
            return Error(ErrorCode::Conflict, known.error().message() +
                                                  "; the next start makes it, but now " +
                                                  made.error().message());
        }
        std::this_thread::sleep_for(kIdentityPause);
    }
}

std::vector<wire::Nurl> nurlsOf(const ServerIdentity& identity, const ServiceConfig& config,
                                std::uint16_t port)
{
    if (!config.anonymous) return {};
    return nurlsWith(identity, config, port, identity.swissnum);
}

std::vector<wire::Nurl> nurlsWith(const ServerIdentity& identity, const ServiceConfig& config,
                                  std::uint16_t port, const Secret& swissnum)
{
    std::vector<wire::Nurl> out;
    for (const wire::Location& location : config.effectiveLocations()) {
        wire::Nurl nurl;
        nurl.spkiHash = config.proxyKey.value_or(identity.node.tls.spkiHash);
        nurl.host = location.host;
        nurl.port = location.port != 0 ? location.port : port;
        nurl.swissnum = std::string(asText(swissnum.view()));
        nurl.network = location.network;
        out.push_back(std::move(nurl));
    }
    return out;
}

wire::Announcement announcementOf(const ServerIdentity& identity, const ServiceConfig& config,
                                  std::uint16_t port)
{
    const std::vector<wire::Nurl> nurls = nurlsOf(identity, config, port);
    wire::Announcement out;
    out.serverId = identity.node.serverId();
    out.nickname = config.nickname;
    out.furl = wire::furlFor(identity.node.tubId, nurls);
    for (const wire::Nurl& nurl : nurls)
        out.nurls.push_back(wire::textOf(nurl));
    out.permutationSeedBase32 = identity.permutationSeed;
    return out;
}

} // namespace tarn::storage
