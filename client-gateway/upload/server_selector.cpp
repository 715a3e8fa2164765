#include "client-gateway/upload/server_selector.h"

#include "client-gateway/async/parallel.h"
#include "core/base/executor.h"
#include "core/base/log.h"
#include "core/pipeline/write/place.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

constexpr std::size_t kUploadSecretBytes = 20;
/// More rounds than servers can refuse one after the other would only repeat themselves.
constexpr unsigned kMaxRounds = 64;
/// A server that declines that often is full; before, it may have other shares on their way in.
constexpr unsigned kMostRefusals = 3;

storage_api::LeaseSecrets leasesFor(const crypto::LeaseSecrets& file, const Server& server)
{
    const crypto::LeaseSecrets bucket = crypto::bucketLeaseSecrets(file, server.tubId);
    return storage_api::LeaseSecrets{bucket.renewal, bucket.cancel};
}

bool isUnreachable(const Error& why)
{
    return why.code() == ErrorCode::Timeout || why.code() == ErrorCode::PeerUnreachable;
}

bool includes(const std::set<ShareNumber>& all, const std::set<ShareNumber>& some)
{
    return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

} // namespace

ServerSelector::ServerSelector(SelectorParts parts, SelectionRequest request)
    : m_parts(parts), m_request(std::move(request))
{
}

asio::awaitable<Result<void>> ServerSelector::select(std::vector<ServerPtr> known)
{
    m_known = static_cast<std::uint32_t>(known.size());
    leaveOutForbidden(known);
    for (ServerPtr& server :
         m_parts.policy.candidates(m_request.index, std::move(known), m_request.total)) {
        Candidate candidate;
        candidate.server = std::move(server);
        candidate.uploadSecret = m_parts.random.bytes(kUploadSecretBytes);
        m_candidates.push_back(std::move(candidate));
    }
    std::map<std::size_t, std::set<ShareNumber>> guesses;
    if (m_request.likelyNew) guesses = nextQuestions(); // as if all had answered: nothing
    std::vector<asio::awaitable<Result<void>>> inquiries;
    for (std::size_t i = 0; i < m_candidates.size(); ++i)
        inquiries.push_back(inquire(m_candidates[i], std::move(guesses[i])));
    const std::vector<Result<void>> answers = co_await allOf(std::move(inquiries));
    for (std::size_t i = 0; i < answers.size(); ++i)
        if (!answers[i]) fail(m_candidates[i], answers[i].error());
    withdrawWrongGuesses();
    for (unsigned round = 0; round < kMaxRounds; ++round) {
        const bool goOn = co_await placeOnce();
        if (!goOn) break;
    }
    settle();
    co_return checkHappiness();
}

void ServerSelector::leaveOutForbidden(std::vector<ServerPtr>& known)
{
    const WallTime now = m_parts.clock.wallNow();
    std::erase_if(known, [&](const ServerPtr& server) {
        if (server->uploadPermit.holds(now)) return false;
        ServerReport& report = m_forbidden.emplace_back();
        report.serverId = server->id;
        report.nickname = server->nickname;
        report.outcome = ServerOutcome::NotPermitted;
        report.reason = server->uploadPermit.refusal(now);
        return true;
    });
}

/// What the server holds, and whether it has room: by asking it to take `guess`, if there is one.
/// Marks the candidate.
asio::awaitable<Result<void>> ServerSelector::inquire(Candidate& candidate,
                                                      std::set<ShareNumber> guess)
{
    TARN_CO_TRY_VOID(co_await learnRoom(candidate));
    if (candidate.writable && !guess.empty()) {
        auto bidding = bid(candidate, std::move(guess));
        co_return co_await std::move(bidding);
    }
    const ServerPtr server = candidate.server;
    RequestNote note(m_parts.log, RequestKind::Query, server->id);
    auto listing = server->store().listShares(storage_api::ShareKind::Immutable, m_request.index);
    Result<std::set<ShareNumber>> found = co_await withDeadline<std::set<ShareNumber>>(
        m_parts.clock, m_parts.queryDeadline, "the share query", std::move(listing));
    if (!found) {
        note.failed(found.error().text());
        co_return std::move(found).error();
    }
    note.found(std::vector<ShareNumber>(found->begin(), found->end()));
    candidate.holding = *std::move(found);
    std::erase_if(candidate.holding, [&](ShareNumber share) { return !counts(candidate, share); });
    co_return ok();
}

