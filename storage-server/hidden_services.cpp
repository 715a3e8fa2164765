#include "storage-server/hidden_services.h"

#include "core/codec/base32.h"
#include "core/net/sam_reply.h"

namespace tarn::storage {

namespace {

constexpr std::string_view kOnionKey = "onion.key";
constexpr std::string_view kI2pKey = "i2p.key";
constexpr std::size_t kMostPassword = 1024;

Result<crypto::Ed25519Seed> readOnionKey(const node::StateDir& dir)
{
    TARN_TRY(const Secret text, dir.readPrivateText(kOnionKey));
    Result<Bytes> bytes = codec::decodeBase32(asText(text.view()));
    if (!bytes || bytes->size() != crypto::Ed25519Seed::kSize) {
        return Error(ErrorCode::InvalidInput,
                     dir.pathOf("private/onion.key") + ": expected base32 of 32 bytes");
    }
    const crypto::Ed25519Seed seed = crypto::Ed25519Seed::prefixOf(*bytes);
    wipe(*bytes);
    return seed;
}

Result<std::string> readI2pName(const node::StateDir& dir)
{
    TARN_TRY(const Secret keys, dir.readPrivateText(kI2pKey));
    Result<std::string> name = net::i2pNameOf(asText(keys.view()));
    if (!name) return std::move(name).error().within(dir.pathOf("private/i2p.key"));
    return name;
}

net::Endpoint endpointOf(const HostPort& address)
{
    return net::endpointOf(address.host, address.port).value_or(net::Endpoint());
}

} // namespace

Result<Secret> readTorPassword(const node::StateDir& dir, const OnionConfig& config)
{
    if (config.passwordFile.empty()) return Secret();
    const std::string path = dir.pathOf(config.passwordFile);
    Result<Secret> text = node::readPrivateFileBlocking(path, kMostPassword);
    if (!text) return Error(ErrorCode::InvalidInput, path + ": " + text.error().message());
    std::string_view line = asText(text->view());
    line = line.substr(0, line.find_first_of("\r\n"));
    if (line.empty()) return Error(ErrorCode::InvalidInput, path + ": expected a password");
    return Secret(line);
}

Result<void> makeOnionKey(const node::StateDir& dir, const HiddenConfig& config, Random& random)
{
    if (!config.onion) return ok();
    TARN_TRY_VOID(dir.readOrMakePrivateBase32(kOnionKey, crypto::Ed25519Seed::kSize, random));
    return ok();
}

Result<std::vector<wire::Location>> hiddenLocations(const node::StateDir& dir,
                                                    const HiddenConfig& config)
{
    std::vector<wire::Location> out;
    if (config.onion && dir.hasPrivate(kOnionKey)) {
        TARN_TRY(const crypto::Ed25519Seed seed, readOnionKey(dir));
        out.push_back(net::onionLocation(seed, config.onion->settings.port));
    }
    if (config.i2p && dir.hasPrivate(kI2pKey)) {
        wire::Location location;
        TARN_TRY(location.host, readI2pName(dir));
        location.network = wire::Network::I2p;
        location.port = config.i2p->port;
        out.push_back(std::move(location));
    }
    return out;
}

Result<void> HiddenServices::startOnion(HiddenParts& parts, const node::StateDir& dir,
                                        const OnionConfig& config, const net::Endpoint& target)
{
    TARN_TRY(const crypto::Ed25519Seed seed, readOnionKey(dir));
    TARN_TRY(Secret password, readTorPassword(dir, config));
    m_onion = std::make_unique<net::OnionService>(parts.executor, config.settings, seed,
                                                  std::move(password), target, parts.files,
                                                  parts.clock, parts.random);
    return ok();
}

asio::awaitable<Result<void>> HiddenServices::startI2p(HiddenParts& parts,
                                                       const node::StateDir& dir, I2pConfig config,
                                                       net::Endpoint target)
{
    net::SamSettings settings;
    settings.router = endpointOf(config.sam);
    if (!dir.hasPrivate(kI2pKey)) {
        Result<Secret> made = co_await net::makeI2pKeys(settings.router, parts.clock);
        if (!made) co_return std::move(made).error().within("making a destination of I2P");
        TARN_CO_TRY_VOID(dir.writePrivateText(kI2pKey, asText(made->view())));
    }
    TARN_CO_TRY_VOID(readI2pName(dir));
    TARN_CO_TRY(Secret keys, dir.readPrivateText(kI2pKey));
    if (target.address().is_unspecified()) target.address(settings.router.address());
    settings.forward = target;
    m_i2p = std::make_unique<net::SamSession>(parts.executor, std::move(settings), std::move(keys),
                                              parts.clock, parts.random);
    co_return ok();
}

asio::awaitable<Result<std::unique_ptr<HiddenServices>>>
HiddenServices::start(HiddenParts parts, const node::StateDir& dir, HiddenConfig config,
                      net::Endpoint target)
{
    std::unique_ptr<HiddenServices> out(new HiddenServices());
    if (config.onion) {
        TARN_CO_TRY_VOID(out->startOnion(parts, dir, *config.onion, target));
    }
    if (config.i2p) {
        TARN_CO_TRY_VOID(co_await out->startI2p(parts, dir, *config.i2p, target));
    }
    co_return out;
}

} // namespace tarn::storage
