#include "profiles/friendnet/whereabouts.h"

#include "core/base/log.h"

#include <algorithm>

namespace tarn::profiles {

namespace {

constexpr Duration kLookEvery = std::chrono::seconds(5);
/// Members are asked every half an hour.
constexpr Duration kProofLasts = std::chrono::minutes(70);
constexpr std::size_t kMostProofs = 16; ///< the latest

std::string textOf(const std::vector<wire::Location>& locations)
{
    std::string out;
    for (const wire::Location& location : locations) {
        if (!out.empty()) out += ", ";
        out += wire::textOf(location);
    }
    return out.empty() ? "none" : out;
}

} // namespace

Whereabouts::Whereabouts(Parts parts, Settings settings)
    : m_parts(std::move(parts)), m_settings(std::move(settings)), m_tasks(m_parts.engine)
{
    m_last = told();
}

asio::awaitable<void> Whereabouts::start()
{
    co_await readOnce();
    m_tasks.spawn(watch());
}

asio::awaitable<void> Whereabouts::stop()
{
    m_stopping = true;
    m_tasks.cancel();
    co_await m_tasks.join();
}

void Whereabouts::configure(Settings settings)
{
    m_settings = std::move(settings);
    if (!looks()) m_local.clear();
    settle();
    look();
}

void Whereabouts::look()
{
    if (!m_stopping && !m_reading && looks()) m_tasks.spawn(readOnce());
}

asio::awaitable<void> Whereabouts::watch()
{
    while (true) {
        co_await m_parts.clock.sleep(kLookEvery);
        if (m_stopping) co_return;
        co_await readOnce();
    }
}

asio::awaitable<void> Whereabouts::readOnce()
{
    if (!looks() || m_reading) co_return;
    m_reading = true;
    auto job = [read = m_parts.readLocal] { return read(); };
    std::vector<LocalAddress> found = co_await runOn(m_parts.diskPool, std::move(job));
    m_reading = false;
    if (m_stopping || !looks() || found == m_local) co_return;
    m_local = std::move(found);
    // What was said of another network says nothing of this one.
    m_proofs.clear();
    m_parts.moved();
    settle();
}

void Whereabouts::noteDoor(std::optional<RouterDoor> door)
{
    if (m_door == door) return;
    // The same router at another address of the world: so is what others saw.
    const bool moved = m_door && door && m_door->address != door->address;
    if (moved) m_proofs.clear();
    m_door = std::move(door);
    if (moved) m_parts.moved();
    settle();
}

void Whereabouts::noteProof(AddressProof proof)
{
    std::erase_if(m_proofs, [&proof](const AddressProof& known) {
        const bool same = known.address == proof.address && known.port == proof.port;
        // Who sees another address now does not see the one of before any more.
        const bool moved = known.observer == proof.observer && known.port == proof.port &&
                           known.address.is_v4() == proof.address.is_v4();
        return same || moved || proof.at - known.at > kProofLasts;
    });
    m_proofs.push_back(std::move(proof));
    if (m_proofs.size() > kMostProofs) m_proofs.erase(m_proofs.begin());
    settle();
}

std::vector<asio::ip::address> Whereabouts::seenAs() const
{
    std::vector<asio::ip::address> out;
    const std::vector<std::string>& hidden = m_settings.reach.excludedInterfaces;
    const auto isHidden = [&](const asio::ip::address& address) {
        const auto isThere = [&](const LocalAddress& local) {
            return local.address == address &&
                   std::find(hidden.begin(), hidden.end(), local.interface) != hidden.end();
        };
        return m_settings.reach.excludes(address) ||
               std::any_of(m_local.begin(), m_local.end(), isThere);
    };
    const auto add = [&](const asio::ip::address& address) {
        const bool known = std::find(out.begin(), out.end(), address) != out.end();
        if (!known && !isHidden(address)) out.push_back(address);
    };
    if (!m_settings.looksAround) return out;
    if (m_settings.reach.seen)
        for (auto proof = m_proofs.rbegin(); proof != m_proofs.rend(); ++proof)
            add(proof->address);
    if (m_settings.reach.mapping && m_door) add(m_door->address);
    return out;
}

std::vector<asio::ip::address> Whereabouts::usable() const
{
    std::vector<asio::ip::address> out;
    if (!looks()) return out;
    const std::vector<std::string>& excluded = m_settings.reach.excludedInterfaces;
    for (const LocalAddress& local : m_local) {
        const bool hidden =
            std::find(excluded.begin(), excluded.end(), local.interface) != excluded.end();
        if (!hidden && !m_settings.reach.excludes(local.address)) out.push_back(local.address);
    }
    return out;
}

std::vector<OwnAddress> Whereabouts::addresses() const
{
    AddressFacts facts;
    facts.entered = m_settings.entered;
    facts.listen = m_settings.listen;
    facts.ipv6 = m_settings.ipv6;
    ReachConfig reach = m_settings.reach;
    if (!m_settings.looksAround) {
        reach.interfaces = false;
        return ownAddresses(facts, reach);
    }
    facts.local = m_local;
    if (reach.mapping) facts.door = m_door;
    if (reach.seen) facts.proofs = m_proofs;
    return ownAddresses(facts, reach);
}

void Whereabouts::settle()
{
    std::vector<wire::Location> next = told();
    if (next == m_last) return;
    m_last = std::move(next);
    TARN_LOG(Info, Main, "this node tells members other addresses", {"addresses", textOf(m_last)});
    m_parts.changed();
}

} // namespace tarn::profiles