asio::awaitable<Result<void>> ServerSelector::learnRoom(Candidate& candidate)
{
    const ServerPtr server = candidate.server;
    std::optional<storage_api::ServerVersion> version = server->connection->status().version;
    if (!version) {
        auto asking = server->store().version();
        TARN_CO_TRY(version, co_await withDeadline<storage_api::ServerVersion>(
                                 m_parts.clock, m_parts.queryDeadline, "the version request",
                                 std::move(asking)));
    }
    if (version->maximumImmutableShareSize < m_request.allocatedSize) {
        candidate.writable = false;
        candidate.outcome = ServerOutcome::ReadOnly;
        candidate.reason = "takes shares of at most " +
                           std::to_string(version->maximumImmutableShareSize) +
                           " bytes, these have " + std::to_string(m_request.allocatedSize);
    }
    co_return ok();
}

asio::awaitable<Result<void>> ServerSelector::bid(Candidate& candidate, std::set<ShareNumber> guess)
{
    auto asking = ask(candidate, std::move(guess));
    Result<void> taken = co_await std::move(asking);
    if (taken || taken.error().code() != ErrorCode::NoSpace) co_return taken;
    refused(candidate);
    co_return ok();
}

/// Where somebody holds shares, others may be wanted of the servers than those guessed.
void ServerSelector::withdrawWrongGuesses()
{
    const bool nothingFound =
        std::all_of(m_candidates.begin(), m_candidates.end(),
                    [](const Candidate& candidate) { return candidate.holding.empty(); });
    if (nothingFound) return;
    const Placement placement = place(Homes::Found);
    for (std::size_t i = 0; i < m_candidates.size(); ++i) {
        Candidate& candidate = m_candidates[i];
        std::erase_if(candidate.accepted, [&](ShareNumber share) {
            const auto placed = placement.find(share);
            if (placed != placement.end() && placed->second == i) return false;
            m_parts.started.abort(candidate.server, share);
            return true;
        });
        const bool useless = candidate.accepted.empty() && candidate.holding.empty();
        if (useless && candidate.outcome == ServerOutcome::Placed)
            candidate.outcome = ServerOutcome::NotNeeded;
    }
}

/// Whether a share that the server says it has is one of ours and not known to be bad.
bool ServerSelector::counts(const Candidate& candidate, ShareNumber share) const
{
    return share.value < m_request.total &&
           !m_request.worthless.contains(std::make_pair(candidate.server->id, share));
}

/// Those of m_request.elsewhere who have not said themselves what they hold.
std::vector<PlacementPeer> ServerSelector::absent() const
{
    std::vector<PlacementPeer> out;
    for (const auto& [id, shares] : m_request.elsewhere) {
        const bool answered = std::any_of(
            m_candidates.begin(), m_candidates.end(), [&id = id](const Candidate& candidate) {
                return candidate.server->id == id && !candidate.failed;
            });
        if (answered) continue;
        PlacementPeer peer;
        peer.serverId = id;
        peer.writable = false;
        peer.holds = shares;
        std::erase_if(peer.holds,
                      [this](ShareNumber share) { return share.value >= m_request.total; });
        out.push_back(std::move(peer));
    }
    return out;
}

