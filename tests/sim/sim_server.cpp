#include "tests/sim/sim_server.h"

#include "core/codec/base32.h"
#include "core/crypto/sha256.h"
#include "core/net/http_server.h"
#include "core/net/tls_stream.h"
#include "core/wire/nurl.h"
#include "storage-server/disk_store.h"
#include "storage-server/http_service.h"
#include "tests/support/test_identity.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <unistd.h>

#include <QtCore/QDir>

#include <filesystem>

namespace tarn::test {

using storage_api::ShareKind;

namespace {

constexpr std::uint16_t kPort = 41001;
constexpr Duration kHandshake = std::chrono::seconds(20);
constexpr Duration kMoment = std::chrono::milliseconds(1);

Hash256 digestOf(const std::string& name, std::string_view what)
{
    return crypto::sha256(asBytes(name + " " + std::string(what)));
}

std::string swissnumOf(const std::string& name)
{
    const Hash256 digest = digestOf(name, "swissnum");
    return codec::encodeBase32(digest.view().first(20));
}

/// In memory where the system offers it: nobody pulls the plug here.
QString directoryTemplate()
{
    const bool memory = ::access("/dev/shm", W_OK) == 0;
    return memory ? QString("/dev/shm/tarn-sim-XXXXXX") : QDir::tempPath() + "/tarn-sim-XXXXXX";
}

} // namespace

/// From start to crash.
struct SimServer::Life
{
    std::unique_ptr<storage::FileLayer> layer;
    std::unique_ptr<storage::DiskStore> disk;
    std::unique_ptr<FaultyStore> store;
    std::unique_ptr<storage::HttpService> service;
    std::unique_ptr<HostileService> hostile;
    std::unique_ptr<net::HttpServer> http;
    asio::cancellation_signal stopWork; ///< of the disk store's own work
    bool working = false;
};

SimServer::SimServer(SimWorld& world, std::size_t number, Keeps keeps, std::uint64_t capacity)
    : m_world(world), m_name("server-" + std::to_string(number)), m_capacity(capacity),
      m_identity(makeSeededIdentity(number)), m_random(number)
{
    if (keeps == Keeps::InMemory) {
        m_memory = std::make_unique<MemoryStore>(world.clock(), capacity);
    } else {
        m_directory.emplace(directoryTemplate());
    }
    world.network.listen(m_name, kPort, [this](net::Stream stream) {
        asio::co_spawn(m_world.engine.executor(),
                       admit(m_life, std::move(stream), m_identity, m_world.clock()),
                       asio::detached);
    });
    const Result<void> started = start();
    TARN_ASSERT(started.has_value());
}

SimServer::~SimServer()
{
    TARN_ASSERT(!running());
    m_world.network.stopListening(m_name, kPort);
}

std::string SimServer::announcement() const
{
    wire::Nurl nurl;
    nurl.spkiHash = m_identity.key();
    nurl.host = m_name;
    nurl.port = kPort;
    nurl.swissnum = swissnumOf(m_name);
    const Hash256 tub = digestOf(m_name, "tub");
    const Hash256 seed = digestOf(m_name, "seed");
    std::string text = "  " + m_name + ":\n    ann:\n";
    text += "      nickname: " + m_name + "\n";
    text += "      anonymous-storage-FURL: pb://";
    text += codec::encodeBase32(tub.view().first(20)) + "@/none\n";
    text += "      permutation-seed-base32: " + codec::encodeBase32(seed.view()) + "\n";
    text += "      anonymous-storage-NURLs: [\"" + wire::textOf(nurl) + "\"]\n";
    return text;
}

Result<void> SimServer::openDisk(Life& life)
{
    storage::StoreConfig config;
    config.directory = m_directory->path().toStdString() + "/storage";
    config.maximumSpace = m_capacity;
    config.applicationVersion = "tarn/sim";
    const Hash256 tub = digestOf(m_name, "tub");
    config.tubId = TubId::prefixOf(tub.view());
    life.layer = storage::makePosixFileLayer(config.directory);
    TARN_TRY(life.disk, storage::DiskStore::openBlocking(std::move(config), *life.layer,
                                                         *m_world.pool, m_world.clock(), m_random));
    return ok();
}

Result<void> SimServer::start()
{
    if (running()) return ok();
    auto life = std::make_shared<Life>();
    if (!m_memory) TARN_TRY_VOID(openDisk(*life));
    storage_api::ShareStore* inner = m_memory.get();
    if (life->disk) inner = life->disk.get();
    life->store = std::make_unique<FaultyStore>(*inner, m_world.clock(), m_plan);
    storage::HttpServiceConfig config;
    config.swissnum = Secret(std::string_view(swissnumOf(m_name)));
    config.spool.folder = std::filesystem::temp_directory_path();
    config.stage = life->disk.get();
    life->service = std::make_unique<storage::HttpService>(*life->store, *m_world.pool,
                                                           m_world.clock(), std::move(config));
    const asio::any_io_executor executor = m_world.engine.executor();
    life->hostile =
        std::make_unique<HostileService>(*life->service, m_world.clock(), m_random.next());
    life->hostile->set(m_hostility);
    life->http = std::make_unique<net::HttpServer>(executor, *life->hostile, m_world.clock(),
                                                   net::HttpServerLimits());
    if (life->disk) {
        life->working = true;
        auto done = [life](std::exception_ptr /*cancelled*/, Result<void> /*nothing*/) {
            life->working = false;
        };
        asio::co_spawn(executor, life->disk->run(),
                       asio::bind_cancellation_slot(life->stopWork.slot(), std::move(done)));
    }
    m_life = std::move(life);
    m_world.network.startNode(m_name);
    return ok();
}

asio::awaitable<void> SimServer::crash()
{
    m_world.network.stopNode(m_name);
    const std::shared_ptr<Life> life = std::exchange(m_life, nullptr);
    if (!life) co_return;
    co_await life->http->stop(Duration(0));
    life->stopWork.emit(asio::cancellation_type::terminal);
    while (life->working)
        co_await m_world.clock().sleep(kMoment);
    if (m_memory) m_memory->dropUploads();
}

asio::awaitable<void> SimServer::admit(std::weak_ptr<Life> life, net::Stream stream,
                                       net::TlsServerIdentity identity, Clock& clock)
{
    Result<std::unique_ptr<net::TlsStream>> channel =
        co_await net::acceptTls(std::move(stream), std::move(identity), clock, kHandshake);
    const std::shared_ptr<Life> present = life.lock();
    if (channel && present) present->http->serve(present->hostile->wrap(*std::move(channel)));
}

void SimServer::setPlan(FaultyStore::Plan plan)
{
    m_plan = std::move(plan);
    if (m_life) m_life->store->setPlan(m_plan);
}

void SimServer::setHostility(const Hostility& hostility)
{
    m_hostility = hostility;
    if (m_life) m_life->hostile->set(m_hostility);
}

std::uint64_t SimServer::attacked() const
{
    return m_life ? m_life->hostile->attacked() : 0;
}

storage_api::ShareStore& SimServer::store()
{
    if (m_memory) return *m_memory;
    return *m_life->disk;
}

asio::awaitable<std::set<ShareNumber>> SimServer::holds(StorageIndex index)
{
    if (!running()) co_return std::set<ShareNumber>();
    const Result<std::set<ShareNumber>> shares =
        co_await store().listShares(ShareKind::Immutable, index);
    co_return shares.value_or(std::set<ShareNumber>());
}

asio::awaitable<std::size_t> SimServer::uploadsOpen()
{
    if (!running()) co_return 0;
    if (m_memory) {
        // Asking drops those that are too old.
        const Result<storage_api::ServerVersion> asked = co_await m_memory->version();
        co_return asked ? m_memory->uploadCount() : 0;
    }
    const storage::StoreStatus status = co_await m_life->disk->status();
    co_return status.uploadsInProgress;
}

asio::awaitable<std::size_t> SimServer::advisories()
{
    if (m_memory) co_return m_memory->advisories().size();
    if (!running()) co_return 0;
    const Result<std::vector<storage::Advisory>> all = co_await m_life->disk->advisories(1000);
    co_return all ? all->size() : 0;
}

bool SimServer::spoil(StorageIndex index, ShareNumber share)
{
    Bytes* bytes = m_memory ? m_memory->shareBytes(index, share) : nullptr;
    if (bytes == nullptr || bytes->empty()) return false;
    (*bytes)[bytes->size() / 2] ^= std::byte{0x40};
    return true;
}

bool SimServer::lose(StorageIndex index, ShareNumber share)
{
    if (!m_memory || m_memory->shareBytes(index, share) == nullptr) return false;
    m_memory->removeShare(index, share);
    return true;
}

} // namespace tarn::test
