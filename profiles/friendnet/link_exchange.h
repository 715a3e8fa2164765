// link_exchange: read links that this node's owner gives to members, and those it is given. One
// that is given is kept until the member was there to take it; one that came is on disk before the
// giver hears so. Engine thread. Source: core/doc/protocol/peers.md.
#pragma once

#include "core/base/executor.h"
#include "core/base/random.h"
#include "core/base/task_group.h"
#include "core/base/turns.h"
#include "core/node/shared_links.h"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <set>
#include <string>

namespace tarn::profiles {

using crypto::Ed25519PublicKey;

class LinkExchange
{
public:
    struct Parts
    {
        asio::any_io_executor engine;
        Clock& clock;
        Random& random;
        WorkPool& diskPool;
        const node::StateDir& dir;
        std::function<bool(const Ed25519PublicKey&)> belongs; ///< to the grid
        std::function<bool(const Ed25519PublicKey&)> online;
        /// What goes to a member. \return the status that it answered.
        std::function<asio::awaitable<Result<unsigned>>(Ed25519PublicKey, Bytes)> post;
        std::function<void()> changed; ///< on the engine
    };
    /// What `parts` refers to outlives it. \param links  as they are on disk.
    LinkExchange(Parts parts, node::SharedLinks links);

    void start();
    asio::awaitable<void> stop();

    const node::SharedLinks& links() const { return m_links; }
    /// On disk when it returns, and delivered where the member is there. The link is made weaker
    /// where it can do more than read.
    /// \return InvalidInput: no such capability, or a bad name.  Conflict: it is that of all of the
    ///         owner's files, which never leaves.  NoSpace, IoFailure.
    asio::awaitable<Result<node::SharedLink>> give(Ed25519PublicKey to, std::string capability,
                                                   std::string name);
    /// From a member, who proved to be it; on disk when it returns. One that came before, from the
    /// same member, is no news. \return InvalidInput, NoSpace, IoFailure.
    asio::awaitable<Result<void>> take(Ed25519PublicKey from, node::SharedLink link);
    /// \return NotFound, IoFailure.
    asio::awaitable<Result<void>> drop(std::string id);

    /// Somebody came.
    void look();

private:
    asio::awaitable<void> keep();
    asio::awaitable<void> deliverAll();
    asio::awaitable<Result<void>> deliver(std::string id);
    asio::awaitable<Result<void>> change(std::function<Result<void>(node::SharedLinks&)> edit);
    void dropOfStrangers(node::SharedLinks& links) const;

    Parts m_parts;
    node::SharedLinks m_links;
    std::set<std::string> m_underWay; ///< ids
    bool m_news = true;
    Signal m_wake;
    Turns m_changes;
    TaskGroup m_tasks;
};

} // namespace tarn::profiles