Placement ServerSelector::place(Homes homes) const
{
    std::vector<PlacementPeer> peers;
    std::vector<std::size_t> candidateOf;
    for (std::size_t i = 0; i < m_candidates.size(); ++i) {
        const Candidate& candidate = m_candidates[i];
        if (candidate.failed) continue;
        PlacementPeer peer;
        peer.serverId = candidate.server->id;
        peer.writable = candidate.writable;
        peer.holds = candidate.holding;
        if (homes == Homes::FoundOrAccepted)
            peer.holds.insert(candidate.accepted.begin(), candidate.accepted.end());
        peers.push_back(std::move(peer));
        candidateOf.push_back(i);
    }
    const std::size_t there = peers.size();
    for (PlacementPeer& peer : absent())
        peers.push_back(std::move(peer));
    const PlacementCounts counts{m_request.needed, m_request.happy, m_request.total};
    Placement placement = m_parts.policy.place(peers, counts);
    std::erase_if(placement, [there](const auto& placed) { return placed.second >= there; });
    for (auto& [share, peer] : placement)
        peer = candidateOf[peer];
    const auto declined = [this](std::size_t candidate, ShareNumber share) {
        return m_candidates[candidate].declined.contains(share);
    };
    const auto settled = [this](std::size_t candidate, ShareNumber share) {
        return m_candidates[candidate].has(share);
    };
    return avoidDeclined(std::move(placement), declined, settled);
}

/// Candidate -> shares to ask it for: what is placed on it and it has not accepted yet; what it
/// holds already is asked for once, which renews the leases.
std::map<std::size_t, std::set<ShareNumber>> ServerSelector::nextQuestions() const
{
    std::map<std::size_t, std::set<ShareNumber>> questions;
    for (const auto& [share, candidate] : place()) {
        if (!m_candidates[candidate].accepted.contains(share)) questions[candidate].insert(share);
    }
    std::erase_if(questions, [this](const auto& question) {
        const Candidate& candidate = m_candidates[question.first];
        return candidate.renewed && includes(candidate.holding, question.second);
    });
    return questions;
}

/// One round of questions.  \return false when another round cannot help.
asio::awaitable<bool> ServerSelector::placeOnce()
{
    const std::map<std::size_t, std::set<ShareNumber>> questions = nextQuestions();
    if (questions.empty()) co_return false;
    std::vector<std::size_t> asked;
    std::vector<asio::awaitable<Result<void>>> work;
    for (const auto& [candidate, shares] : questions) {
        asked.push_back(candidate);
        work.push_back(ask(m_candidates[candidate], shares));
    }
    const std::vector<Result<void>> answers = co_await allOf(std::move(work));
    bool disappointed = false;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        Candidate& candidate = m_candidates[asked[i]];
        if (answers[i]) {
            for (const ShareNumber share : questions.at(asked[i]))
                disappointed |= !candidate.has(share);
            continue;
        }
        disappointed = true;
        if (answers[i].error().code() == ErrorCode::NoSpace) {
            refused(candidate);
        } else {
            fail(candidate, answers[i].error());
        }
    }
    co_return disappointed;
}

/// Has the server accept `shares`.
/// \return NoSpace: it took none of those that it does not hold.
asio::awaitable<Result<void>> ServerSelector::ask(Candidate& candidate,
                                                  std::set<ShareNumber> shares)
{
    const ServerPtr server = candidate.server;
    for (const ShareNumber share : shares)
        m_parts.started.started(server, share, candidate.uploadSecret);
    const ByteRange room{0, m_request.allocatedSize};
    RequestNote note(m_parts.log, RequestKind::Allocate, server->id,
                     std::vector<ShareNumber>(shares.begin(), shares.end()), room);
    auto allocating =
        server->store().allocate(m_request.index, shares, m_request.allocatedSize,
                                 leasesFor(m_parts.fileLeases, *server), candidate.uploadSecret);
    const Result<storage_api::AllocateAnswer> answer =
        co_await withDeadline<storage_api::AllocateAnswer>(
            m_parts.clock, m_parts.queryDeadline, "the allocate request", std::move(allocating));
    if (!answer) {
        note.failed(answer.error().text());
        co_return answer.error();
    }
    note.found(std::vector<ShareNumber>(answer->allocated.begin(), answer->allocated.end()));
    candidate.renewed = true;
    bool gained = includes(candidate.holding, shares);
    for (const ShareNumber share : answer->alreadyHave) {
        if (counts(candidate, share)) gained |= candidate.holding.insert(share).second;
    }
    for (const ShareNumber share : shares) {
        if (answer->allocated.contains(share)) {
            gained = true;
            candidate.accepted.insert(share);
        } else {
            m_parts.started.forget(server, share);
            if (!candidate.has(share)) candidate.declined.insert(share);
        }
    }
    if (!gained) co_return Error(ErrorCode::NoSpace, "accepted no share");
    candidate.outcome = ServerOutcome::Placed;
    co_return ok();
}

