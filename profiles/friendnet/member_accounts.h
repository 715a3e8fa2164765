// member_accounts: an account on this node's storage for each member of the grid: opened when it
// comes, limited as the owner wishes, closed when it is no member any more, and gone once nothing
// is left of it. Engine thread. Source: design.md sections 6 and 7.
#pragma once

#include "core/base/task_group.h"
#include "core/base/turns.h"
#include "core/membership/membership_view.h"
#include "core/node/member_choices.h"
#include "storage-server/account_book.h"

#include <functional>
#include <string>
#include <vector>

namespace tarn::profiles {

class MemberAccounts
{
public:
    struct Parts
    {
        asio::any_io_executor engine;
        Clock& clock;
        WorkPool& diskPool;
        const node::StateDir& dir;
        storage::AccountBook& accounts;
        /// Members as they are now.
        std::function<const membership::MembershipView&()> view;
        crypto::Ed25519PublicKey self;
        std::optional<std::uint64_t> usualLimit; ///< bytes; absent: none
        /// What former members stored is kept so long, and their accounts at least so long.
        Duration grace;
        /// Nobody has seen it for so long that its shares are let go.
        std::function<bool(const crypto::Ed25519PublicKey&)> lost;
        std::function<void()> changed; ///< on the engine
    };
    /// What `parts` refers to outlives it. \param choices  as they are on disk.
    MemberAccounts(Parts parts, node::MemberChoices choices);

    void start();
    asio::awaitable<void> stop();

    /// Members came or went.
    void look();
    const node::MemberChoices& choices() const { return m_choices; }
    node::MemberChoice choiceOf(const crypto::Ed25519PublicKey& member) const;
    /// On disk, and good for requests that come, when it returns. One change after the other.
    /// \param edit  of what is chosen for the member.  \return IoFailure.
    asio::awaitable<Result<void>> choose(crypto::Ed25519PublicKey member,
                                         std::function<void(node::MemberChoice&)> edit);
    void setUsualLimit(std::optional<std::uint64_t> limit);

private:
    asio::awaitable<void> keep();
    asio::awaitable<Result<bool>> bringAllUpToDate();
    /// What one account should be.
    struct Wanted
    {
        crypto::Ed25519PublicKey key;
        bool belongs = false; ///< to a member
        node::MemberChoice choice;
    };
    std::vector<Wanted> plan() const;
    Wanted wantedFor(const crypto::Ed25519PublicKey& key) const;
    asio::awaitable<Result<bool>> bringUpToDate(Wanted wanted);
    bool isOver(const storage::Account& account) const;
    asio::awaitable<Result<void>> open(Wanted wanted);
    asio::awaitable<Result<void>> remove(storage::AccountId account, std::string name);

    Parts m_parts;
    node::MemberChoices m_choices;
    bool m_news = true;
    std::uint64_t m_begun = 0; ///< rounds in which all accounts are looked at
    std::uint64_t m_ended = 0;
    std::string m_problem; ///< of the last one
    bool m_stopped = false;
    Signal m_wake;
    Signal m_done;
    Turns m_changes;
    TaskGroup m_tasks;
};

} // namespace tarn::profiles
