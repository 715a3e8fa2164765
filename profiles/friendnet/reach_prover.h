// reach_prover: has other members try to connect to this node, and takes what they sign: as which
// address they see it, and whether they get through. Engine thread.
#pragma once

#include "core/base/random.h"
#include "core/base/task_group.h"
#include "profiles/friendnet/dial_back_message.h"
#include "profiles/friendnet/own_addresses.h"

#include <functional>
#include <map>
#include <vector>

namespace tarn::profiles {

class ReachProver
{
public:
    struct Parts
    {
        asio::any_io_executor engine;
        Clock& clock;
        Ed25519PublicKey self;
        std::function<std::vector<Ed25519PublicKey>()> observers; ///< members that are there
        std::function<std::vector<std::uint16_t>()> ports;        ///< to prove; none: do not ask
        /// Asks a member. \return its answer's body.
        std::function<asio::awaitable<Result<Bytes>>(Ed25519PublicKey, Bytes)> ask;
        std::function<void(AddressProof)> note;
    };
    /// What `parts` refers to outlives it.
    explicit ReachProver(Parts parts);

    /// Every two seconds.
    void tick();
    /// Something has changed: what was proven is old.
    void again();
    /// Asks now, whoever may be asked. \return when they have answered.
    asio::awaitable<void> proveNow();
    asio::awaitable<void> stop();

    /// Why nobody has said anything; empty: somebody has.
    const std::string& problem() const { return m_problem; }

private:
    struct Asked
    {
        Ed25519PublicKey observer;
        std::uint16_t port = 0;
    };
    std::vector<Asked> choose();
    asio::awaitable<void> round();
    asio::awaitable<void> askOne(Asked asked);
    Result<AddressProof> read(const Asked& asked, const Result<Bytes>& answer) const;

    Parts m_parts;
    std::map<Ed25519PublicKey, TimePoint> m_last; ///< asked
    TimePoint m_due{};
    unsigned m_vain = 0; ///< rounds without a good proof
    bool m_running = false;
    bool m_good = false; ///< this round
    std::string m_problem = "no other member is there to try";
    TaskGroup m_tasks;
};

} // namespace tarn::profiles
