#include "profiles/friendnet/outbox.h"

#include "core/base/log.h"
#include "core/base/quantity.h"
#include "core/node/files.h"
#include "core/share/immutable_layout.h"
#include "core/share/uri_extension.h"
#include "storage-server/lease_care.h"
#include "storage-server/space_account.h"
#include "storage-server/store_paths.h"

#include <filesystem>

namespace tarn::profiles {

namespace {

constexpr std::string_view kAwakeFile = "/awake";
constexpr std::size_t kMostAwake = 64 * 1024;
constexpr Duration kSaveAwake = std::chrono::minutes(30);

/// Of a file here; without one: now.
WallTime changedBlocking(const std::string& path, WallTime now)
{
    std::error_code failed;
    const auto written = std::filesystem::last_write_time(path, failed);
    if (failed) return now;
    const auto age = std::filesystem::file_time_type::clock::now() - written;
    return now - std::chrono::duration_cast<Duration>(age);
}

asio::awaitable<void> untilCancelled(asio::awaitable<Result<void>> work)
{
    const Result<void> ended = co_await std::move(work);
    static_cast<void>(ended);
}

} // namespace

Outbox::Outbox(Parts parts, OutboxLimits limits)
    : m_parts(std::move(parts)), m_limits(std::move(limits)), m_tasks(m_parts.engine)
{
}

Outbox::~Outbox() = default;

storage::StoreConfig Outbox::storeConfig(const Parts& parts, const OutboxLimits& limits)
{
    storage::StoreConfig out;
    out.directory = limits.directory;
    out.reservedSpace = limits.reserved;
    out.maximumSpace = limits.most;
    out.tubId = parts.tubId;
    out.applicationVersion = std::string("tarn-node/") + TARN_VERSION;
    return out;
}

Result<std::unique_ptr<Outbox>> Outbox::openBlocking(Parts parts, OutboxLimits limits)
{
    std::unique_ptr<Outbox> out(new Outbox(std::move(parts), std::move(limits)));
    out->m_files = storage::makePosixFileLayer(out->m_limits.directory);
    Result<std::unique_ptr<storage::DiskStore>> store = storage::DiskStore::openBlocking(
        storeConfig(out->m_parts, out->m_limits), *out->m_files, out->m_parts.diskPool,
        out->m_parts.clock, out->m_parts.random);
    if (!store) return std::move(store).error().within(out->m_limits.directory);
    out->m_store = *std::move(store);
    return out;
}

void Outbox::start()
{
    m_tasks.spawn(untilCancelled(m_store->run()));
    m_tasks.spawn(untilCancelled(m_store->watch()));
}

asio::awaitable<void> Outbox::stop()
{
    m_tasks.cancel();
    co_await m_tasks.join();
    co_await m_store->shutdown();
}

void Outbox::reconfigure(const OutboxLimits& limits)
{
    m_limits.most = limits.most;
    m_limits.reserved = limits.reserved;
    m_store->reconfigure(storeConfig(m_parts, m_limits));
}

asio::awaitable<void> Outbox::loadAwake()
{
    auto job = [path = m_limits.directory + std::string(kAwakeFile)] {
        return node::readFileBlocking(path, kMostAwake);
    };
    const Result<Bytes> text = co_await runOn(m_parts.diskPool, std::move(job));
    if (text) {
        m_awake = AwakeTime::parse(asText(*text));
    } else if (text.error().code() != ErrorCode::NotFound) {
        TARN_LOG(Warning, Storage, "members that are away are waited for anew",
                 {"error", text.error().text()});
    }
    co_await noteAwake();
}

asio::awaitable<void> Outbox::noteAwake()
{
    m_awake.note(m_parts.clock.wallNow());
    const TimePoint now = m_parts.clock.now();
    if (m_awakeSaved != TimePoint() && now - m_awakeSaved < kSaveAwake) co_return;
    m_awakeSaved = now;
    auto job = [path = m_limits.directory + std::string(kAwakeFile), text = m_awake.text()] {
        return node::writeFileBlocking(path, asBytes(text), 0600);
    };
    const Result<void> saved = co_await runOn(m_parts.diskPool, std::move(job));
    if (!saved)
        TARN_LOG(Warning, Storage, "after a restart members that are away are waited for longer",
                 {"error", saved.error().text()});
}

asio::awaitable<Result<void>> Outbox::load()
{
    co_await loadAwake();
    for (unsigned prefix = 0; prefix < storage::SpaceAccount::kPrefixes; ++prefix) {
        TARN_CO_TRY(const std::vector<storage::ShareHolding> found,
                    co_await m_store->holdings(prefix));
        for (const storage::ShareHolding& one : found) {
            const Result<void> taken = co_await take(one.index, one.share);
            if (!taken)
                TARN_LOG(Error, Storage, "a share in the outbox is of no use",
                         {"error", taken.error().text()});
        }
    }
    co_return ok();
}

/// What every share says of its file.
asio::awaitable<Result<Parcel>> Outbox::describe(StorageIndex index, ShareNumber share)
{
    constexpr auto kKind = storage_api::ShareKind::Immutable;
    Bytes start(share::kMaxImmutableHeaderSize);
    const ByteRange head{0, start.size()};
    TARN_CO_TRY(const std::size_t got,
                co_await m_store->readShare(kKind, index, share, head, start));
    start.resize(got);
    TARN_CO_TRY(const share::ImmutableLayout layout, share::parseImmutableLayout(start));
    Bytes field(layout.lengthFieldSize());
    const ByteRange length = layout.uriExtensionLengthRange();
    TARN_CO_TRY(const std::size_t fieldBytes,
                co_await m_store->readShare(kKind, index, share, length, field));
    field.resize(fieldBytes);
    TARN_CO_TRY(const std::uint64_t size, share::parseUriExtensionLength(layout, field));
    Bytes block(static_cast<std::size_t>(size));
    const ByteRange place{length.end, length.end + size};
    TARN_CO_TRY(const std::size_t blockBytes,
                co_await m_store->readShare(kKind, index, share, place, block));
    block.resize(blockBytes);
    TARN_CO_TRY(const share::UriExtension extension, share::parseUriExtension(block));
    if (blockBytes != size || !extension.needed || !extension.total || *extension.needed == 0 ||
        *extension.needed > *extension.total || *extension.total > 256) {
        co_return Error(ErrorCode::Corrupt, "it does not say how many shares there are");
    }
    Parcel out;
    out.needed = static_cast<std::uint32_t>(*extension.needed);
    out.total = static_cast<std::uint32_t>(*extension.total);
    out.shareBytes = place.end;
    const std::string path = m_limits.directory + "/" + storage::sharePath(index, share);
    auto job = [path, now = m_parts.clock.wallNow()] { return changedBlocking(path, now); };
    out.since = co_await runOn(m_parts.diskPool, std::move(job));
    co_return out;
}

asio::awaitable<Result<void>> Outbox::take(StorageIndex index, ShareNumber share)
{
    if (!m_parcels.contains(index)) {
        TARN_CO_TRY(Parcel parcel, co_await describe(index, share));
        m_parcels.emplace(index, std::move(parcel));
    }
    const bool fresh = m_parcels[index].waiting.insert(share).second;
    if (fresh && m_arrival) m_arrival(index);
    co_return ok();
}

asio::awaitable<Result<void>> Outbox::remove(StorageIndex index, ShareNumber share)
{
    storage::LeaseRules rules;
    rules.letGo.insert(storage::kAnonymous);
    rules.now = unixSeconds(m_parts.clock.wallNow());
    rules.only.emplace();
    rules.only->insert(share);
    TARN_CO_TRY(const storage::LeaseFindings done, co_await m_store->careForLeases(index, rules));
    static_cast<void>(done);
    const auto parcel = m_parcels.find(index);
    if (parcel == m_parcels.end()) co_return ok();
    parcel->second.waiting.erase(share);
    if (parcel->second.waiting.empty()) m_parcels.erase(parcel);
    co_return ok();
}

asio::awaitable<Result<void>> Outbox::admit(std::uint64_t bytes)
{
    const storage::StoreStatus status = co_await m_store->status();
    if (status.availableSpace >= bytes) co_return ok();
    const std::uint64_t waits = this->bytes();
    std::string why = "the outbox is full: " + humanSize(bytes) +
                      " are needed, there is room for " + humanSize(status.availableSpace) + "; ";
    const bool bounded = m_limits.most && *m_limits.most < waits + bytes;
    if (status.health.state != storage::StoreState::Healthy)
        why += status.health.reason;
    else if (bounded)
        why += humanSize(waits) + " of the " + humanSize(*m_limits.most) +
               " of [outbox] limit wait for members to come: wait for them, or raise it";
    else
        why += "free some of the disk that has " + m_limits.directory;
    co_return Error(ErrorCode::NoSpace, std::move(why));
}

std::uint64_t Outbox::bytes() const
{
    std::uint64_t out = 0;
    for (const auto& [index, parcel] : m_parcels)
        out += parcel.shareBytes * parcel.waiting.size();
    return out;
}

} // namespace tarn::profiles
