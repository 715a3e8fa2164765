#include "profiles/friendnet/reach_prover.h"

#include "core/base/log.h"
#include "core/wire/node_id.h"
#include "profiles/friendnet/address_range.h"

#include <algorithm>

namespace tarn::profiles {

namespace {

constexpr Duration kEvery = std::chrono::seconds(61); ///< one member
constexpr Duration kProvenFor = std::chrono::minutes(30);
constexpr Duration kFirstRest = std::chrono::seconds(65);
constexpr std::size_t kObserversAtOnce = 2; ///< for one port

} // namespace

ReachProver::ReachProver(Parts parts) : m_parts(std::move(parts)), m_tasks(m_parts.engine) {}

/// Whoever was not asked for longest, who was never asked last in the list; each for one port.
std::vector<ReachProver::Asked> ReachProver::choose()
{
    const TimePoint now = m_parts.clock.now();
    std::vector<Ed25519PublicKey> free = m_parts.observers();
    std::erase_if(m_last, [&free](const auto& one) {
        return std::find(free.begin(), free.end(), one.first) == free.end();
    });
    const auto lastOf = [this](const Ed25519PublicKey& one) {
        const auto at = m_last.find(one);
        return at == m_last.end() ? TimePoint::min() : at->second;
    };
    std::erase_if(free, [&](const Ed25519PublicKey& one) {
        return m_last.contains(one) && now - lastOf(one) < kEvery;
    });
    std::stable_sort(free.begin(), free.end(), [&](const auto& one, const auto& other) {
        return lastOf(one) > lastOf(other);
    });
    std::vector<Asked> out;
    const std::vector<std::uint16_t> ports = m_parts.ports();
    for (std::size_t turn = 0; turn < kObserversAtOnce; ++turn) {
        for (const std::uint16_t port : ports) {
            if (free.empty()) return out;
            Asked& one = out.emplace_back();
            one.observer = free.back();
            one.port = port;
            m_last[one.observer] = now;
            free.pop_back();
        }
    }
    return out;
}

Result<AddressProof> ReachProver::read(const Asked& asked, const Result<Bytes>& answer) const
{
    if (!answer) return answer.error();
    TARN_TRY(const DialBackStatement said, readStatement(*answer, asked.observer));
    const AddressScope scope = scopeOf(said.address);
    const bool usable = scope == AddressScope::Local || scope == AddressScope::World;
    if (said.asker != m_parts.self || said.port != asked.port || !usable)
        return Error(ErrorCode::PeerMisbehaved, "it signed something else");
    AddressProof out;
    out.address = said.address;
    out.port = said.port;
    out.reached = said.reached;
    out.at = m_parts.clock.wallNow();
    out.observer = wire::nodeIdOf(asked.observer);
    return out;
}

asio::awaitable<void> ReachProver::askOne(Asked asked)
{
    Bytes request = encodeDialBackRequest(asked.port);
    const Result<Bytes> answer = co_await m_parts.ask(asked.observer, std::move(request));
    Result<AddressProof> proof = read(asked, answer);
    if (!proof) {
        m_problem = proof.error().message();
        TARN_LOG(Debug, Main, "a member did not try to connect to this node",
                 {"member", wire::nodeIdOf(asked.observer)}, {"error", proof.error().text()});
        co_return;
    }
    m_problem.clear();
    m_good = m_good || proof->reached;
    TARN_LOG(Info, Main, "a member tried to connect to this node", {"member", proof->observer},
             {"address", proof->address.to_string()}, {"port", std::to_string(proof->port)},
             {"reached", proof->reached ? "yes" : "no"});
    m_parts.note(*std::move(proof));
}

asio::awaitable<void> ReachProver::round()
{
    struct Running
    {
        explicit Running(bool& flag) : m_flag(flag) { m_flag = true; }
        ~Running() { m_flag = false; }
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;

    private:
        bool& m_flag;
    };
    const Running running(m_running);
    m_due = m_parts.clock.now();
    m_good = false;
    for (const Asked& one : choose()) {
        Asked asked = one;
        co_await askOne(std::move(asked));
    }
    m_vain = m_good ? 0 : m_vain + 1;
    const TimePoint next =
        m_parts.clock.now() + (m_good ? kProvenFor : std::min(kFirstRest * m_vain, kProvenFor));
    // Asked for anew meanwhile.
    if (m_due != TimePoint{}) m_due = next;
}

void ReachProver::tick()
{
    const TimePoint now = m_parts.clock.now();
    if (m_running || now < m_due || m_parts.ports().empty()) return;
    const std::vector<Ed25519PublicKey> there = m_parts.observers();
    const bool any = std::any_of(there.begin(), there.end(), [&](const Ed25519PublicKey& one) {
        const auto at = m_last.find(one);
        return at == m_last.end() || now - at->second >= kEvery;
    });
    if (!any) return;
    m_tasks.spawn(round());
}

void ReachProver::again()
{
    m_vain = 0;
    m_due = TimePoint{};
}

asio::awaitable<void> ReachProver::proveNow()
{
    if (m_running || m_parts.ports().empty()) co_return;
    co_await round();
}

asio::awaitable<void> ReachProver::stop()
{
    m_tasks.cancel();
    co_await m_tasks.join();
}

} // namespace tarn::profiles
