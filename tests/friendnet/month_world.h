// month_world: one owner among many friends who sleep, in virtual time: outbox, mutable files and
// keeper, with a real gateway on members in memory.
#pragma once

#include "client-gateway/dirs/directories.h"
#include "client-gateway/dirs/grid_immutable_files.h"
#include "client-gateway/upload/friend_placement.h"
#include "profiles/friendnet/home_store.h"
#include "profiles/friendnet/keeper.h"
#include "profiles/friendnet/local_server.h"
#include "profiles/friendnet/outbox_home.h"
#include "profiles/friendnet/outbox_mover.h"
#include "tests/support/engine.h"
#include "tests/support/faulty_store.h"
#include "tests/support/memory_store.h"
#include "tests/support/seeded_random.h"

#include <QtCore/QTemporaryDir>

namespace tarn::test {

using namespace tarn::profiles;

inline constexpr const char* kSelf = "v0-me";

struct Friend
{
    Friend(Clock& clock, const std::string& name)
        : store(clock), faulty(store, clock, [this](StoreCall, std::uint64_t) {
              return up ? Fault() : failing(ErrorCode::PeerUnreachable);
          })
    {
        auto made = std::make_shared<gateway::Server>();
        made->id = name;
        made->permutationSeed = toBytes(asBytes(name));
        made->connection = std::make_shared<LocalServer>(faulty, clock);
        server = std::move(made);
    }
    bool up = true;
    bool away = false;     ///< whatever chance says
    bool expelled = false; ///< no member any more
    MemoryStore store;
    FaultyStore faulty;
    gateway::ServerPtr server;
};

class World
{
public:
    World(std::uint64_t seed, std::size_t friendsCount) : random(seed), own(engine.clock(), kSelf)
    {
        OutboxLimits limits;
        limits.directory = folder.filePath("outbox").toStdString();
        Outbox::Parts parts{engine.executor(), engine.clock(), random, *pool, TubId()};
        outbox = *Outbox::openBlocking(std::move(parts), limits);
        home = std::make_unique<HomeStore>(own.store, *outbox);
        firstHome = std::make_unique<OutboxHome>(*outbox, kSelf);
        std::vector<gateway::ServerPtr> servers{selfServer()};
        for (std::size_t i = 0; i < friendsCount; ++i) {
            friends.push_back(
                std::make_unique<Friend>(engine.clock(), "v0-friend" + std::to_string(i)));
            servers.push_back(friends.back()->server);
        }
        set.replace(std::move(servers));
        makeGrid();
        makeMover();
    }
    ~World()
    {
        engine.run(stop(*mover, keeper.get(), *outbox));
        keeper.reset();
    }

    gateway::ServerPtr selfServer()
    {
        auto made = std::make_shared<gateway::Server>();
        made->id = kSelf;
        made->permutationSeed = toBytes(asBytes(std::string_view(kSelf)));
        made->connection = std::make_shared<LocalServer>(*home, engine.clock());
        return made;
    }
    void makeGrid();
    void makeMover();
    void makeKeeper();
    void stopKeeper()
    {
        engine.run(ended(*keeper));
        keeper.reset();
    }
    static asio::awaitable<bool> ended(Keeper& keeper)
    {
        co_await keeper.stop();
        co_return true;
    }
    static asio::awaitable<bool> stop(OutboxMover& mover, Keeper* keeper, Outbox& outbox)
    {
        if (keeper != nullptr) co_await keeper->stop();
        co_await mover.stop();
        co_await outbox.stop();
        co_return true;
    }

    std::set<std::string> members() const
    {
        std::set<std::string> out{kSelf};
        for (const auto& one : friends)
            if (!one->expelled) out.insert(one->server->id);
        return out;
    }
    std::vector<OutboxPeer> peers() const
    {
        std::vector<OutboxPeer> out(1);
        out[0].id = kSelf;
        out[0].server = own.server;
        out[0].online = true;
        for (const auto& one : friends) {
            if (one->expelled) continue;
            OutboxPeer& peer = out.emplace_back();
            peer.id = one->server->id;
            peer.server = one->server;
            peer.online = one->up;
        }
        return out;
    }

