// The scenario of two_gateways.h on a directory. Each name belongs to one gateway, so what it does
// with it one after the other decides; the other one's work is beside it.
#include "client-gateway/dirs/directories.h"
#include "client-gateway/dirs/grid_immutable_files.h"
#include "tests/sim/two_gateways.h"

namespace tarn::test {

namespace {

using gateway::Directories;

constexpr int kBatches = 5;
constexpr int kStepsInBatch = 2;

enum class Presence { No, Yes, Either };

/// One gateway's names.
struct Names
{
    std::map<std::string, Presence> known;
    unsigned made = 0;
    bool anyPresent(std::string& name) const
    {
        for (const auto& [one, presence] : known) {
            if (presence != Presence::Yes) continue;
            name = one;
            return true;
        }
        return false;
    }
};

std::string freshName(Names& names, std::size_t owner)
{
    return "g" + std::to_string(owner) + "-" + std::to_string(names.made++);
}

asio::awaitable<Result<void>> link(Directories& dirs, std::string directory, Names& names,
                                   std::string name)
{
    gateway::NewChild child;
    child.name = name;
    child.read = "URI:LIT:krugkidfnzsc4";
    std::vector<gateway::NewChild> children;
    children.push_back(std::move(child));
    names.known[name] = Presence::Either;
    const auto done = co_await dirs.link(directory, std::move(children), gateway::Replace::Yes);
    if (!done) co_return done.error();
    names.known[name] = Presence::Yes;
    co_return ok();
}

asio::awaitable<Result<void>> unlink(Directories& dirs, std::string directory, Names& names,
                                     std::string name)
{
    names.known[name] = Presence::Either;
    const auto done = co_await dirs.unlink(directory, name, gateway::ChildKind::Any);
    if (!done) co_return done.error();
    names.known[name] = Presence::No;
    co_return ok();
}

asio::awaitable<Result<void>> rename(Directories& dirs, std::string directory, Names& names,
                                     std::string from, std::string to)
{
    names.known[from] = Presence::Either;
    names.known[to] = Presence::Either;
    TARN_CO_TRY_VOID(co_await dirs.move(directory, from, directory, to, gateway::Replace::Yes));
    names.known[from] = Presence::No;
    names.known[to] = Presence::Yes;
    co_return ok();
}

/// A gateway's steps, one after the other.
asio::awaitable<Result<void>> walk(Directories& dirs, std::string directory, Names& names,
                                   std::size_t owner, std::vector<std::size_t> kinds)
{
    Result<void> outcome = ok();
    for (const std::size_t kind : kinds) {
        std::string present;
        const bool any = names.anyPresent(present);
        Result<void> done = ok();
        if (!any || kind == 0) {
            done = co_await link(dirs, directory, names, freshName(names, owner));
        } else if (kind == 1) {
            done = co_await unlink(dirs, directory, names, present);
        } else {
            done = co_await rename(dirs, directory, names, present, freshName(names, owner));
        }
        if (!done) outcome = done;
    }
    co_return outcome;
}

void compare(TwoGateways& life, const Names& names, const gateway::DirectoryChildren& children)
{
    for (const auto& [name, presence] : names.known) {
        const bool there = children.contains(name);
        if (presence == Presence::Yes && !there) life.fail("lost: " + name);
        if (presence == Presence::No && there) life.fail("came back: " + name);
    }
}

} // namespace

EditReport runDirectory(std::uint64_t seed)
{
    TwoGateways life(seed);
    std::vector<std::unique_ptr<gateway::GridImmutableFiles>> files;
    std::vector<std::unique_ptr<Directories>> dirs;
    for (std::size_t i = 0; i < 2; ++i) {
        files.push_back(std::make_unique<gateway::GridImmutableFiles>(life.grid.gateway(i).grid()));
        const gateway::DirectoryParts parts{life.grid.world.clock(), *life.grid.world.pool,
                                            life.files(i), *files.back()};
        dirs.push_back(std::make_unique<Directories>(parts));
    }
    const auto format =
        life.random.chance(0.5) ? cap::MutableFormat::Mdmf : cap::MutableFormat::Sdmf;
    const Result<std::string> made = life.grid.run(dirs[0]->create(format, {}));
    TARN_ASSERT(made.has_value());
    std::vector<Names> names(2);
    for (int batch = 0; batch < kBatches && !life.failed(); ++batch) {
        life.changeTroubles();
        std::vector<asio::awaitable<Result<void>>> work;
        for (std::size_t i = 0; i < 2; ++i) {
            std::vector<std::size_t> kinds;
            for (int step = 0; step < kStepsInBatch; ++step)
                kinds.push_back(life.draw(4) / 2 == 0 ? 0 : 1 + life.draw(2));
            work.push_back(walk(*dirs[i], *made, names[i], i, std::move(kinds)));
        }
        const std::vector<Result<void>> results = life.together(std::move(work));
        static_cast<void>(results);
    }
    life.relieveAll();
    for (std::size_t i = 0; i < 2 && !life.failed(); ++i) {
        const auto listed = life.grid.run(dirs[i]->list(*made));
        if (!listed) {
            life.fail("list: " + listed.error().text());
            break;
        }
        for (const Names& one : names)
            compare(life, one, (*listed)->children);
    }
    return life.report;
}

} // namespace tarn::test