/// Leaves every share accepted by one server at most: the one that it is placed on, if any.
void ServerSelector::settle()
{
    const Placement placement = place();
    std::map<ShareNumber, std::size_t> homes;
    for (std::size_t i = 0; i < m_candidates.size(); ++i) {
        for (const ShareNumber share : m_candidates[i].accepted) {
            const auto placed = placement.find(share);
            if (placed != placement.end() && placed->second == i) homes[share] = i;
            homes.emplace(share, i);
        }
    }
    for (std::size_t i = 0; i < m_candidates.size(); ++i) {
        Candidate& candidate = m_candidates[i];
        std::erase_if(candidate.accepted, [&](ShareNumber share) {
            if (homes.at(share) == i) return false;
            m_parts.started.abort(candidate.server, share);
            return true;
        });
    }
}

/// It took none of the shares that it was asked to take. It may take others.
void ServerSelector::refused(Candidate& candidate)
{
    const bool none = candidate.accepted.empty() && candidate.holding.empty();
    if (++candidate.refusals == kMostRefusals) candidate.writable = false;
    if (none) candidate.outcome = ServerOutcome::Refused;
    candidate.reason = none ? "accepted no share" : "takes no more shares";
}

void ServerSelector::fail(Candidate& candidate, const Error& why)
{
    candidate.failed = true;
    candidate.writable = false;
    candidate.outcome = isUnreachable(why) ? ServerOutcome::Unreachable : ServerOutcome::Failed;
    candidate.reason = why.text();
}

ServerSelector::Candidate* ServerSelector::find(const std::string& serverId)
{
    for (Candidate& candidate : m_candidates)
        if (candidate.server->id == serverId) return &candidate;
    return nullptr;
}

std::vector<ShareTarget> ServerSelector::targets() const
{
    std::vector<ShareTarget> targets;
    for (const Candidate& candidate : m_candidates) {
        for (const ShareNumber share : candidate.accepted) {
            ShareTarget target;
            target.share = share;
            target.server = candidate.server;
            target.uploadSecret = candidate.uploadSecret;
            targets.push_back(std::move(target));
        }
    }
    std::sort(targets.begin(), targets.end(),
              [](const ShareTarget& a, const ShareTarget& b) { return a.share < b.share; });
    return targets;
}

void ServerSelector::drop(const ShareTarget& failed, const Error& why)
{
    m_parts.started.abort(failed.server, failed.share);
    Candidate* candidate = find(failed.server->id);
    if (candidate == nullptr) return;
    candidate->accepted.erase(failed.share);
    fail(*candidate, why);
    TARN_LOG(Info, Gateway, "share lost while sending", {"server", failed.server->id},
             {"share", failed.share.value}, {"error", why.text()});
}

/// Servers that may take `share`: those with the fewest shares first, then in permuted order.
std::vector<std::size_t> ServerSelector::replacements(ShareNumber share) const
{
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < m_candidates.size(); ++i) {
        const Candidate& candidate = m_candidates[i];
        if (candidate.writable && !candidate.failed && !candidate.has(share)) order.push_back(i);
    }
    const auto load = [this](std::size_t i) {
        const Candidate& candidate = m_candidates[i];
        return candidate.holding.size() + candidate.accepted.size() + candidate.completed.size();
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return load(a) < load(b); });
    return order;
}