    /// An hour: some friends come, some go. \return whether somebody came.
    void hour();
    void pass(Duration time) { engine.run(sleep(engine.clock(), time), time * 2); }
    static asio::awaitable<bool> sleep(Clock& clock, Duration time)
    {
        co_await clock.sleep(time);
        co_return true;
    }
    void allUp()
    {
        for (const auto& one : friends)
            one->up = !one->away;
    }

    void expel(std::size_t which);

    /// An empty root directory, where it is in every run: its key says who gets its shares.
    Result<std::string> makeRoot();

    template <class T>
    Result<T> run(asio::awaitable<Result<T>> work)
    {
        std::optional<Result<T>> out = engine.run(std::move(work));
        return out ? *std::move(out) : Result<T>(Error(ErrorCode::Timeout, "did not end"));
    }
    Result<std::string> upload(const Bytes& text);
    Result<Bytes> read(const std::string& cap) { return readFrom(*files, cap); }
    Result<Bytes> readFrom(gateway::ImmutableFiles& from, const std::string& cap);
    struct Sink final : gateway::DownloadSink
    {
        asio::awaitable<Result<void>> write(ByteView piece) override
        {
            append(bytes, piece);
            co_return ok();
        }
        Bytes bytes;
    };
    static asio::awaitable<Result<void>> readInto(std::shared_ptr<gateway::Download> download,
                                                  Sink& sink)
    {
        const ByteRange all{0, download->size()};
        co_return co_await download->read(all, sink);
    }
    Result<void> link(const std::string& name, const std::string& cap)
    {
        std::vector<gateway::NewChild> children(1);
        children[0].name = name;
        children[0].read = cap;
        TARN_TRY_VOID(run(directories->link(root, std::move(children), gateway::Replace::Yes)));
        return ok();
    }
    /// Shares of what a capability names that are on that disk.
    static std::set<ShareNumber> sharesOn(Friend& disk, const std::string& cap);
    std::set<ShareNumber> sharesOn(storage_api::ShareStore& store, StorageIndex index);
    asio::awaitable<Result<void>> copyWaiting(StorageIndex index, Parcel parcel,
                                              storage_api::ShareStore& to);
    /// What waits goes to this node's own storage, whatever the mover would do.
    asio::awaitable<Result<void>> keepAllHere(StorageIndex index);
    /// Members with something of that file come first; with their order by chance.
    std::vector<std::string> holdersFirst(const std::string& capText);
    /// As many as it says may vanish, chosen to hurt.
    std::set<std::string> victims(const std::string& capText, int count, bool self);
    /// Names in the root directory, as its owner sees it now.
    std::size_t entries()
    {
        const auto listed = run(directories->list(root));
        return listed ? (*listed)->children.size() : 0;
    }

    QTemporaryDir folder;
    Engine engine;
    SeededRandom random;
    std::unique_ptr<WorkPool> pool = makeInlinePool();
    node::StateDir dir =
        *node::StateDir::openBlocking(folder.filePath("node").toStdString(), "node");
    Movements movements{engine.clock()};
    bool busy = false; ///< the owner transfers something
    Friend own;
    std::vector<std::unique_ptr<Friend>> friends;
    std::unique_ptr<Outbox> outbox;
    std::unique_ptr<HomeStore> home;
    std::unique_ptr<OutboxHome> firstHome;
    gateway::FriendPlacement placement;
    gateway::ServerSet set;
    std::unique_ptr<gateway::Grid> grid;
    std::unique_ptr<gateway::GridImmutableFiles> files;
    std::unique_ptr<gateway::Directories> directories;
    std::unique_ptr<OutboxMover> mover;
    std::unique_ptr<Keeper> keeper;
    std::string root;
};

} // namespace tarn::test
