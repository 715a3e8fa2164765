// server_selector: finds a home for every share of one file: asks servers what they hold, places
// the shares, has them accepted, and finds other homes when servers refuse or fail.
// Source: spec 03 section 7.2; allmydata.immutable.upload (Tahoe2ServerSelector).
#pragma once

#include "client-gateway/upload/avoid_declined.h"
#include "client-gateway/upload/happiness_report.h"
#include "client-gateway/upload/placement_policy.h"
#include "client-gateway/upload/started_shares.h"
#include "client-gateway/upload/upload.h"
#include "core/base/random.h"
#include "core/crypto/key_derivation.h"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tarn::gateway {

/// What is to be placed.
struct SelectionRequest
{
    StorageIndex index;
    std::uint32_t needed = 0;
    std::uint32_t happy = 0;
    std::uint32_t total = 0;
    std::uint64_t allocatedSize = 0; ///< bytes of each share
    /// Shares that servers have, but that are known to be bad: (server id, share).
    std::set<std::pair<std::string, ShareNumber>> worthless;
    /// What servers have that need not answer, by id: has a home.
    std::map<std::string, std::set<ShareNumber>> elsewhere;
    /// Most likely nobody has any share: they are asked to take some at once, which tells what
    /// they hold as well. It spares a round of requests; what turns out to be wrong is withdrawn.
    bool likelyNew = false;
};

/// A share that a server has accepted and waits for.
struct ShareTarget
{
    ShareNumber share;
    ServerPtr server;
    Bytes uploadSecret;
};

struct SelectorParts
{
    Clock& clock;
    Random& random;
    const PlacementPolicy& policy;
    StartedShares& started;
    const crypto::LeaseSecrets& fileLeases; ///< of this storage index
    Duration queryDeadline;                 ///< for one request
    TransferLogPtr log;                     ///< of queries and allocations; may be null
};

/// Engine thread. Its coroutines may be cancelled at any point.
class ServerSelector
{
public:
    ServerSelector(SelectorParts parts, SelectionRequest request);

    /// \param known  every server there is.
    /// \return Unhappy: fewer than `happy` can be had; report() says why.
    asio::awaitable<Result<void>> select(std::vector<ServerPtr> known);

    /// Where the shares go now: one entry per share that has to be sent, ascending.
    std::vector<ShareTarget> targets() const;

    /// The server failed with this share before it was complete: forgets it there and asks
    /// another one to take it, also one that has others already.
    /// \return the new home, or Unhappy: nobody else takes it.
    asio::awaitable<Result<ShareTarget>> replace(ShareTarget failed, Error why);
    /// The same without asking for another one.
    void drop(const ShareTarget& failed, const Error& why);
    /// The share is complete on its server.
    void completed(const ShareTarget& target);

    /// Servers of happiness over what was found and what is accepted or complete.
    std::uint32_t happiness() const;
    /// \return Unhappy: fewer than `happy`, or (unless `happy` is 0) fewer than `needed` shares.
    Result<void> checkHappiness() const;

    HappinessReport report() const;
    /// Complete shares: found, or sent by this upload. share -> server ids.
    std::map<ShareNumber, std::set<std::string>> shareMap() const;
    /// Distinct shares found complete before anything was sent.
    std::uint32_t preexistingShares() const;
    /// Distinct shares that this upload has completed.
    std::uint32_t pushedShares() const;

private:
    struct Candidate
    {
        ServerPtr server;
        Bytes uploadSecret;
        bool writable = true;
        bool failed = false;   ///< gave no answer or a bad one: no longer asked
        bool renewed = false;  ///< was asked about what it holds, so its leases are fresh
        unsigned refusals = 0; ///< times that it took none of what it was asked to take
        ServerOutcome outcome = ServerOutcome::NotNeeded;
        std::string reason;
        std::set<ShareNumber> holding;   ///< complete before this upload
        std::set<ShareNumber> accepted;  ///< waits for them
        std::set<ShareNumber> completed; ///< has got them
        std::set<ShareNumber> declined;  ///< did not take them

        bool has(ShareNumber share) const
        {
            return holding.contains(share) || accepted.contains(share) || completed.contains(share);
        }
    };

    std::vector<PlacementPeer> absent() const;
    void leaveOutForbidden(std::vector<ServerPtr>& known);
    bool counts(const Candidate& candidate, ShareNumber share) const;
    asio::awaitable<Result<void>> inquire(Candidate& candidate, std::set<ShareNumber> guess);
    asio::awaitable<Result<void>> learnRoom(Candidate& candidate);
    asio::awaitable<Result<void>> bid(Candidate& candidate, std::set<ShareNumber> guess);
    void withdrawWrongGuesses();
    asio::awaitable<Result<void>> ask(Candidate& candidate, std::set<ShareNumber> shares);
    std::map<std::size_t, std::set<ShareNumber>> nextQuestions() const;
    asio::awaitable<bool> placeOnce();
    void settle();
    static void refused(Candidate& candidate);
    void fail(Candidate& candidate, const Error& why);
    Candidate* find(const std::string& serverId);
    std::vector<std::size_t> replacements(ShareNumber share) const;
    enum class Homes {
        Found,           ///< holders of complete shares
        FoundOrAccepted, ///< and those who wait for one
    };
    Placement place(Homes homes = Homes::FoundOrAccepted) const;
    std::map<ShareNumber, std::set<std::string>> hopedMap() const;

    SelectorParts m_parts;
    SelectionRequest m_request;
    std::uint32_t m_known = 0;
    std::vector<Candidate> m_candidates;
    std::vector<ServerReport> m_forbidden;
};

} // namespace tarn::gateway