asio::awaitable<Result<ShareTarget>> ServerSelector::replace(ShareTarget failed, Error why)
{
    drop(failed, why);
    for (const std::size_t i : replacements(failed.share)) {
        Candidate& candidate = m_candidates[i];
        if (candidate.failed || !candidate.writable) continue;
        std::set<ShareNumber> wanted;
        wanted.insert(failed.share);
        const Result<void> asked = co_await ask(candidate, std::move(wanted));
        if (!asked && asked.error().code() != ErrorCode::NoSpace) fail(candidate, asked.error());
        if (!asked || !candidate.accepted.contains(failed.share)) continue;
        ShareTarget target;
        target.share = failed.share;
        target.server = candidate.server;
        target.uploadSecret = candidate.uploadSecret;
        co_return target;
    }
    co_return Error(ErrorCode::Unhappy,
                    "no other server takes share " + std::to_string(failed.share.value));
}

void ServerSelector::completed(const ShareTarget& target)
{
    m_parts.started.forget(target.server, target.share);
    Candidate* candidate = find(target.server->id);
    if (candidate == nullptr) return;
    candidate->accepted.erase(target.share);
    candidate->completed.insert(target.share);
}

std::map<ShareNumber, std::set<std::string>> ServerSelector::hopedMap() const
{
    std::map<ShareNumber, std::set<std::string>> all = shareMap();
    for (const Candidate& candidate : m_candidates)
        for (const ShareNumber share : candidate.accepted)
            all[share].insert(candidate.server->id);
    return all;
}

std::uint32_t ServerSelector::happiness() const
{
    return pipeline::serversOfHappiness(hopedMap());
}

Result<void> ServerSelector::checkHappiness() const
{
    const std::map<ShareNumber, std::set<std::string>> hoped = hopedMap();
    const bool readable = m_request.happy == 0 || hoped.size() >= m_request.needed;
    if (m_known > 0 && readable && pipeline::serversOfHappiness(hoped) >= m_request.happy)
        return ok();
    return Error(ErrorCode::Unhappy, report().summary());
}

HappinessReport ServerSelector::report() const
{
    HappinessReport report;
    report.needed = m_request.needed;
    report.happy = m_request.happy;
    report.total = m_request.total;
    report.reached = happiness();
    report.serversKnown = m_known;
    for (const Candidate& candidate : m_candidates) {
        ServerReport server;
        server.serverId = candidate.server->id;
        server.nickname = candidate.server->nickname;
        server.outcome = candidate.outcome;
        server.reason = candidate.reason;
        server.holding = candidate.holding;
        server.accepted = candidate.accepted;
        server.accepted.insert(candidate.completed.begin(), candidate.completed.end());
        report.servers.push_back(std::move(server));
    }
    report.servers.insert(report.servers.end(), m_forbidden.begin(), m_forbidden.end());
    return report;
}

std::map<ShareNumber, std::set<std::string>> ServerSelector::shareMap() const
{
    std::map<ShareNumber, std::set<std::string>> map;
    for (const Candidate& candidate : m_candidates) {
        for (const ShareNumber share : candidate.holding)
            map[share].insert(candidate.server->id);
        for (const ShareNumber share : candidate.completed)
            map[share].insert(candidate.server->id);
    }
    return map;
}

std::uint32_t ServerSelector::preexistingShares() const
{
    std::set<ShareNumber> found;
    for (const Candidate& candidate : m_candidates)
        found.insert(candidate.holding.begin(), candidate.holding.end());
    return static_cast<std::uint32_t>(found.size());
}

std::uint32_t ServerSelector::pushedShares() const
{
    std::size_t pushed = 0;
    for (const Candidate& candidate : m_candidates)
        pushed += candidate.completed.size();
    return static_cast<std::uint32_t>(pushed);
}

} // namespace tarn::gateway
