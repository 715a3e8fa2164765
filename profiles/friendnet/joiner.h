// joiner: a newcomer's part: asks the inviter or its delegate with the invite that its owner was
// given, until they answer yes or no. Engine thread. Source: design.md section 7;
// core/doc/protocol/membership.md.
//
//   STATE/private/join    the invite's link, until it was used or refused
#pragma once

#include "core/base/executor.h"
#include "core/membership/redeem.h"
#include "core/net/connection_pool.h"
#include "core/node/state_dir.h"

#include <functional>
#include <optional>
#include <string>

namespace tarn::profiles {

inline constexpr std::string_view kJoinFile = "join"; ///< in private/

enum class JoinState {
    Asking,  ///< nobody has answered yet
    Waiting, ///< for the owner of the invite to approve
    Refused, ///< for good
};

/// As control::GridStatus::membership: "joining", "waiting", "refused".
std::string_view nameOf(JoinState state);

struct JoinProgress
{
    JoinState state = JoinState::Asking;
    std::string reason; ///< why nobody answered, or of a refusal
};

/// The link that waits to be used. \return NotFound: none.  InvalidInput: it is no invite.
Result<membership::InviteLink> readJoinBlocking(const node::StateDir& dir);

struct Welcome
{
    membership::Lineage lineage;            ///< this node's
    std::vector<gossip::RecordPtr> records; ///< its certificate first; the rest unchecked
};

class Joiner
{
public:
    struct Parts
    {
        Clock& clock;
        WorkPool& cpuPool;
        net::ConnectionPool* pool;     ///< null until usePool()
        const crypto::Ed25519Key& key; ///< the node's
        std::string nickname;
        std::function<void()> changed; ///< another progress(); on the engine
        /// Who the invite is from may be met where a hint says.
        std::function<void(const net::PeerKey&, const membership::InviteHint&)> meetAt = {};
    };
    /// What `parts` refers to outlives the joiner.
    Joiner(Parts parts, membership::InviteLink link);

    /// Before run(). `pool` outlives it.
    void usePool(net::ConnectionPool& pool) { m_parts.pool = &pool; }

    /// Ends with an answer that is final, or when it is cancelled.
    /// \return Unauthorized: refused, with the reason.
    asio::awaitable<Result<Welcome>> run();
    const JoinProgress& progress() const { return m_progress; }
    const membership::InviteLink& link() const { return m_link; }

private:
    asio::awaitable<Result<membership::RedeemAnswer>> askAll();
    asio::awaitable<Result<membership::RedeemAnswer>> ask(membership::InviteHint hint);
    void note(JoinState state, std::string reason);

    Parts m_parts;
    membership::InviteLink m_link;
    JoinProgress m_progress;
};

} // namespace tarn::profiles
