#include "tests/friendnet/month_world.h"

#include "core/cap/parse.h"
#include "core/membership/share_counts.h"
#include "tests/support/vectors.h"

#include <QtCore/QJsonArray>

namespace tarn::test {

namespace {

class TextSource final : public gateway::UploadSource
{
public:
    explicit TextSource(Bytes text) : m_text(std::move(text)) {}
    asio::awaitable<Result<std::size_t>> read(MutableByteView into) override
    {
        const std::size_t count = std::min(into.size(), m_text.size() - m_at);
        std::copy_n(m_text.begin() + static_cast<std::ptrdiff_t>(m_at), count, into.begin());
        m_at += count;
        co_return count;
    }

private:
    Bytes m_text;
    std::size_t m_at = 0;
};

gateway::EncodingParameters encodingFor(std::uint32_t members)
{
    const membership::ShareCounts counts = membership::shareCountsFor(members);
    gateway::EncodingParameters out;
    out.needed = counts.needed;
    out.happy = counts.happy;
    out.total = counts.total;
    return out;
}

} // namespace

void World::makeGrid()
{
    gateway::NodeSecrets secrets;
    secrets.leaseSecret = Secret(zeroBytes(32));
    secrets.convergence = Secret(zeroBytes(32));
    gateway::GridSettings settings;
    settings.encoding = encodingFor(static_cast<std::uint32_t>(friends.size()) + 1);
    settings.spoolDirectory = folder.path().toStdString();
    gateway::GridParts parts{engine.clock(), random, *pool, *pool, set, engine.executor()};
    parts.placement = &placement;
    parts.firstHome = firstHome.get();
    grid = std::make_unique<gateway::Grid>(parts, std::move(secrets), settings);
    files = std::make_unique<gateway::GridImmutableFiles>(*grid);
    const gateway::DirectoryParts dirs{engine.clock(), *pool, grid->mutableFiles(), *files};
    directories = std::make_unique<gateway::Directories>(dirs);
}

void World::makeMover()
{
    OutboxMover::Parts moving{engine.executor(),
                              engine.clock(),
                              *pool,
                              dir,
                              *outbox,
                              movements,
                              crypto::LeaseSecrets(),
                              kSelf,
                              [this] { return peers(); },
                              [] {}};
    mover = std::make_unique<OutboxMover>(std::move(moving));
    engine.onEngine([this] { mover->start(); });
}

void World::makeKeeper()
{
    Keeper::Parts parts{
        engine.executor(),
        engine.clock(),
        *pool,
        dir,
        *directories,
        grid->mutableFiles(),
        *files,
        [this] { return members(); },
        [this](const std::string& index) { return mover->carries(index); },
        [this] { return encodingFor(static_cast<std::uint32_t>(friends.size()) + 1); },
        [this] { return busy; },
        movements,
        [] {}};
    keeper = std::make_unique<Keeper>(std::move(parts));
    engine.onEngine([this] { keeper->start(); });
}

void World::hour()
{
    bool came = false;
    for (const auto& one : friends) {
        const bool before = one->up;
        if (random.below(6) == 0) one->up = random.below(10) < 4;
        if (one->away) one->up = false;
        came = came || (one->up && !before);
    }
    if (came) engine.onEngine([this] { keeper->look(); });
    pass(std::chrono::hours(1));
}

void World::expel(std::size_t which)
{
    friends[which]->expelled = friends[which]->away = true;
    friends[which]->up = false;
    std::vector<gateway::ServerPtr> left{selfServer()};
    for (const auto& one : friends)
        if (!one->expelled) left.push_back(one->server);
    set.replace(std::move(left));
}

Result<std::string> World::makeRoot()
{
    const QJsonObject known = ownVectors("keys.json")["vectors"].toArray()[0].toObject();
    gateway::MutableCreation how;
    TARN_TRY(how.key, crypto::RsaKey::fromPem(known["pkcs8_pem"].toString().toStdString()));
    TextSource nothing{Bytes()};
    TARN_TRY(const cap::MutableWriteCap file,
             run(grid->mutableFiles().create(nothing, std::move(how))));
    return cap::printCap(cap::DirectoryCap{file});
}

Result<std::string> World::upload(const Bytes& text)
{
    TextSource source(text);
    return run(files->upload(source));
}

std::set<ShareNumber> World::sharesOn(Friend& disk, const std::string& cap)
{
    constexpr std::uint32_t kMost = 20;
    std::set<ShareNumber> out;
    const std::optional<StorageIndex> index = cap::storageIndexOf(cap::parseCap(cap));
    for (std::uint32_t number = 0; index && number < kMost; ++number)
        if (disk.store.shareBytes(*index, ShareNumber{number}) != nullptr)
            out.insert(ShareNumber{number});
    return out;
}

Result<Bytes> World::readFrom(gateway::ImmutableFiles& from, const std::string& cap)
{
    TARN_TRY(const std::shared_ptr<gateway::Download> download, from.open(cap));
    Sink sink;
    TARN_TRY_VOID(run(readInto(download, sink)));
    return std::move(sink.bytes);
}

std::set<ShareNumber> World::sharesOn(storage_api::ShareStore& store, StorageIndex index)
{
    const auto found = run(store.listShares(storage_api::ShareKind::Immutable, index));
    return found ? *found : std::set<ShareNumber>();
}

asio::awaitable<Result<void>> World::copyWaiting(StorageIndex index, Parcel parcel,
                                                 storage_api::ShareStore& to)
{
    const Bytes secret(20);
    for (const ShareNumber share : parcel.waiting) {
        Bytes bytes(static_cast<std::size_t>(parcel.shareBytes));
        const ByteRange all{0, parcel.shareBytes};
        TARN_CO_TRY(const std::size_t got,
                    co_await outbox->store().readShare(storage_api::ShareKind::Immutable, index,
                                                       share, all, bytes));
        std::set<ShareNumber> one;
        one.insert(share);
        TARN_CO_TRY(
            const storage_api::AllocateAnswer answer,
            co_await to.allocate(index, std::move(one), got, storage_api::LeaseSecrets(), secret));
        if (answer.alreadyHave.contains(share)) continue;
        TARN_CO_TRY(const storage_api::WriteAnswer written,
                    co_await to.writeShare(index, share, secret, 0, bytes));
        if (!written.required.empty()) co_return Error(ErrorCode::Internal, "not complete");
    }
    co_return ok();
}

asio::awaitable<Result<void>> World::keepAllHere(StorageIndex index)
{
    const Parcel parcel = outbox->parcels().at(index);
    TARN_CO_TRY_VOID(co_await copyWaiting(index, parcel, own.store));
    for (const ShareNumber share : parcel.waiting)
        TARN_CO_TRY_VOID(co_await outbox->remove(index, share));
    co_return ok();
}

std::vector<std::string> World::holdersFirst(const std::string& capText)
{
    const std::optional<StorageIndex> index = cap::storageIndexOf(cap::parseCap(capText));
    std::vector<std::string> out;
    const auto add = [&](const std::string& id, storage_api::ShareStore& store) {
        bool has = false;
        for (const auto kind :
             {storage_api::ShareKind::Immutable, storage_api::ShareKind::Mutable}) {
            const auto found = run(store.listShares(kind, *index));
            has = has || (found && !found->empty());
        }
        out.insert(has ? out.begin() : out.end(), id);
    };
    add(kSelf, own.store);
    for (const auto& one : friends)
        add(one->server->id, one->store);
    return out;
}

std::set<std::string> World::victims(const std::string& capText, int count, bool self)
{
    std::vector<std::string> order = holdersFirst(capText);
    constexpr std::size_t kMixed = 12;
    for (std::size_t i = 0; i < std::min(order.size(), kMixed); ++i)
        std::swap(
            order[i],
            order[i + static_cast<std::size_t>(random.below(std::min(order.size(), kMixed) - i))]);
    std::set<std::string> out;
    if (self) out.insert(kSelf);
    for (const std::string& id : order)
        if (out.size() < static_cast<std::size_t>(count)) out.insert(id);
    return out;
}

} // namespace tarn::test
